"""Cells: addresses, values, and what is typed into them and read from them."""
