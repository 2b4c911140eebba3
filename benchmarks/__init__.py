"""Benchmarks: each module prints a table and writes the same figures as JSON to output/."""
