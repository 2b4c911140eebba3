"""The workbook: a plan and its constants written as an .xlsx file.

Nothing is imported here: processes that pack rows start without the rest.
"""
