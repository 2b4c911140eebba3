"""The parts of an .xlsx package: which sheets it has and where, and its named ranges."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
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
from xlgpt2.xlsx.file_kinds import OURS, check_kind, check_kind_of_package
from xlgpt2.xlsx.limits import MOST_AT_ONCE, check_package, most_cells, repeated, unpacked_size

HINT = OURS

FORMULA_HINT = "mend the formula, build the workbook again, or take another engine with --engine"

#: The attribute that leads from a sheet's entry to its part, in OOXML's two dialects.
_RELATIONS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)

_CHART = re.compile(r"xl/charts/[^/]*\.xml")

# A text or a sheet, which are skipped, or a word that may be a name.
_WORD = re.compile(r"""\"[^"]*"|'[^']*'!|[\w.]+!|([^\W\d][\w.]*)""")

_LONGEST_SHOWN = 100

_RECTANGLE = re.compile(r".+!\$[A-Z]{1,3}\$\d+(:\$[A-Z]{1,3}\$\d+)?")


@dataclass(frozen=True)
class Contents:
    """The table of contents of a workbook: sheet -> its part of the package, name -> its area.

    `local` are names that count on one sheet alone, where they hide the workbook's own, by sheet
    and name in capitals: an area, or the text of what else they stand for.
    `unpacked` are the bytes of all parts.
    """

    sheets: Mapping[str, str]
    areas: Mapping[str, Area]
    local: Mapping[str, Mapping[str, Area | str]]
    unpacked: int

    @property
    def most_cells(self) -> int:
        """How many cells, blanks among them, whoever reads the workbook may make room for."""
        return most_cells(self.unpacked)


