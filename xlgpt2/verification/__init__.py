"""Verification: the inputs for a workbook, and its values compared with the reference's."""
