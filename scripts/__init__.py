"""Scripts for generated files: README parts, pictures, character classes."""
