"""The differences between the calculation settings of two workbooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from xlgpt2.diff.differences import SettingDifference
from xlgpt2.xlsx.reading.calculation_settings import CalculationSetting


def setting_differences(
    old: Iterable[CalculationSetting], new: Iterable[CalculationSetting], pairs: Mapping[str, str]
) -> Iterator[SettingDifference]:
    """The settings that only one workbook has; `pairs` are the tabs, old name -> new name."""
    before = {(pairs.get(setting.tab, setting.tab), setting.name): setting for setting in old}
    after = {(setting.tab, setting.name): setting for setting in new}
    for key, setting in {**before, **after}.items():
        if (key in before) != (key in after):
            values = setting.means, setting.usual
            was, now = values if key in before else reversed(values)
            yield SettingDifference(setting.tab, setting.name, was, now)
