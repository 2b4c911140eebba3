"""Tests of the project: its rooms, documents, wheel, shipped model and helpers."""
