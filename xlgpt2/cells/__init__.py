"""Cells: addresses, values, inputs and readings."""
