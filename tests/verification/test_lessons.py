"""Wrong formulas of lessons: each is found by comparing values."""

import re
from dataclasses import dataclass, replace

import pytest

from xlgpt2.commands.verify import verify
from xlgpt2.designs.lessons import LessonsDesign, lesson_cells, lessons_design, no_table, statements
from xlgpt2.errors import TemplateError
from xlgpt2.layout.layout import plan
from xlgpt2.stages.expansion import expand
from xlgpt2.stages.variant import Variant
from xlgpt2.writer.writer import write_workbook

#: What a mistake turns into what.
SWAPS = (
    *(("<=", "<"), ("<>", "="), (">=", ">"), ("MAX(", "MIN("), ("MIN(", "MAX(")),
    *((r"(?<=[\w)\]}])\+", "-"), (r"(?<=[\w)\]}])-", "+"), (r"(?<![<>=])>(?!=)", "<")),
    *((r"\*", "+"), ("=0,", "=1,"), (",0,1)", ",1,0)"), (",1,0)", ",0,1)"), (r"\[0,", "[1,")),
)

#: Mistakes that no input can show: the value is the same whichever way it is computed.
EQUIVALENT = (
    # Of the words that are used, none is longer than what is cut.
    r"IF\(\{bpe_place\[0,j\]\}<LEN\(\{bpe_clean_words",
)


@dataclass(frozen=True)
class Mutant:
    """A formula of a lesson with one mistake."""

    file: str
    range: str
    field: str
    formula: str

    def __str__(self) -> str:
        return f"{self.file}: {self.range}: {self.field} = {self.formula}"


def mutants():
    """All mistakes in all formulas of lessons."""
    for template in lessons_design().templates.tabs:
        for entry in template.tab.ranges:
            for field in ("formula", "left"):
                for formula in wrong(getattr(entry, field) or ""):
                    yield Mutant(template.file, entry.name, field, formula)
        for part, fields in (("exercise", ("right", "almost")), ("your_turn", ("value",))):
            for field in fields:
                for formula in wrong(getattr(getattr(template.tab, part), field, "")):
                    yield Mutant(template.file, part, field, formula)


def wrong(formula):
    """A formula with each of the mistakes, one at a time; texts in quotes stay."""
    for old, new in SWAPS:
        pattern = old if "\\" in old or "?" in old else re.escape(old)
        for match in re.finditer(pattern, formula):
            if formula[: match.start()].count('"') % 2 == 0:
                yield formula[: match.start()] + new + formula[match.end() :]


def mutated(mutant):
    """The design of lessons with a mistake; raises TemplateError if no workbook can have it."""
    design = lessons_design()

    def changed(tab):
        if mutant.range in ("exercise", "your_turn"):
            part = getattr(tab, mutant.range)
            update = {mutant.range: part.model_copy(update={mutant.field: mutant.formula})}
            return tab.model_copy(update=update)
        ranges = tuple(
            entry.model_copy(update={mutant.field: mutant.formula})
            if entry.name == mutant.range
            else entry
            for entry in tab.ranges
        )
        return tab.model_copy(update={"ranges": ranges})

    tabs = tuple(
        replace(template, tab=changed(template.tab)) if template.file == mutant.file else template
        for template in design.templates.tabs
    )
    templates = replace(design.templates, tabs=tabs)
    return LessonsDesign(templates, plan(expand(templates, {}, Variant(())), {}))


def is_found(mutant, path):
    """Whether the workbook can't be written, or verify finds a difference in it."""
    try:
        design = mutated(mutant)
        stated = statements(design)
        write_workbook(
            design.plan,
            design.templates.palette,
            lambda target: lesson_cells(target, design, stated),
            no_table,
            path,
        )
    except TemplateError:
        return True
    return not verify(path, engine="formulas").verified


ALL = [m for m in mutants() if not any(re.search(part, m.formula) for part in EQUIVALENT)]


def test_there_are_many():
    assert len(ALL) >= 60


@pytest.mark.slow
@pytest.mark.sample(8)
@pytest.mark.parametrize("mutant", ALL, ids=str)
def test_a_wrong_formula_is_found(mutant, tmp_path):
    assert is_found(mutant, tmp_path / "mutant.xlsx"), mutant
