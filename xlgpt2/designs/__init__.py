"""A workbook on paper: everything that is decided before it is written."""
