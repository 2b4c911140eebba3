"""Cached values: the results of formulas, written into their cells."""
