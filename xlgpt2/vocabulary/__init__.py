"""A vocabulary: tokens, the labels that show them, and the classes of characters."""
