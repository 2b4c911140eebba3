"""Reading an .xlsx file: constants, formulas and values."""
