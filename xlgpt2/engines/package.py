"""The parts of an .xlsx package: which sheets it has and where, and its named ranges."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from xlgpt2.cells import Area
from xlgpt2.errors import WorkbookError

HINT = "give a workbook that xlgpt2 build wrote"
FORMULA_HINT = "mend the formula, build the workbook again, or take another engine with --engine"

#: The attribute that leads from a sheet's entry to its part, in OOXML's two dialects.
_RELATIONS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)

_RECTANGLE = re.compile(r".+!\$[A-Z]{1,3}\$\d+(:\$[A-Z]{1,3}\$\d+)?")


@dataclass(frozen=True)
class Contents:
    """The table of contents of a workbook: sheet -> its part of the package, name -> its area."""

    sheets: Mapping[str, str]
    areas: Mapping[str, Area]


@contextmanager
def open_package(path: Path, content: bytes | None = None) -> Iterator[zipfile.ZipFile]:
    """The open package; raises WorkbookError where the file, or what is read of it, is broken.

    `content` is read in place of the file where it is given.
    """
    try:
        with zipfile.ZipFile(path if content is None else io.BytesIO(content)) as package:
            yield package
    except FileNotFoundError as error:
        raise WorkbookError(f"workbook {path}: expected a file, got none", HINT) from error
    except OSError as error:
        raise WorkbookError(
            f"workbook {path}: expected a file that can be read, got {error.strerror or error}",
            HINT,
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise WorkbookError(
            f"workbook {path}: expected an .xlsx file, got {error}", HINT
        ) from error
    except ElementTree.ParseError as error:
        raise WorkbookError(
            f"workbook {path}: expected XML in its parts, got {error}", HINT
        ) from error


def tag(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def read_contents(path: Path) -> Contents:
    """The sheets and the named ranges of a workbook.

    A name counts if it is the workbook's (not one sheet's) and stands for one rectangle. Raises
    WorkbookError for a file that is no workbook or has no such name.
    """
    with open_package(path) as package:
        part = _workbook_part(package)
        root = _xml(package, part)
        sheets = _sheets(root, _worksheets(package, part))
    areas = {name: area for name, area in _named_areas(root) if area.sheet in sheets}
    if not areas:
        raise WorkbookError(f"workbook {path}: expected named ranges, got none", HINT)
    return Contents(sheets, areas)


def _xml(package: zipfile.ZipFile, part: str) -> Element:
    try:
        return ElementTree.fromstring(package.read(part))
    except KeyError as error:
        raise WorkbookError(
            f"workbook {package.filename}: expected a part {part}, got none", HINT
        ) from error


def _workbook_part(package: zipfile.ZipFile) -> str:
    """The name of the workbook's own part."""
    for relation in _xml(package, "_rels/.rels"):
        if relation.get("Type", "").endswith("/officeDocument"):
            return relation.get("Target", "").lstrip("/")
    return "xl/workbook.xml"


def _worksheets(package: zipfile.ZipFile, workbook_part: str) -> dict[str, str]:
    """Relation -> part of every worksheet; charts and other kinds of sheet are left out."""
    folder, name = posixpath.split(workbook_part)
    return {
        relation.get("Id", ""): posixpath.normpath(
            posixpath.join("/", folder, relation.get("Target", ""))
        ).lstrip("/")
        for relation in _xml(package, f"{folder}/_rels/{name}.rels")
        if relation.get("Type", "").endswith("/worksheet")
    }


def _sheets(root: Element, parts: Mapping[str, str]) -> dict[str, str]:
    """Sheet -> part, in the workbook's order."""
    sheets = {}
    for element in root.iter():
        if tag(element) == "sheet":
            relation = next(filter(None, map(element.get, _RELATIONS)), "")
            if relation in parts:
                sheets[element.get("name", "")] = parts[relation]
    return sheets


def _named_areas(root: Element) -> Iterator[tuple[str, Area]]:
    for element in root.iter():
        if tag(element) == "definedName" and element.get("localSheetId") is None:
            name, text = element.get("name", ""), (element.text or "").strip()
            # _xlnm. begins the names of print areas and filters
            area = None if name.startswith("_xlnm.") else _rectangle(text)
            if area is not None:
                yield name, area


def _rectangle(text: str) -> Area | None:
    """The rectangle that a defined name stands for, or None where it stands for something else."""
    if not _RECTANGLE.fullmatch(text):
        return None
    try:
        return Area.parse(text)
    except ValueError:
        return None
