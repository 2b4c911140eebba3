"""The numpy reference: every range of the workbook, computed without a single formula."""
