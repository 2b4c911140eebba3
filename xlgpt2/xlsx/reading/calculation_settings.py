"""Settings of a file with which programs compute something else from the same formulas."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from xlgpt2.xlsx.package import (
    Contents,
    open_package,
    tag,
    workbook_xml,
)

#: How the standard writes truth values (ECMA-376, xsd:boolean).
_TRUE, _FALSE = ("1", "true"), ("0", "false")


@dataclass(frozen=True)
class CalculationSetting:
    """An attribute of a file's XML that is not as usual, on a tab or, where that is "", for all."""

    tab: str
    name: str
    usual: str
    means: str


@dataclass(frozen=True)
class CalculationSettings:
    """Those that give other results, and whether formulas wait until somebody asks for results.

    What else a file may say changes nothing here: there are no dates (date1904) and no circles
    (iterate), notation is that of the file (refMode), and engines compute everything themselves
    (fullCalcOnLoad, calcOnSave).
    """

    computing: tuple[CalculationSetting, ...]
    manual: bool


def read_calculation_settings(path: Path, contents: Contents) -> CalculationSettings:
    """The settings of a file; raises WorkbookError where it can't be read."""
    with open_package(path) as package:
        root = workbook_xml(package)
        found = [element for element in root.iter() if tag(element) == "calcPr"]
        rounded = any(element.get("fullPrecision") in _FALSE for element in found)
        manual = any(element.get("calcMode") == "manual" for element in found)
        settings = [_PRECISION] if rounded else []
        settings += _of_sheets(package, contents)
    return CalculationSettings(tuple(settings), manual)


_PRECISION = CalculationSetting(
    "",
    "fullPrecision",
    "full precision",
    "precision as displayed, which rounds every number to the digits that its cell shows",
)


def _of_sheets(package: zipfile.ZipFile, contents: Contents) -> Iterator[CalculationSetting]:
    """Those of single sheets."""
    for sheet, part in contents.sheets.items():
        properties = _properties(package, part)
        if properties is not None and properties.get("transitionEvaluation") in _TRUE:
            yield CalculationSetting(
                sheet,
                "transitionEvaluation",
                "formulas computed as usual",
                "formulas computed as in Lotus 1-2-3, where a text counts as 0",
            )


def _properties(package: zipfile.ZipFile, part: str) -> Element | None:
    """The element that begins a sheet if it has properties; no cell is read."""
    with package.open(part) as source:
        elements = ElementTree.iterparse(source, events=("start",))
        next(elements, None)  # the worksheet itself
        _, first = next(elements, (None, None))
    return first if first is not None and tag(first) == "sheetPr" else None
