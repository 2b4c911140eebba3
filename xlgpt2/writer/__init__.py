"""Writes a plan and its constants as an .xlsx file."""
