"""A plan and its constants written as an .xlsx file."""
