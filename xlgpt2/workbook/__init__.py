"""The workbook: a plan and its constants written as an .xlsx file."""

from xlgpt2.workbook.writer import Summary, write_workbook

__all__ = ["Summary", "write_workbook"]
