"""The values of each tab, computed without formulas; a file has its tab's name."""
