"""A real LibreOffice window on a virtual screen, with input from a keyboard."""

import numpy as np
import pytest

from scripts.window import screen, wait_until, window
from xlgpt2.cells.values import CellError
from xlgpt2.xlsx.package import read_contents
from xlgpt2.xlsx.reading.cached_values import read_cached_values
from xlgpt2.xlsx.reading.workbook import open_workbook

#: LibreOffice would capitalize the first letter.
LONG, SHORT = "The other cat sat", "Once"

#: The indices of the tab Prompt (the second one) and of the first block's attention.
PROMPT, ATTENTION = 1, 9


def go_to(keyboard, tab):
    """Go to the first cell of a tab, by its index."""
    keyboard.press(*["ctrl+Prior"] * ATTENTION, *["ctrl+Next"] * tab, "ctrl+Home")


def type_prompt(keyboard, text):
    """Type a text into the yellow cell of the tab Prompt."""
    go_to(keyboard, PROMPT)
    keyboard.press(*["Down"] * 7, "Right")  # from A1 to B8
    keyboard.type(text)


def look_at_attention(keyboard):
    """Scroll through the first block's attention."""
    go_to(keyboard, ATTENTION)
    keyboard.press("Next", "alt+Next", "alt+Next", "ctrl+Home")


@pytest.mark.libreoffice
def test_a_short_prompt_after_a_long_one_leaves_no_stale_cells(
    libreoffice, screen_programs, random_workbook, tmp_path
):
    """Typed in a window and saved; every cell is that of a newly opened document."""
    built, _model = random_workbook
    opened = tmp_path / "shown.xlsx"
    opened.write_bytes(built.read_bytes())
    before = opened.stat().st_mtime_ns
    with screen() as display, window(opened, tmp_path / "profile", display) as keyboard:
        type_prompt(keyboard, LONG)
        look_at_attention(keyboard)
        type_prompt(keyboard, SHORT)
        look_at_attention(keyboard)
        keyboard.press("ctrl+s")
        wait_until(lambda: opened.stat().st_mtime_ns != before)
        wait_until(lambda: read_contents(opened).sheets)
    saved = read_cached_values(open_workbook(opened))
    (fresh,) = libreoffice.recalculate(open_workbook(built), [{"prompt": [[SHORT]]}])
    prompt = fresh.areas["prompt"]
    assert saved[prompt.sheet][prompt.row - 1, prompt.column - 1] == SHORT, "it was typed"
    stale = [
        fresh.areas[name].cell(i, j)
        for name, cells in fresh.values.items()
        for (i, j), value in np.ndenumerate(cells)
        if not same(value, saved, fresh.areas[name], i, j)
    ]
    assert not stale, f"{len(stale)} cells are stale: {stale[:9]}"


def same(value, saved, area, i, j):
    """Whether a cell was saved with this value; LibreOffice saves 15 digits of a number."""
    cached = saved[area.sheet].get((area.row - 1 + i, area.column - 1 + j), "")
    if isinstance(value, (str, CellError)) or isinstance(cached, (str, CellError)):
        return cached == value
    return cached == pytest.approx(value, rel=1e-13, abs=1e-13)
