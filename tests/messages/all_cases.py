"""All cases, and the names of all snapshots, by the file that they are in."""

from __future__ import annotations

from importlib import import_module

from tests.messages.case import Case
from tests.messages.reports import REPORTS, name_of

#: The modules with cases; the snapshots of each are in a file of its name.
_FILES = (
    "baking",
    "building",
    "checkpoints",
    "command_line",
    "comparing",
    "engines",
    "folders",
    "formulas",
    "hub",
    "lesson_templates",
    "model_bounds",
    "prompts",
    "templates",
    "tensor_names",
    "tokenizers",
    "weight_files",
    "workbook_bounds",
    "workbooks",
    "workshop_files",
)

CASES: dict[str, list[Case]] = {
    file: import_module(f"tests.messages.{file}").CASES for file in _FILES
}

#: The names of the snapshots, in their order.
NAMES: dict[str, list[str]] = {
    **{file: [case.what for case in cases] for file, cases in CASES.items()},
    "reports": [name_of(report) for report in REPORTS],
}
