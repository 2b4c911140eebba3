"""A model folder, read and checked: sizes, weights and vocabulary."""
