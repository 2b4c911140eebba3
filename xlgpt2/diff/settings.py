"""Settings of two workbooks with which programs compute something else from the same formulas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from xlgpt2.diff.differences import SettingDifference
from xlgpt2.xlsx.reading.calculation_settings import CalculationSetting


def setting_differences(
    old: Iterable[CalculationSetting], new: Iterable[CalculationSetting], pairs: Mapping[str, str]
) -> Iterator[SettingDifference]:
    """The settings that one workbook has; `pairs` are the new names of tabs by the old ones."""
    before = {(pairs.get(one.tab, one.tab), one.name): one for one in old}
    after = {(one.tab, one.name): one for one in new}
    for key, one in {**before, **after}.items():
        if (key in before) != (key in after):
            was, now = (one.means, one.usual) if key in before else (one.usual, one.means)
            yield SettingDifference(one.tab, one.name, was, now)
