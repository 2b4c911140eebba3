"""Scripts for generated files: parts of README and docs, pictures, character classes."""
