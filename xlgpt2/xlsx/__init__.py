"""The .xlsx file format: packages, references and sheets, without plans and engines.

Nothing is imported here, so that the processes that pack rows start fast.
"""
