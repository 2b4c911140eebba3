"""A workbook of two tabs, without a model and a prompt, is built, computed and verified."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from xlgpt2.designs.constants import template_cells
from xlgpt2.errors import ShapeError
from xlgpt2.layout.layout import plan
from xlgpt2.stages.expansion import expand
from xlgpt2.stages.sources import Index, Input, Values
from xlgpt2.stages.template_files import load_templates, shipped_templates
from xlgpt2.stages.variant import Variant
from xlgpt2.verification.compare import compare
from xlgpt2.verification.difference import Outcome
from xlgpt2.verification.result import Input as TypedInput
from xlgpt2.writer.writer import write_workbook
from xlgpt2.xlsx.reading.workbook import open_workbook

CASES = Path(__file__).parents[1] / "cases" / "two_tabs"
VECTORS = np.array([[1, 2.5, -3], [0.5, 2, 4]])


@pytest.fixture
def templates(tmp_path):
    """The two tabs in tests/cases/two_tabs, with the shipped colours."""
    folder = shutil.copytree(CASES, tmp_path / "templates")
    shutil.copy(shipped_templates() / "palette.toml", folder)
    return load_templates(folder)


def write(templates, path):
    """Write the file of the two tabs; returns their plan."""

    def constants(target):
        match target.source:
            case Index() | Values() as source:
                return template_cells(source, target)
            case Input(_, default):
                return np.array([[default]])

    tabs_plan = plan(expand(templates, {}, Variant(())), {})
    write_workbook(tabs_plan, templates.palette, constants, {}.__getitem__, path)
    return tabs_plan


def expected(stretch):
    """The values of the ranges, computed with numpy."""
    first, second = VECTORS
    stretched = stretch * second
    cosine = first @ stretched / (np.linalg.norm(first) * np.linalg.norm(stretched))
    return {
        "vectors": VECTORS,
        "stretch": np.array([[stretch]]),
        "stretched": stretched[None],
        "cosine": np.array([[cosine]]),
    }


def test_it_is_built_computed_and_verified(engine, templates, tmp_path):
    """With its own inputs, and with a number that reverses the second vector."""
    file = tmp_path / "vectors.xlsx"
    tabs_plan = write(templates, file)
    inputs = [{}, {"stretch": [[-1.5]]}]
    for stretch, readings in zip(
        (2.0, -1.5), engine.recalculate(open_workbook(file), inputs), strict=True
    ):
        check = compare(readings, expected(stretch), tabs_plan, TypedInput(""))
        assert check.good, [entry for entry in check.ranges if not entry.outcome.good]
        assert len(check.ranges) == 4


def test_a_wrong_formula_is_found(templates, tmp_path):
    """The formula of the cosine lacks its square root."""
    from xlgpt2.engines import get_engine

    (tab,) = [entry for entry in templates.tabs if entry.file == "02-cosine.toml"]
    cosine = tab.tab.ranges[1]
    changed = cosine.model_copy(update={"formula": cosine.formula.replace("SQRT", "SUM")})
    ranges = (tab.tab.ranges[0], changed)
    other = replace(tab, tab=tab.tab.model_copy(update={"ranges": ranges}))
    tabs_plan = write(replace(templates, tabs=(templates.tabs[0], other)), tmp_path / "a.xlsx")
    (readings,) = get_engine("formulas").recalculate(open_workbook(tmp_path / "a.xlsx"), [{}])
    check = compare(readings, expected(2.0), tabs_plan, TypedInput(""))
    assert [e.name for e in check.ranges if e.outcome is Outcome.OVER_TOLERANCE] == ["cosine"]


@pytest.mark.parametrize(
    ("values", "got"),
    [("[[1, 2, 3]]", "1 rows of 3"), ("[[1, 2], [3, 4]]", "2 rows of 2"), ("[]", "0 rows of 0")],
)
def test_values_fill_their_range(templates, values, got):
    """Rows and columns that don't fit the shape are refused, not truncated or repeated."""
    file = templates.folder / "01-vectors.toml"
    text = file.read_text("utf-8").replace("[[1, 2.5, -3], [0.5, 2, 4]]", values)
    file.write_text(text, "utf-8")
    with pytest.raises(ShapeError, match=f"values: expected 2 rows of 3 values, got {got}"):
        expand(load_templates(templates.folder), {}, Variant(()))
