"""Constants that the workbook and the reference share."""
