"""A vocabulary: tokens, their labels, and the classes of characters."""
