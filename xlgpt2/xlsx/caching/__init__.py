"""Cached values: what formulas gave, written into their cells."""
