"""Settings of a file that change the results of its formulas."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from xlgpt2.xlsx.package import (
    Contents,
    tag,
    workbook_xml,
)
from xlgpt2.xlsx.reading.workbook import Workbook

#: Truth values in the standard (ECMA-376, xsd:boolean).
_TRUE, _FALSE = ("1", "true"), ("0", "false")


@dataclass(frozen=True)
class CalculationSetting:
    """An unusual attribute in a file's XML, of one tab or, if `tab` is "", of the workbook."""

    tab: str
    name: str
    usual: str
    means: str


@dataclass(frozen=True)
class CalculationSettings:
    """The settings that change results, and whether formulas are computed on request only.

    Other settings don't matter here: there are no dates (date1904) and no cycles (iterate), refMode
    affects only the display, and engines always compute everything (fullCalcOnLoad, calcOnSave).
    """

    computing: tuple[CalculationSetting, ...]
    manual: bool


def read_calculation_settings(workbook: Workbook) -> CalculationSettings:
    """The settings of a file; raises WorkbookError if it can't be read."""
    with workbook.package() as package:
        root = workbook_xml(package)
        elements = [element for element in root.iter() if tag(element) == "calcPr"]
        rounded = any(element.get("fullPrecision") in _FALSE for element in elements)
        manual = any(element.get("calcMode") == "manual" for element in elements)
        settings = [_PRECISION] if rounded else []
        settings += _of_sheets(package, workbook.contents)
    return CalculationSettings(tuple(settings), manual)


_PRECISION = CalculationSetting(
    "",
    "fullPrecision",
    "full precision",
    "precision as displayed, which rounds every number to its displayed digits",
)


def _of_sheets(package: zipfile.ZipFile, contents: Contents) -> Iterator[CalculationSetting]:
    """The settings of single sheets."""
    for sheet, part in contents.sheets.items():
        properties = _properties(package, part)
        if properties is not None and properties.get("transitionEvaluation") in _TRUE:
            yield CalculationSetting(
                sheet,
                "transitionEvaluation",
                "Excel's formula evaluation",
                "Lotus 1-2-3 formula evaluation, in which text counts as 0",
            )


def _properties(package: zipfile.ZipFile, part: str) -> Element | None:
    """The properties of a sheet, or None; they come first, so that no cell is read."""
    with package.open(part) as source:
        elements = ElementTree.iterparse(source, events=("start",))
        next(elements, None)  # the worksheet itself
        _, first = next(elements, (None, None))
    return first if first is not None and tag(first) == "sheetPr" else None
