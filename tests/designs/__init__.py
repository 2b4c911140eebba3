"""Tests of designs: workbooks before they are written."""
