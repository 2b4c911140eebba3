"""Tests of writing workbooks."""
