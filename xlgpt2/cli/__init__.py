"""The command line: its commands and options, and how what they give is shown."""
