"""All cases, and the names of all snapshots, by the file that they are in."""

from __future__ import annotations

from tests.messages import (
    baking,
    building,
    checkpoints,
    command_line,
    comparing,
    engines,
    folders,
    formulas,
    hub,
    model_bounds,
    prompts,
    templates,
    tensor_names,
    tokenizers,
    weight_files,
    workbook_bounds,
    workbooks,
    workshop_files,
)
from tests.messages.case import Case
from tests.messages.reports import REPORTS, name_of

_MODULES = (
    baking,
    building,
    checkpoints,
    command_line,
    comparing,
    engines,
    folders,
    formulas,
    hub,
    model_bounds,
    prompts,
    templates,
    tensor_names,
    tokenizers,
    weight_files,
    workbook_bounds,
    workbooks,
    workshop_files,
)

CASES: dict[str, list[Case]] = {
    module.__name__.rpartition(".")[2]: module.CASES for module in _MODULES
}

#: The names of the snapshots, in their order.
NAMES: dict[str, list[str]] = {
    **{file: [case.what for case in cases] for file, cases in CASES.items()},
    "reports": [name_of(report) for report in REPORTS],
}
