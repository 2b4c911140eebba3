"""The workbook: a plan and its constants written as an .xlsx file."""

from xlgpt2.workbook.writer import AS_USUAL, Summary, Writing, write_workbook

__all__ = ["AS_USUAL", "Summary", "Writing", "write_workbook"]
