"""The differences of two workbooks as plain values, for programs."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from xlgpt2.cells.address import Area
from xlgpt2.cells.values import CellError
from xlgpt2.diff.differences import (
    CellDifference,
    Content,
    FolderDifference,
    Pair,
    WorkbookDifference,
)
from xlgpt2.xlsx.reading.formulas import FileFormula


def as_json(found: WorkbookDifference | FolderDifference) -> dict[str, Any]:
    """All that was found, whole and in the same order as in the lines for people."""
    if isinstance(found, WorkbookDifference):
        return _workbook(found)
    return {
        "old": str(found.old),
        "new": str(found.new),
        "same": found.same,
        "only_old": list(found.only_old),
        "only_new": list(found.only_new),
        "workbooks": [_workbook(book) for book in found.workbooks],
    }


def _workbook(found: WorkbookDifference) -> dict[str, Any]:
    return {
        "old": str(found.old),
        "new": str(found.new),
        "same": found.same,
        "same_bytes": found.same_bytes,
        "tabs": [
            {
                "change": entry.change.name.lower(),
                "old": entry.old or None,
                "new": entry.new or None,
            }
            for entry in found.tabs
        ],
        "names": [
            {
                "change": entry.change.name.lower(),
                "tab": entry.tab or None,
                "name": entry.name,
                "old": _address(entry.old),
                "new": _address(entry.new),
            }
            for entry in found.names
        ],
        "cells": [_cells(entry) for entry in found.cells],
        "settings": [asdict(entry) for entry in found.settings],
    }


def _cells(found: CellDifference) -> dict[str, Any]:
    values = {
        "change": found.change.name.lower(),
        "tab": found.tab,
        "range": found.range or None,
        "count": found.count,
        "compared": found.compared,
        "first": _pair(found.first),
    }
    if found.largest is not None:
        by = found.largest.difference
        # JSON has no infinity, which is how far the largest numbers are apart.
        difference = by if math.isfinite(by) else None
        values["largest"] = {"difference": difference, **_pair(found.largest.pair)}
    return values


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "old_cell": pair.old_address or None,
        "new_cell": pair.new_address or None,
        "old": _content(pair.old),
        "new": _content(pair.new),
    }


def _content(content: Content) -> str | float | bool | dict[str, str | bool] | None:
    """A constant as it is; a formula and an error under a key that says so."""
    if isinstance(content, FileFormula):
        dynamic = {"dynamic": True} if content.dynamic else {}
        cells = content.area.local
        return {"formula": content.text, "array": content.array, "cells": cells, **dynamic}
    if isinstance(content, CellError):
        return {"error": content.code}
    return content


def _address(area: Area | str | None) -> str | None:
    return area.absolute if isinstance(area, Area) else area
