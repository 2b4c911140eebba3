"""The numpy reference: every range of the workbook, computed without formulas."""
