"""Scripts that make what is generated: README parts, pictures, character classes."""
