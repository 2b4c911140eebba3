"""Tests: a case is a readable file or a row with a sentence."""
