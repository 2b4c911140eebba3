"""The lessons computed a second time, in another way than their formulas."""
