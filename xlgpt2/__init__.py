"""GPT-2 as a spreadsheet: build the workbook, run it, verify it."""

__version__ = "0.1.0"
