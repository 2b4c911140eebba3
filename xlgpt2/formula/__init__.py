"""The language of templates: formulas as trees, symbols, shapes and the dialect."""
