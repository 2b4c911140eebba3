"""Tests of spreadsheet engines."""
