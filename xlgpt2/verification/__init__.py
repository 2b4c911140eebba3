"""Verification: what is asked of a file, and what it shows against what the reference has."""
