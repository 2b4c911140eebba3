"""The design of a workbook: everything that is decided before it is written."""
