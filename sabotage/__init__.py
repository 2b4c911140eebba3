"""Mutation testing of `xlgpt2 verify`: workbooks with one fault each, and whether it is found."""
