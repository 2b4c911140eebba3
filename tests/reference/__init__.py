"""Tests of the numpy reference, and of formulas compared with it."""
