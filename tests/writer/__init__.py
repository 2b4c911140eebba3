"""Tests of written workbooks."""