@contextmanager
def open_package(path: Path, content: bytes | None = None) -> Iterator[zipfile.ZipFile]:
    """The open package; raises WorkbookError where the file, or what is read of it, is broken.

    `content`, which we made of the file, is read in its place where it is given. A file that
    would be far larger in memory than on the disk is not even opened (`check_package`).
    """
    try:
        if content is None:
            _check_file(path)
        with zipfile.ZipFile(path if content is None else io.BytesIO(content)) as package:
            if content is None:
                check_kind_of_package(package, path)
                check_package(package, path, path.stat().st_size)
            yield package
    except FileNotFoundError as error:
        raise WorkbookError(f"workbook {path}: expected a file, got none", HINT) from error
    except OSError as error:
        raise WorkbookError(
            f"workbook {path}: expected a file that can be read, got {error.strerror or error}",
            HINT,
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise WorkbookError(
            f"workbook {path}: expected an .xlsx file, got {error}", HINT
        ) from error
    except ElementTree.ParseError as error:
        raise WorkbookError(
            f"workbook {path}: expected XML in its parts, got {error}", HINT
        ) from error


def _check_file(path: Path) -> None:
    """Nothing where a path is a file that may be read."""
    if (got := other_than_file(path)) is not None:
        raise WorkbookError(f"workbook {path}: expected a file, got {got}", HINT)
    check_kind(path)


def tag(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def read_contents(path: Path) -> Contents:
    """The sheets and the named ranges of a workbook.

    A name counts if it stands for one rectangle. Raises WorkbookError for a file that is no
    workbook or where none of the names that the whole workbook has does.
    """
    with open_package(path) as package:
        part = _workbook_part(package)
        root = _xml(package, part)
        sheets = _sheets(root, _worksheets(package, part))
        unpacked, known = unpacked_size(package), set(package.namelist())
    missing = next((part for part in sheets.values() if part not in known), None)
    if missing is not None:
        raise _no_part(path, missing)
    areas = {name: area for name, area in _named_areas(root) if area.sheet in sheets}
    if not areas:
        raise WorkbookError(f"workbook {path}: expected named ranges, got none", HINT)
    contents = Contents(sheets, areas, _local_names(root, sheets), unpacked)
    cells = sum(area.rows * area.columns for area in areas.values())
    if cells > contents.most_cells:
        raise WorkbookError(
            f"workbook {path}: expected at most {contents.most_cells:,} cells in named ranges, "
            f"got {cells:,}",
            HINT,
        )
    _check_once(path, root)
    _check_circles(path, root)
    return contents


def _check_once(path: Path, root: Element) -> None:
    """Nothing, unless two sheets or two names of the workbook are one to a spreadsheet."""
    elements = [element for element in root.iter() if element.get("localSheetId") is None]
    for kind, what in (("sheet", "sheet"), ("definedName", "name")):
        twice = repeated(element.get("name", "") for element in elements if tag(element) == kind)
        if twice is not None:
            raise WorkbookError(
                f"workbook {path}: expected each {what} once, got {twice!r} twice", HINT
            )


def _check_circles(path: Path, root: Element) -> None:
    """Nothing, unless names stand for each other, so that a program might never come to an end."""
    texts = {
        element.get("name", "").lower(): (element.text or "").lower()
        for element in root.iter()
        if tag(element) == "definedName" and rectangle(element.text or "") is None
    }
    others = {name: texts.keys() & set(_WORD.findall(text)) for name, text in texts.items()}
    try:
        TopologicalSorter(others).prepare()
    except CycleError as error:
        raise WorkbookError(
            f"workbook {path}: expected names that don't need each other, got "
            f"{' -> '.join(error.args[1])[:_LONGEST_SHOWN]}",
            HINT,
        ) from error


def read_charts(path: Path) -> list[Area]:
    """The cells that charts show, with their categories; raises WorkbookError."""
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
    """The workbook's own part: its sheets, its names and how it is computed."""
    return _xml(package, _workbook_part(package))


def _xml(package: zipfile.ZipFile, part: str) -> Element:
    """A part that is read as a whole."""
    try:
        size = package.getinfo(part).file_size
    except KeyError as error:
        raise _no_part(package.filename, part) from error
    if size > MOST_AT_ONCE:
        raise WorkbookError(
            f"workbook {package.filename}: part {part}: expected at most {MOST_AT_ONCE:,} bytes, "
            f"got {size:,}",
            HINT,
        )
    return ElementTree.fromstring(package.read(part))


def _no_part(path: Path | str | None, part: str) -> WorkbookError:
    """The error for a part that others lead to."""
    return WorkbookError(f"workbook {path}: expected a part {part}, got none", HINT)


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


def _local_names(root: Element, sheets: Container[str]) -> dict[str, dict[str, Area | str]]:
    """The names that count on one sheet alone, see `Contents`."""
    order = [element.get("name", "") for element in root.iter() if tag(element) == "sheet"]
    found: dict[str, dict[str, Area | str]] = {}
    for element in root.iter():
        name, number = element.get("name", ""), element.get("localSheetId", "")
        if tag(element) != "definedName" or name.startswith("_xlnm."):
            continue
        if number.isdecimal() and int(number) < len(order):
            text = (element.text or "").strip()
            area = rectangle(text)
            known = area is not None and area.sheet in sheets
            sheet = found.setdefault(order[int(number)], {})
            sheet[name.upper()] = area if area is not None and known else text
    return found


def _named_areas(root: Element) -> Iterator[tuple[str, Area]]:
    """The names of the workbook that stand for a rectangle."""
    for element in root.iter():
        if tag(element) == "definedName" and element.get("localSheetId") is None:
            name, text = element.get("name", ""), (element.text or "").strip()
            # _xlnm. begins the names of print areas and filters
            area = None if name.startswith("_xlnm.") else rectangle(text)
            if area is not None:
                yield name, area


def rectangle(text: str) -> Area | None:
    """The rectangle that a defined name stands for, or None where it stands for something else."""
    if not _RECTANGLE.fullmatch(text):
        return None
    try:
        return Area.parse(text)
    except ValueError:
        return None


def require_ranges(present: Container[str], names: Iterable[str]) -> None:
    """Nothing where a workbook has these ranges; raises WorkbookError where it lacks one."""
    for name in names:
        if name not in present:
            raise WorkbookError(
                f"workbook: expected a range named {name}, got none",
                "give a workbook that xlgpt2 build wrote, with all of its names",
            )
