"""Every message: what brings it about and its exact words.

A message that is new gets a `Case` in the file that it belongs to, and a report's line a row in
test_report_lines.py; test_messages.py says which have none. `python -m tests.messages.update`
writes the words of cases into snapshots/, for a person to read.
"""
