"""Properties of a file that change its formulas' results: settings, and names with sheet scope."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from xlgpt2.cells.address import Area
from xlgpt2.layout.layout import Plan
from xlgpt2.verification.difference import Difference, Outcome
from xlgpt2.verification.result import WORKBOOK, RangeCheck
from xlgpt2.xlsx.package import Contents
from xlgpt2.xlsx.reading.calculation_settings import CalculationSetting
from xlgpt2.xlsx.reading.formulas import FileFormula

# A string literal or the name of a tab, which are skipped, or a word that may be a name.
_WORD = re.compile(r""""[^"]*"|\'[^\']*\'!|[\w.]+!|([^\W\d][\w.]*)(?![\w.(])""")


def other_settings(settings: tuple[CalculationSetting, ...]) -> Iterator[RangeCheck]:
    """Calculation settings that change the results of formulas."""
    for setting in settings:
        tab = setting.tab or WORKBOOK
        difference = Difference(Outcome.SETTING, tab, setting.usual, setting.means)
        yield RangeCheck(setting.name, tab, 0, difference)


def hiding_names(
    plan: Plan, contents: Contents, by_sheet: Mapping[str, Mapping[tuple[int, int], FileFormula]]
) -> Iterator[RangeCheck]:
    """Names with sheet scope that hide a name of the workbook from a formula on their tab.

    Without such a formula, and on tabs that are not in the plan, such as copies, they are harmless.
    """
    for tab in plan.tabs:
        hiding = {
            name: area
            for name in plan.places
            if (area := contents.sheet_scoped.get(tab.name, {}).get(name.upper())) is not None
            and area != plan.places[name].area
        }
        for formula in by_sheet.get(tab.name, {}).values() if hiding else ():
            words = {word.upper() for word in _WORD.findall(formula.text)}
            for name in [name for name in hiding if name.upper() in words]:
                area = hiding.pop(name)
                got = area.absolute if isinstance(area, Area) else repr(area)
                expected = plan.places[name].area.absolute
                where = formula.area.cell(0, 0)
                difference = Difference(Outcome.LOCAL_NAME, where, expected, f"{got} on this tab")
                yield RangeCheck(name, tab.name, 0, difference)
