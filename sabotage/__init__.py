"""Sabotage: built workbooks with one fault each, and whether `xlgpt2 verify` finds it."""
