"""A built workbook taken apart: its cells and names as XML, and copies with some changed."""

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
    """What becomes of a cell: another formula, or a value in its place; with neither it is gone.

    Or its formula stays and is marked in another way: as a plain one (""), as one that fills
    other cells, or as a dynamic one.
    """

    formula: str | None = None
    value: float | str | None = None
    fills: str | None = None
    dynamic: bool = False


@dataclass(frozen=True)
class Change:
    """The changes that make one mutant.

    `cells` are by tab and address, `names` by name. `planted` is the result, with its type, that
    every formula is said to have had. `workbook` are texts of the workbook's own part with what
    stands there then.
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
        """Tab -> its part; our writer numbers them in their order."""
        tabs = re.findall(r'<sheet [^>]*?name="([^"]*)"', self.parts[NAMES].decode())
        return {unescape(tab): f"xl/worksheets/sheet{n}.xml" for n, tab in enumerate(tabs, 1)}

    @cached_property
    def formulas(self) -> dict[str, dict[str, str]]:
        """Tab -> address -> formula, without "=" and as one types it."""
        return {
            tab: {
                address: unescape(found[2])
                for address, _, inner in _CELL.findall(self.parts[part].decode())
                if (found := _FORMULA.search(inner))
            }
            for tab, part in self.sheets.items()
        }

    @cached_property
    def arrays(self) -> dict[str, dict[str, str]]:
        """Tab -> address of the first cell -> cells that an array formula fills."""
        return {
            tab: {
                address: found[1]
                for address, _, inner in _CELL.findall(self.parts[part].decode())
                if (found := _FILLS.search(inner))
            }
            for tab, part in self.sheets.items()
        }

    @cached_property
    def numbers(self) -> dict[str, dict[str, str]]:
        """Tab -> address -> number that stands there as a constant, as the file writes it."""
        return {
            tab: {
                address: found[1]
                for address, attributes, inner in _CELL.findall(self.parts[part].decode())
                if "t=" not in attributes and "<f" not in inner and (found := _VALUE.search(inner))
            }
            for tab, part in self.sheets.items()
        }

    def write(self, path: Path, change: Change) -> None:
        """A copy with something changed; raises ValueError where that changes nothing."""
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
    def changed(match: re.Match[str]) -> str:
        address, attributes, inner = match.groups()
        edit = edits.get(address)
        if edit is None:
            return match[0]
        if edit.dynamic or edit.fills is not None:
            return f'<c r="{address}"{attributes}{_marked(edit, inner)}</c>'
        if edit.formula is not None:
            text = escape(edit.formula)
            formula = _FORMULA.sub(lambda found: f"{found[1]}{text}</f>", inner)
            return f'<c r="{address}"{attributes}>{formula}</c>'
        if edit.value is None:
            return ""
        attributes = _TYPE.sub("", attributes)
        if isinstance(edit.value, str):
            return f'<c r="{address}"{attributes} t="str"><v>{escape(edit.value)}</v></c>'
        return f'<c r="{address}"{attributes}><v>{edit.value!r}</v></c>'

    return _CELL.sub(changed, xml)


def _marked(edit: Edit, inner: str) -> str:
    """The rest of a cell from the end of its attributes on, with its formula marked otherwise."""
    if edit.dynamic:
        return f' cm="1">{inner}'
    mark = f'<f t="array" ref="{edit.fills}">' if edit.fills else "<f>"
    return ">" + _FORMULA.sub(lambda found: f"{mark}{found[2]}</f>", inner)


def _renamed(xml: str, names: Mapping[str, str]) -> str:
    def changed(match: re.Match[str]) -> str:
        return match[1] + escape(names[match[2]]) if match[2] in names else match[0]

    return _NAME.sub(changed, xml)


def _planted(xml: str, kind: str, value: str) -> str:
    """Every formula with a result that it never had."""

    def changed(match: re.Match[str]) -> str:
        address, attributes, inner = match.groups()
        if not inner or "<f" not in inner:
            return match[0]
        formula = _FORMULA.search(inner)
        assert formula is not None
        said = f' t="{kind}"' if kind else ""
        return f'<c r="{address}"{attributes}{said}>{formula[0]}<v>{value}</v></c>'

    return _CELL.sub(changed, xml)
