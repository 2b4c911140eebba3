"""An .xlsx package: its sheets with their parts, and its named ranges."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from xlgpt2.cells.address import Area
from xlgpt2.errors import WorkbookError
from xlgpt2.files import other_than_file
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT, check_kind, check_kind_of_package
from xlgpt2.xlsx.limits import (
    MOST_AT_ONCE,
    check_package,
    first_duplicate,
    most_cells,
    unpacked_size,
)

FORMULA_HINT = "fix the formula, rebuild the workbook, or use another engine with --engine"

#: The attribute with a sheet's relationship id, in the two dialects of OOXML.
_RELATIONS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)

#: The last files that were checked: path, inode, size and time of the last change.
_CHECKED: deque[tuple[str, int, int, int]] = deque(maxlen=64)

_CHART = re.compile(r"xl/charts/[^/]*\.xml")

# A string or a sheet, which are skipped, or a word that may be a name.
_WORD = re.compile(r"""\"[^"]*"|'[^']*'!|[\w.]+!|([^\W\d][\w.]*)""")

_LONGEST_SHOWN = 100

_RECTANGLE = re.compile(r".+!\$[A-Z]{1,3}\$\d+(:\$[A-Z]{1,3}\$\d+)?")


@dataclass(frozen=True)
class Contents:
    """The sheets and names of a workbook: sheet -> its part of the package, name -> its area.

    `sheet_scoped` has the names that are defined on one sheet, where they hide the workbook's own,
    by sheet and name in upper case: an area, or the text of another definition.
    `unpacked` is the size of all parts in bytes.
    """

    sheets: Mapping[str, str]
    areas: Mapping[str, Area]
    sheet_scoped: Mapping[str, Mapping[str, Area | str]]
    unpacked: int

    @property
    def most_cells(self) -> int:
        """The most cells, including blanks, that a reader of the workbook may allocate."""
        return most_cells(self.unpacked)


