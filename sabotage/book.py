"""The cells and names of a built workbook as XML, and copies with some of them changed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from xml.sax.saxutils import escape, unescape

_CELL = re.compile(r'<c r="([A-Z]+\d+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_FORMULA = re.compile(r"(<f[^>]*>)(.*?)</f>", re.DOTALL)
_FILLS = re.compile(r'<f t="array" ref="([^"]*)">')
_VALUE = re.compile(r"<v>(.*?)</v>", re.DOTALL)
_TYPE = re.compile(r' t="[^"]*"')
_NAME = re.compile(r'(<definedName name="([^"]+)"[^>]*>)([^<]*)(?=</definedName>)')

NAMES = "xl/workbook.xml"


@dataclass(frozen=True)
class Edit:
    """The change of a cell: another formula, or a value in its place; with neither it is deleted.

    Or the formula stays and becomes a plain one (`fills` is ""), fills other cells, or becomes
    dynamic.
    """

    formula: str | None = None
    value: float | str | None = None
    fills: str | None = None
    dynamic: bool = False


@dataclass(frozen=True)
class Change:
    """The changes that make one mutant.

    `cells` are by tab and address, `names` by name. `planted` is a cached value, after its type,
    for every formula. `workbook` maps texts of the workbook part to their replacements.
    """

    cells: Mapping[str, Mapping[str, Edit]]
    names: Mapping[str, str]
    planted: tuple[str, str] | None = None
    workbook: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Book:
    """All parts of a workbook's file."""

    parts: Mapping[str, bytes]

    @classmethod
    def read(cls, path: Path) -> Book:
        """The workbook in a file."""
        with zipfile.ZipFile(path) as package:
            return cls({name: package.read(name) for name in package.namelist()})

    @cached_property
    def sheets(self) -> dict[str, str]:
        """Tab -> its part; our writer numbers the parts in the order of the tabs."""
        tabs = re.findall(r'<sheet [^>]*?name="([^"]*)"', self.parts[NAMES].decode())
        return {unescape(tab): f"xl/worksheets/sheet{n}.xml" for n, tab in enumerate(tabs, 1)}

    @cached_property
    def formulas(self) -> dict[str, dict[str, str]]:
        """Tab -> address -> formula as a user would enter it, without "="."""
        return {
            tab: {
                address: unescape(match[2])
                for address, _, inner in _CELL.findall(self.parts[part].decode())
                if (match := _FORMULA.search(inner))
            }
            for tab, part in self.sheets.items()
        }

    @cached_property
    def arrays(self) -> dict[str, dict[str, str]]:
        """Tab -> address of the first cell -> cells that an array formula fills."""
        return {
            tab: {
                address: match[1]
                for address, _, inner in _CELL.findall(self.parts[part].decode())
                if (match := _FILLS.search(inner))
            }
            for tab, part in self.sheets.items()
        }

    @cached_property
    def numbers(self) -> dict[str, dict[str, str]]:
        """Tab -> address -> constant number, as written in the file."""
        return {
            tab: {
                address: match[1]
                for address, attributes, inner in _CELL.findall(self.parts[part].decode())
                if "t=" not in attributes and "<f" not in inner and (match := _VALUE.search(inner))
            }
            for tab, part in self.sheets.items()
        }

    def write(self, path: Path, change: Change) -> None:
        """Write a copy with a change; raises ValueError if it changes nothing."""
        parts = dict(self.parts)
        for tab, edits in change.cells.items():
            parts[self.sheets[tab]] = _edited(parts[self.sheets[tab]].decode(), edits).encode()
        workbook = _renamed(parts[NAMES].decode(), change.names)
        for old, new in change.workbook.items():
            workbook = workbook.replace(old, new)
        parts[NAMES] = workbook.encode()
        for part in self.sheets.values() if change.planted else ():
            parts[part] = _planted(parts[part].decode(), *(change.planted or ())).encode()
        if parts == self.parts:
            raise ValueError(f"{change} changes nothing")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
            for name, data in parts.items():
                copy.writestr(name, data)


def _edited(xml: str, edits: Mapping[str, Edit]) -> str:
    def edit_cell(match: re.Match[str]) -> str:
        address, attributes, inner = match.groups()
        edit = edits.get(address)
        if edit is None:
            return match[0]
        if edit.dynamic or edit.fills is not None:
            return f'<c r="{address}"{attributes}{_marked(edit, inner)}</c>'
        if edit.formula is not None:
            text = escape(edit.formula)
            formula = _FORMULA.sub(lambda match: f"{match[1]}{text}</f>", inner)
            return f'<c r="{address}"{attributes}>{formula}</c>'
        if edit.value is None:
            return ""
        attributes = _TYPE.sub("", attributes)
        if isinstance(edit.value, str):
            return f'<c r="{address}"{attributes} t="str"><v>{escape(edit.value)}</v></c>'
        return f'<c r="{address}"{attributes}><v>{edit.value!r}</v></c>'

    return _CELL.sub(edit_cell, xml)


def _marked(edit: Edit, inner: str) -> str:
    """The XML of a cell after its attributes, with another mark on its formula."""
    if edit.dynamic:
        return f' cm="1">{inner}'
    mark = f'<f t="array" ref="{edit.fills}">' if edit.fills else "<f>"
    return ">" + _FORMULA.sub(lambda match: f"{mark}{match[2]}</f>", inner)


def _renamed(xml: str, names: Mapping[str, str]) -> str:
    def rename(match: re.Match[str]) -> str:
        return match[1] + escape(names[match[2]]) if match[2] in names else match[0]

    return _NAME.sub(rename, xml)


def _planted(xml: str, kind: str, value: str) -> str:
    """The XML with a wrong cached value for every formula."""

    def plant(match: re.Match[str]) -> str:
        address, attributes, inner = match.groups()
        if not inner or "<f" not in inner:
            return match[0]
        formula = _FORMULA.search(inner)
        assert formula is not None
        type_attribute = f' t="{kind}"' if kind else ""
        return f'<c r="{address}"{attributes}{type_attribute}>{formula[0]}<v>{value}</v></c>'

    return _CELL.sub(plant, xml)
