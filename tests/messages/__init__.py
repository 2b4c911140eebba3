"""Every message: what brings it about and its exact words.

A message that is new gets a `Case` in the file that it belongs to, and a report's line a function
in reports.py; the tests name those that have none. `python -m tests.messages.update` writes the
words into snapshots/, for a person to read.
"""
