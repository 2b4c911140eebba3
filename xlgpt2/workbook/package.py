"""The package: what openpyxl leaves in a file put right, and the same bytes for the same input."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

_SHEET = re.compile(r"xl/worksheets/sheet\d+\.xml")
_INLINE = re.compile(rb't="inlineStr"><is><t(?: xml:space="preserve")?>(.*?)</t></is>', re.DOTALL)
_EMPTY_INLINE = re.compile(rb' t="inlineStr"><is><t ?/></is></c>')
_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRINGS_TYPE = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/'
    b'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)
_STRINGS_RELATION = (
    b'<Relationship Id="rIdStrings" Target="sharedStrings.xml" Type="http://schemas.openxmlformats'
    b'.org/officeDocument/2006/relationships/sharedStrings"/></Relationships>'
)

# The first moment that a zip entry can bear: no file says when it was made.
_NO_TIME = (1980, 1, 1, 0, 0, 0)

# What XML can't hold stands as _x0007_ in a cell, so a text like that needs its own escape
# (ECMA-376 part 1, 22.9.2.19 ST_Xstring).
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")


def escaped(text: str) -> str:
    """A text as a cell of the file holds it."""
    text = _ESCAPED.sub("_x005F_", text)
    return _CONTROL.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def finish(written: Path, target: Path) -> None:
    """Copies what openpyxl wrote: texts shared, no empty results, no time stamps."""
    strings: dict[bytes, int] = {}
    uses = 0
    with (
        zipfile.ZipFile(written) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in source.namelist():
            data = source.read(name)
            if _SHEET.fullmatch(name):
                data, count = _shared(data, strings)
                uses += count
            elif name == "docProps/core.xml":
                data = re.sub(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>", b"", data)
                data = data.replace(b"openpyxl", b"xlgpt2")
            elif name == "[Content_Types].xml":
                data = data.replace(b"</Types>", _STRINGS_TYPE)
            elif name == "xl/_rels/workbook.xml.rels":
                data = data.replace(b"</Relationships>", _STRINGS_RELATION)
            _add(copy, name, data)
        _add(copy, "xl/sharedStrings.xml", _strings_part(strings, uses))


def _shared(sheet: bytes, strings: dict[bytes, int]) -> tuple[bytes, int]:
    """A sheet whose texts are numbers of shared strings, and how many there are.

    Engines agree on shared strings; inline ones lose their spaces in some of them. An empty
    result beside a formula, and the type of a blank cell, say nothing and are left out.
    """
    sheet = _EMPTY_INLINE.sub(b"/>", sheet)
    sheet, count = _INLINE.subn(
        lambda match: b't="s"><v>%d</v>' % strings.setdefault(match[1], len(strings)), sheet
    )
    sheet = sheet.replace(b"</f><v />", b"</f>").replace(b"</f><v/>", b"</f>")
    return sheet.replace(b' t="n"', b""), count


def _strings_part(strings: dict[bytes, int], uses: int) -> bytes:
    items = b"".join(b'<si><t xml:space="preserve">%s</t></si>' % text for text in strings)
    head = f'<sst xmlns="{_NAMESPACE}" count="{uses}" uniqueCount="{len(strings)}">'
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + head.encode() + items + b"</sst>"


def _add(package: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _NO_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    package.writestr(entry, data)
