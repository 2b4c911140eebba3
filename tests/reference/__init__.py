"""Tests of the numpy reference, and of formulas against it."""
