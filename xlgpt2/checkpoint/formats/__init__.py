"""The file formats of weights, each behind the same names."""
