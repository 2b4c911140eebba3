"""The LibreOffice engine: a separate LibreOffice, driven over UNO."""
