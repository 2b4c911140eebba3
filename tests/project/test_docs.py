"""The documentation agrees with the code."""

import re
from pathlib import Path

import pytest

from xlgpt2.formula.dialect import IN_ARRAYS, IN_CELLS
from xlgpt2.stages.templates import RangeTemplate, TabTemplate

ROOT = Path(__file__).parents[2]


def test_the_dialect_is_documented():
    """docs/templates.md lists the functions that a template may call, and no others."""
    text = (ROOT / "docs" / "templates.md").read_text("utf-8")
    for words, functions in [("in plain cells", IN_CELLS), ("in array formulas", IN_ARRAYS)]:
        assert f"- {words}: {', '.join(sorted(functions))}\n" in text


def test_every_field_of_a_template_is_documented():
    """Every field that a template may have is mentioned in docs/templates.md."""
    text = (ROOT / "docs" / "templates.md").read_text("utf-8")
    for name in RangeTemplate.model_fields:
        assert re.search(rf"`{name}\b|^{name} = ", text, re.MULTILINE), name
    for name in ("tab", "title", "repeat", "group", "steps", "text", "equation", "labels"):
        assert name in TabTemplate.model_fields
        assert re.search(rf"^{name} = ", text, re.MULTILINE), name


@pytest.mark.parametrize("page", ["README.md", "docs/templates.md", "output/README.md"])
def test_links_lead_somewhere(page):
    """Every file that a page links to is in the repository."""
    path = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target
