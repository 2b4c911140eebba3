"""How hostile inputs are made of good ones: parts of a package changed, cells and names added."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hardening.crafted_zips import Entry, deflated, parts_of, write_parts, write_zip

#: Makes a hostile input of a good one, in a folder of its own, and gives its path or text.
Make = Callable[[Path, Path], "Path | str"]

#: The parts of a package by their names.
Parts = dict[str, bytes]

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
STRINGS = "xl/sharedStrings.xml"

#: The tab Final norm of a model of one block: formulas of all kinds, weights and labels.
SHEET = "xl/worksheets/sheet14.xml"
TAB = "Final norm"

#: A name that `run` and `verify` read; what it stood for is changed to the hostile formula.
READ = "perplexity"


@dataclass(frozen=True)
class Hostile:
    """An input, how it is made, and words of the error that the first of its commands gives.

    Without words the input is strange and not wrong: a command may take it, find that it differs
    from what it should be, or refuse it. So may the other commands in any case. Root may read and write everything: what asks for rights
    is tried `as_nobody`.
    """

    what: str
    make: Make
    says: str = ""
    as_nobody: bool = False


def package(change: Callable[[Parts], None]) -> Make:
    """Changes the parts of the good workbook."""

    def make(folder: Path, good: Path) -> Path:
        parts = parts_of(good)
        change(parts)
        return write_parts(folder / "hostile.xlsx", parts)

    return make


def entries(change: Callable[[list[Entry]], list[Entry]]) -> Make:
    """Changes the entries of the good workbook's zip file."""

    def make(folder: Path, good: Path) -> Path:
        found = [deflated(name, content) for name, content in parts_of(good).items()]
        return write_zip(folder / "hostile.xlsx", change(found))

    return make


def sheet_entry(change: Callable[[Entry], Entry]) -> Make:
    """Changes the entry of the sheet."""
    return entries(lambda found: [change(e) if e.name == SHEET else e for e in found])


def file_bytes(change: Callable[[bytes], bytes]) -> Make:
    """Changes the bytes of the good workbook's file."""

    def make(folder: Path, good: Path) -> Path:
        path = folder / "hostile.xlsx"
        path.write_bytes(change(good.read_bytes()))
        return path

    return make


def other_than_file(create: Callable[[Path], object]) -> Make:
    """Puts something else where a workbook should be."""

    def make(folder: Path, good: Path) -> Path:
        path = folder / "hostile.xlsx"
        create(path)
        return path

    return make


def replaced(part: str, old: bytes, new: bytes) -> Make:
    """Other bytes in the place of the first of some in a part."""

    def change(parts: Parts) -> None:
        assert old in parts[part], f"{part} has no {old!r}"
        parts[part] = parts[part].replace(old, new, 1)

    return package(change)


def without(part: str) -> Make:
    """Leaves a part out."""
    return package(lambda parts: parts.pop(part) and None)


def content(part: str, data: bytes) -> Make:
    """Another content of a part."""
    return package(lambda parts: parts.update({part: data}))


def doctype(part: str, declaration: str, entity: str = "") -> Make:
    """Declares a document type in a part, and uses an entity of it in the first text there."""

    def change(parts: Parts) -> None:
        root = re.sub(rb"^<\?xml.*?\?>", b"", parts[part])
        text = re.compile(rb"(<(?:\w+:)?(?:t|v|f|definedName)\b[^>/]*>)")
        root = text.sub(rb"\1" + entity.encode(), root, count=1)
        parts[part] = b'<?xml version="1.0"?>' + declaration.encode() + root

    return package(change)


def laughs(levels: int = 9) -> str:
    """Ten entities of the level below in each: with nine levels a billion of the first."""
    lines = ['<!ENTITY a0 "ha">']
    lines += [f'<!ENTITY a{i} "' + f"&a{i - 1};" * 10 + '">' for i in range(1, levels + 1)]
    return f"<!DOCTYPE x [{''.join(lines)}]>"


def placed(name: str, address: str) -> Callable[[Parts], None]:
    """Changes where a defined name is."""

    def change(parts: Parts) -> None:
        pattern = rb'(<definedName name="%s"[^>]*>)[^<]*' % name.encode()
        parts[WORKBOOK], count = re.subn(pattern, rb"\g<1>" + address.encode(), parts[WORKBOOK])
        assert count, name

    return change


def name_at(name: str, address: str) -> Make:
    """Another place for a defined name."""
    return package(placed(name, address))


def more_names(*added: tuple[str, str]) -> Make:
    """Defined names beside those that are there."""
    xml = "".join(f'<definedName name="{name}">{place}</definedName>' for name, place in added)
    return replaced(WORKBOOK, b"</definedNames>", xml.encode() + b"</definedNames>")


def rows(xml: str, before: bool = False) -> Make:
    """Rows of the sheet behind those that are there, or before them."""
    place = b"<sheetData>" if before else b"</sheetData>"
    return replaced(SHEET, place, place + xml.encode() if before else xml.encode() + place)


def cells(*xml: str) -> Make:
    """A row of cells; A900 stands for the first address, and so on."""
    return rows(f'<row r="900">{"".join(xml)}</row>')


def formula(text: str, attributes: str = "") -> Make:
    """A formula in B900, which the range `READ` stands for then."""

    def change(parts: Parts) -> None:
        cell = f'<row r="900"><c r="B900"><f{attributes}>{text}</f></c></row></sheetData>'
        parts[SHEET] = parts[SHEET].replace(b"</sheetData>", cell.encode())
        placed(READ, f"'{TAB}'!$B$900")(parts)

    return package(change)


def number(name: str, text: str) -> Make:
    """A number in the cell of a range, in place of its formula."""

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
    """Something in so many brackets."""
    return start * depth + inside + end * depth
