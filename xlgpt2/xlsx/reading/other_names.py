"""The names of a workbook that are no ranges: formulas, names of one sheet, and lost ones."""

from __future__ import annotations

from pathlib import Path

from xlgpt2.xlsx.package import (
    open_package,
    rectangle,
    tag,
    workbook_xml,
)


def read_other_names(path: Path) -> dict[str, str]:
    """The names that are no ranges for `read_contents`, with what they stand for.

    These are formulas, several rectangles, and the names of one sheet, which have it in front.
    """
    with open_package(path) as package:
        root = workbook_xml(package)
    sheets = [element.get("name", "") for element in root.iter() if tag(element) == "sheet"]
    found = {}
    for element in root.iter():
        name, text = element.get("name", ""), (element.text or "").strip()
        if tag(element) != "definedName" or name.startswith("_xlnm."):
            continue
        local = element.get("localSheetId")
        if local is not None:
            known = local.isdecimal() and int(local) < len(sheets)
            found[f"{sheets[int(local)] if known else local}!{name}"] = text
        elif rectangle(text) is None:
            found[name] = text
    return found


def read_lost_names(path: Path) -> dict[str, str]:
    """The names whose cells are gone, with what they stand for now."""
    with open_package(path) as package:
        root = workbook_xml(package)
    sheets = {element.get("name", "") for element in root.iter() if tag(element) == "sheet"}
    found = {}
    for element in root.iter():
        name, text = element.get("name", ""), (element.text or "").strip()
        if tag(element) == "definedName" and not name.startswith("_xlnm."):
            area = rectangle(text)
            if "#REF!" in text or (area is not None and area.sheet not in sheets):
                found[name] = text
    return found
