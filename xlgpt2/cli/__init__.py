"""The command line: its commands and options, and their output."""
