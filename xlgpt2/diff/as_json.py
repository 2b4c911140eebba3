"""The differences between two workbooks as plain values, for programs."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from xlgpt2.cells.address import Area
from xlgpt2.cells.values import CellError
from xlgpt2.diff.differences import (
    CellDifference,
    CellPair,
    Content,
    FolderDifference,
    WorkbookDifference,
)
from xlgpt2.xlsx.reading.formulas import FileFormula


def as_json(difference: WorkbookDifference | FolderDifference) -> dict[str, Any]:
    """All differences, in full and in the same order as in the lines for people."""
    if isinstance(difference, WorkbookDifference):
        return _workbook(difference)
    return {
        "old": str(difference.old),
        "new": str(difference.new),
        "same": difference.same,
        "only_old": list(difference.only_old),
        "only_new": list(difference.only_new),
        "workbooks": [_workbook(book) for book in difference.workbooks],
    }


def _workbook(difference: WorkbookDifference) -> dict[str, Any]:
    return {
        "old": str(difference.old),
        "new": str(difference.new),
        "same": difference.same,
        "same_bytes": difference.same_bytes,
        "tabs": [
            {
                "change": entry.change.name.lower(),
                "old": entry.old or None,
                "new": entry.new or None,
            }
            for entry in difference.tabs
        ],
        "names": [
            {
                "change": entry.change.name.lower(),
                "tab": entry.tab or None,
                "name": entry.name,
                "old": _address(entry.old),
                "new": _address(entry.new),
            }
            for entry in difference.names
        ],
        "cells": [_cells(entry) for entry in difference.cells],
        "settings": [asdict(entry) for entry in difference.settings],
    }


def _cells(difference: CellDifference) -> dict[str, Any]:
    values = {
        "change": difference.change.name.lower(),
        "tab": difference.tab,
        "range": difference.range or None,
        "count": difference.count,
        "compared": difference.compared,
        "first": _pair(difference.first),
    }
    if difference.largest is not None:
        by = difference.largest.difference
        # JSON has no infinity, which is the difference between the largest numbers.
        finite = by if math.isfinite(by) else None
        values["largest"] = {"difference": finite, **_pair(difference.largest.pair)}
    return values


def _pair(pair: CellPair) -> dict[str, Any]:
    return {
        "old_cell": pair.old_address or None,
        "new_cell": pair.new_address or None,
        "old": _content(pair.old),
        "new": _content(pair.new),
    }


def _content(content: Content) -> str | float | bool | dict[str, str | bool] | None:
    """A constant unchanged; a formula or an error under a key with that name."""
    if isinstance(content, FileFormula):
        dynamic = {"dynamic": True} if content.dynamic else {}
        cells = content.area.local
        return {"formula": content.text, "array": content.array, "cells": cells, **dynamic}
    if isinstance(content, CellError):
        return {"error": content.code}
    return content


def _address(area: Area | str | None) -> str | None:
    return area.absolute if isinstance(area, Area) else area
