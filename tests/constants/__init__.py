"""Tests of what workbook and reference are both given."""
