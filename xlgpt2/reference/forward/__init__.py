"""The forward pass in numpy."""
