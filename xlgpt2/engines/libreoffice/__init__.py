"""The LibreOffice engine: a separate LibreOffice, driven over UNO."""

from xlgpt2.engines.libreoffice.offices import running

__all__ = ["running"]
