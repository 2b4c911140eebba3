"""Defined names that are not ranges: formulas, sheet-scoped names, and broken ones."""

from __future__ import annotations

from xlgpt2.xlsx.package import (
    rectangle,
    tag,
    workbook_xml,
)
from xlgpt2.xlsx.reading.workbook import Workbook


def read_other_names(workbook: Workbook) -> dict[str, str]:
    """The names that are not among the areas of `read_contents`, with their definitions.

    These are formulas, several rectangles, and sheet-scoped names, written as `sheet!name`.
    """
    with workbook.package() as package:
        root = workbook_xml(package)
    sheets = [element.get("name", "") for element in root.iter() if tag(element) == "sheet"]
    names = {}
    for element in root.iter():
        name, text = element.get("name", ""), (element.text or "").strip()
        if tag(element) != "definedName" or name.startswith("_xlnm."):
            continue
        local = element.get("localSheetId")
        if local is not None:
            exists = local.isdecimal() and int(local) < len(sheets)
            names[f"{sheets[int(local)] if exists else local}!{name}"] = text
        elif rectangle(text) is None:
            names[name] = text
    return names


def read_broken_names(workbook: Workbook) -> dict[str, str]:
    """The names whose cells were deleted, with their definitions."""
    with workbook.package() as package:
        root = workbook_xml(package)
    sheets = {element.get("name", "") for element in root.iter() if tag(element) == "sheet"}
    names = {}
    for element in root.iter():
        name, text = element.get("name", ""), (element.text or "").strip()
        if tag(element) == "definedName" and not name.startswith("_xlnm."):
            area = rectangle(text)
            if "#REF!" in text or (area is not None and area.sheet not in sheets):
                names[name] = text
    return names
