"""Messages about workbooks that can't be compared."""

from __future__ import annotations

from tests.messages.case import Case, command
from xlgpt2.errors import WorkbookError

CASES = [
    Case("a workbook and a folder to compare", command("diff", "MODEL", "FILE"), WorkbookError),
]
