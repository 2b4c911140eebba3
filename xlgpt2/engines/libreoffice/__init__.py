"""The LibreOffice engine: a LibreOffice of its own, driven over UNO."""
