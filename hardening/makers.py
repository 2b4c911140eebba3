"""Makers of hostile inputs from good ones: parts of a package changed, cells and names added."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hardening.crafted_zips import Entry, deflated, parts_of, write_parts, write_zip

#: Makes a hostile input from a good one, in a folder of its own; returns its path or text.
Make = Callable[[Path, Path], "Path | str"]

#: The parts of a package by their names.
Parts = dict[str, bytes]

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
STRINGS = "xl/sharedStrings.xml"

#: The tab Final norm of a model of one block: formulas of all kinds, weights and labels.
SHEET = "xl/worksheets/sheet15.xml"
TAB = "Final norm"

#: A name that `run` and `verify` read; it is moved to the hostile formula.
READ = "perplexity"


@dataclass(frozen=True)
class Hostile:
    """An input, how it is made, and a part of the error that the first of its commands gives.

    Without an `error` the input is odd but not wrong: a command may accept it, report differences,
    or refuse it. The other commands may do so with any input. Permissions don't bind root, so
    inputs that test them are tried `as_nobody`.
    """

    what: str
    make: Make
    error: str = ""
    as_nobody: bool = False


def package(change: Callable[[Parts], None]) -> Make:
    """The good workbook with changed parts."""

    def make(folder: Path, good: Path) -> Path:
        parts = parts_of(good)
        change(parts)
        return write_parts(folder / "hostile.xlsx", parts)

    return make


def entries(change: Callable[[list[Entry]], list[Entry]]) -> Make:
    """The good workbook with changed entries of its zip file."""

    def make(folder: Path, good: Path) -> Path:
        good_entries = [deflated(name, content) for name, content in parts_of(good).items()]
        return write_zip(folder / "hostile.xlsx", change(good_entries))

    return make


def sheet_entry(change: Callable[[Entry], Entry]) -> Make:
    """The good workbook with a changed zip entry of the sheet."""
    return entries(lambda good: [change(e) if e.name == SHEET else e for e in good])


def file_bytes(change: Callable[[bytes], bytes]) -> Make:
    """The good workbook with changed bytes."""

    def make(folder: Path, good: Path) -> Path:
        path = folder / "hostile.xlsx"
        path.write_bytes(change(good.read_bytes()))
        return path

    return make


def other_than_file(create: Callable[[Path], object]) -> Make:
    """Something else in place of a workbook."""

    def make(folder: Path, good: Path) -> Path:
        path = folder / "hostile.xlsx"
        create(path)
        return path

    return make


def replaced(part: str, old: bytes, new: bytes) -> Make:
    """The good workbook with the first occurrence of some bytes in a part replaced."""

    def change(parts: Parts) -> None:
        assert old in parts[part], f"{part} has no {old!r}"
        parts[part] = parts[part].replace(old, new, 1)

    return package(change)


def without(part: str) -> Make:
    """The good workbook without a part."""
    return package(lambda parts: parts.pop(part) and None)


def content(part: str, data: bytes) -> Make:
    """The good workbook with another content of a part."""
    return package(lambda parts: parts.update({part: data}))


def doctype(part: str, declaration: str, entity: str = "") -> Make:
    """The good workbook with a document type in a part, and an entity in the part's first text."""

    def change(parts: Parts) -> None:
        root = re.sub(rb"^<\?xml.*?\?>", b"", parts[part])
        text = re.compile(rb"(<(?:\w+:)?(?:t|v|f|definedName)\b[^>/]*>)")
        root = text.sub(rb"\1" + entity.encode(), root, count=1)
        parts[part] = b'<?xml version="1.0"?>' + declaration.encode() + root

    return package(change)


def laughs(levels: int = 9) -> str:
    """Entities, each ten of the level below: with nine levels a billion of the first."""
    lines = ['<!ENTITY a0 "ha">']
    lines += [f'<!ENTITY a{i} "' + f"&a{i - 1};" * 10 + '">' for i in range(1, levels + 1)]
    return f"<!DOCTYPE x [{''.join(lines)}]>"


def move_name(name: str, address: str) -> Callable[[Parts], None]:
    """A change of a defined name's address."""

    def change(parts: Parts) -> None:
        pattern = rb'(<definedName name="%s"[^>]*>)[^<]*' % name.encode()
        parts[WORKBOOK], count = re.subn(pattern, rb"\g<1>" + address.encode(), parts[WORKBOOK])
        assert count, name

    return change


def name_at(name: str, address: str) -> Make:
    """The good workbook with another address of a defined name."""
    return package(move_name(name, address))


def more_names(*names: tuple[str, str]) -> Make:
    """The good workbook with more defined names."""
    xml = "".join(f'<definedName name="{name}">{address}</definedName>' for name, address in names)
    return replaced(WORKBOOK, b"</definedNames>", xml.encode() + b"</definedNames>")


def rows(xml: str, before: bool = False) -> Make:
    """The good workbook with more rows in the sheet, after the others or before them."""
    place = b"<sheetData>" if before else b"</sheetData>"
    return replaced(SHEET, place, place + xml.encode() if before else xml.encode() + place)


def cells(*xml: str) -> Make:
    """The good workbook with more cells in row 900."""
    return rows(f'<row r="900">{"".join(xml)}</row>')


def formula(text: str, attributes: str = "") -> Make:
    """The good workbook with a formula in B900, to which the name `READ` is moved."""

    def change(parts: Parts) -> None:
        cell = f'<row r="900"><c r="B900"><f{attributes}>{text}</f></c></row></sheetData>'
        parts[SHEET] = parts[SHEET].replace(b"</sheetData>", cell.encode())
        move_name(READ, f"'{TAB}'!$B$900")(parts)

    return package(change)


def number(name: str, text: str) -> Make:
    """The good workbook with a number in place of a range's formula."""

    def change(parts: Parts) -> None:
        pattern = rb"<definedName name=\"%s\"[^>]*>'?([^'!<]+)'?!\$([A-Z]+)\$(\d+)" % name.encode()
        place = re.search(pattern, parts[WORKBOOK])
        assert place, name
        tabs = re.findall(rb'<sheet [^>]*?name="([^"]*)"', parts[WORKBOOK])
        sheet = f"xl/worksheets/sheet{tabs.index(place[1]) + 1}.xml"
        cell = rb'<c r="%s"( s="\d+")?[^>]*?(?:/>|>.*?</c>)' % (place[2] + place[3])
        new = rb'<c r="%s"\1><v>%s</v></c>' % (place[2] + place[3], text.encode())
        parts[sheet], count = re.subn(cell, new, parts[sheet], count=1)
        assert count, name

    return package(change)


def nested(start: str, end: str, depth: int, inside: str = "1") -> str:
    """A text in nested brackets."""
    return start * depth + inside + end * depth
