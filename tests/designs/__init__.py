"""Tests of workbooks on paper."""
