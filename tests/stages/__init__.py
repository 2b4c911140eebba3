"""Tests of templates and stages."""
