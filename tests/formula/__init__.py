"""Tests of the language of templates."""
