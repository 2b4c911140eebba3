"""The differences between two workbooks in what their cells hold, not in their bytes."""

from __future__ import annotations

from xlgpt2.diff.as_json import as_json
from xlgpt2.diff.folders import diff
from xlgpt2.diff.listing import lines

__all__ = ["as_json", "diff", "lines"]
