"""Limits of spreadsheet programs: the largest possible is written, more leaves no file."""

import pytest

from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design
from xlgpt2.errors import LimitError


def test_the_longest_prompt_that_a_cell_holds_is_written(tmp_path, random_workbook):
    """A cell holds 32,767 characters; an emoji counts as two of them."""
    decided = design(random_workbook[1], 2, 8, new_tokens=1)
    for text in ("x" * 32_767, "\U0001f600" * 16_383):
        assert build(decided, tmp_path / "a.xlsx", text).bytes
    with pytest.raises(LimitError):
        build(decided, tmp_path / "out" / "b.xlsx", "x" * 32_768)
    assert not (tmp_path / "out").exists()
