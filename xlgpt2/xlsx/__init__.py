"""The .xlsx file format: packages, references, sheets. Nothing here knows a plan or an engine.

Nothing is imported here: the processes that pack rows start without the rest.
"""
