"""What both the workbook and the reference are given."""
