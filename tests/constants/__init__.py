"""Tests of the constants shared by workbook and reference."""
