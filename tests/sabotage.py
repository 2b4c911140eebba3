"""Copies of a built workbook with one change in the XML of a sheet, or in its names."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path


def sabotaged(workbook: Path, target: Path, tab: str, change: Callable[[str], str]) -> Path:
    """Write a copy of the workbook with `change` made to the XML of one tab ("" for names)."""
    with zipfile.ZipFile(workbook) as source, zipfile.ZipFile(target, "w") as copy:
        part = _part(source, tab)
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == part:
                before = data.decode("utf-8")
                after = change(before)
                assert after != before, f"nothing to change on {tab!r}"
                data = after.encode("utf-8")
            copy.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return target


def replaced(old: str, new: str, count: int = -1) -> Callable[[str], str]:
    """The replacement of one text by another."""

    def change(xml: str) -> str:
        assert old in xml, f"no {old!r} there"
        return xml.replace(old, new, count)

    return change


def substituted(pattern: str, new: str, count: int = 0) -> Callable[[str], str]:
    """The replacement of a pattern's matches."""
    return lambda xml: re.sub(pattern, new, xml, count=count)


def with_value(cell: str, value: str) -> Callable[[str], str]:
    """The replacement of a formula by a value, as by pasting values."""
    pattern = rf'<c r="{cell}"([^>]*?)><f[^>]*>[^<]*</f></c>'
    return lambda xml: re.sub(pattern, rf'<c r="{cell}"\1><v>{value}</v></c>', xml, count=1)


def _part(package: zipfile.ZipFile, tab: str) -> str:
    workbook = package.read("xl/workbook.xml").decode("utf-8")
    if not tab:
        return "xl/workbook.xml"
    names = re.findall(r'<sheet [^>]*?name="([^"]*)"', workbook)
    return f"xl/worksheets/sheet{names.index(tab) + 1}.xml"