@contextmanager
def open_package(path: Path, content: bytes | None = None) -> Iterator[zipfile.ZipFile]:
    """The open package; raises WorkbookError if the file, or what is read from it, is broken.

    `content`, derived from the file, is read in its place if given. A file that would be far
    larger in memory than on disk is refused first (`check_package`).
    """
    try:
        if content is None:
            _check_file(path)
        with zipfile.ZipFile(path if content is None else io.BytesIO(content)) as package:
            if content is None:
                check_kind_of_package(package, path)
                _check_once(package, path)
            yield package
    except FileNotFoundError as error:
        raise WorkbookError(
            f"workbook {path}: expected an existing file, got a path that does not exist",
            WORKBOOK_HINT,
        ) from error
    except OSError as error:
        raise WorkbookError(
            f"workbook {path}: expected a readable file, got {error.strerror or error}",
            WORKBOOK_HINT,
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise WorkbookError(
            f"workbook {path}: expected an .xlsx file, got {error}", WORKBOOK_HINT
        ) from error
    except ElementTree.ParseError as error:
        raise WorkbookError(
            f"workbook {path}: expected XML in its parts, got {error}", WORKBOOK_HINT
        ) from error


def _check_file(path: Path) -> None:
    """Raise WorkbookError if a path is not a zip file."""
    if (other := other_than_file(path)) is not None:
        raise WorkbookError(f"workbook {path}: expected a file, got {other}", WORKBOOK_HINT)
    check_kind(path)


def _check_once(package: zipfile.ZipFile, path: Path) -> None:
    """Check a package, unless it was checked and is the same file: it is opened for every sheet."""
    status = path.stat()
    version = (str(path.absolute()), status.st_ino, status.st_size, status.st_mtime_ns)
    if version not in _CHECKED:
        check_package(package, path, status.st_size)
        _CHECKED.append(version)


def tag(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def read_contents(path: Path) -> Contents:
    """The sheets and the named ranges of a workbook.

    Only names of a single rectangle are kept. Raises WorkbookError for a file that is not a
    workbook, and if none of the workbook's own names is a rectangle.
    """
    with open_package(path) as package:
        part = _workbook_part(package)
        root = _xml(package, part)
        sheets = _sheets(root, _worksheets(package, part))
        unpacked, parts = unpacked_size(package), set(package.namelist())
    missing = next((part for part in sheets.values() if part not in parts), None)
    if missing is not None:
        raise _no_part(path, missing)
    areas = {name: area for name, area in _named_areas(root) if area.sheet in sheets}
    if not areas:
        raise WorkbookError(f"workbook {path}: expected named ranges, got none", WORKBOOK_HINT)
    contents = Contents(sheets, areas, _sheet_scoped_names(root, sheets), unpacked)
    cells = sum(area.rows * area.columns for area in areas.values())
    if cells > contents.most_cells:
        raise WorkbookError(
            f"workbook {path}: expected at most {contents.most_cells:,} cells in named ranges, "
            f"got {cells:,}",
            WORKBOOK_HINT,
        )
    _check_duplicates(path, root)
    _check_cycles(path, root)
    return contents


def _check_duplicates(path: Path, root: Element) -> None:
    """Raise WorkbookError if two sheets or two of the workbook's names differ only in case."""
    elements = [element for element in root.iter() if element.get("localSheetId") is None]
    for kind, what in (("sheet", "sheet"), ("definedName", "name")):
        names = (element.get("name", "") for element in elements if tag(element) == kind)
        duplicate = first_duplicate(names)
        if duplicate is not None:
            raise WorkbookError(
                f"workbook {path}: expected unique {what}s, got {duplicate!r} twice",
                WORKBOOK_HINT,
            )


def _check_cycles(path: Path, root: Element) -> None:
    """Raise WorkbookError if defined names refer to each other in a cycle."""
    texts = {
        element.get("name", "").lower(): (element.text or "").lower()
        for element in root.iter()
        if tag(element) == "definedName" and rectangle(element.text or "") is None
    }
    needs = {name: texts.keys() & set(_WORD.findall(text)) for name, text in texts.items()}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        raise WorkbookError(
            f"workbook {path}: expected defined names without a cycle, got "
            f"{' -> '.join(error.args[1])[:_LONGEST_SHOWN]}",
            WORKBOOK_HINT,
        ) from error


def read_charts(path: Path) -> list[Area]:
    """The areas that charts refer to, categories included; raises WorkbookError."""
    with open_package(path) as package:
        parts = [name for name in package.namelist() if _CHART.fullmatch(name)]
        texts = [
            (element.text or "").strip()
            for part in parts
            for element in _xml(package, part).iter()
            if tag(element) == "f"
        ]
    return [area for text in texts if (area := rectangle(text)) is not None]


def workbook_xml(package: zipfile.ZipFile) -> Element:
    """The workbook part: sheets, names and calculation settings."""
    return _xml(package, _workbook_part(package))


def _xml(package: zipfile.ZipFile, part: str) -> Element:
    """A part, read as a whole; raises WorkbookError if it is missing or too large."""
    try:
        size = package.getinfo(part).file_size
    except KeyError as error:
        raise _no_part(package.filename, part) from error
    if size > MOST_AT_ONCE:
        raise WorkbookError(
            f"workbook {package.filename}: part {part}: expected at most {MOST_AT_ONCE:,} bytes, "
            f"got {size:,}",
            WORKBOOK_HINT,
        )
    return ElementTree.fromstring(package.read(part))


def _no_part(path: Path | str | None, part: str) -> WorkbookError:
    """The error for a part that is referred to but missing."""
    return WorkbookError(f"workbook {path}: expected a part {part}, got none", WORKBOOK_HINT)


def _workbook_part(package: zipfile.ZipFile) -> str:
    """The name of the workbook part."""
    for relation in _xml(package, "_rels/.rels"):
        if relation.get("Type", "").endswith("/officeDocument"):
            return relation.get("Target", "").lstrip("/")
    return "xl/workbook.xml"


def _worksheets(package: zipfile.ZipFile, workbook_part: str) -> dict[str, str]:
    """Relationship id -> part of every worksheet; other kinds of sheets are left out."""
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


def _sheet_scoped_names(root: Element, sheets: Container[str]) -> dict[str, dict[str, Area | str]]:
    """The names that are defined on one sheet, see `Contents`."""
    order = [element.get("name", "") for element in root.iter() if tag(element) == "sheet"]
    names: dict[str, dict[str, Area | str]] = {}
    for element in root.iter():
        name, number = element.get("name", ""), element.get("localSheetId", "")
        if tag(element) != "definedName" or name.startswith("_xlnm."):
            continue
        if number.isdecimal() and int(number) < len(order):
            text = (element.text or "").strip()
            area = rectangle(text)
            exists = area is not None and area.sheet in sheets
            sheet = names.setdefault(order[int(number)], {})
            sheet[name.upper()] = area if area is not None and exists else text
    return names


def _named_areas(root: Element) -> Iterator[tuple[str, Area]]:
    """The workbook's own names of rectangles, with these."""
    for element in root.iter():
        if tag(element) == "definedName" and element.get("localSheetId") is None:
            name, text = element.get("name", ""), (element.text or "").strip()
            # _xlnm. begins the names of print areas and filters
            area = None if name.startswith("_xlnm.") else rectangle(text)
            if area is not None:
                yield name, area


def rectangle(text: str) -> Area | None:
    """The rectangle that a defined name refers to, or None if it refers to something else."""
    if not _RECTANGLE.fullmatch(text):
        return None
    try:
        return Area.parse(text)
    except ValueError:
        return None


def require_ranges(present: Container[str], names: Iterable[str]) -> None:
    """Raise WorkbookError if one of the ranges `names` is missing."""
    for name in names:
        if name not in present:
            raise WorkbookError(
                f"workbook: expected a range named {name}, got none",
                "use a workbook written by xlgpt2 build, with all its names",
            )
