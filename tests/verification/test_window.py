"""A real LibreOffice window on a virtual screen, with input from a keyboard."""

import numpy as np
import openpyxl
import pytest
from openpyxl.utils.cell import coordinate_to_tuple

from scripts.window import screen, wait_until, window
from xlgpt2.cells.address import column_letters
from xlgpt2.cells.values import CellError
from xlgpt2.xlsx.package import read_contents
from xlgpt2.xlsx.reading.cached_values import read_cached_values
from xlgpt2.xlsx.reading.workbook import open_workbook

#: LibreOffice would capitalize the first letter.
LONG, SHORT = "The other cat sat", "Once"


def type_prompt(keyboard, prompt, text):
    """Type a text into the yellow cell of the tab Prompt."""
    keyboard.go_to(prompt)
    keyboard.type(text)


def look_at_attention(keyboard):
    """Scroll through the first block's attention."""
    keyboard.go_to("$'h0 attention'.A1")
    keyboard.press("Next", "alt+Next", "alt+Next", "ctrl+Home")


def address(area):
    """A cell as LibreOffice writes it."""
    return f"$'{area.sheet}'.{column_letters(area.column)}{area.row}"


@pytest.mark.libreoffice
def test_a_short_prompt_after_a_long_one_leaves_no_stale_cells(
    libreoffice, screen_programs, random_workbook, tmp_path
):
    """Typed in a window and saved; every cell is that of a newly opened document."""
    built, _model = random_workbook
    prompt = address(open_workbook(built).areas["prompt"])
    opened = tmp_path / "shown.xlsx"
    opened.write_bytes(built.read_bytes())
    before = opened.stat().st_mtime_ns
    with screen() as display, window(opened, tmp_path / "profile", display) as keyboard:
        type_prompt(keyboard, prompt, LONG)
        look_at_attention(keyboard)
        type_prompt(keyboard, prompt, SHORT)
        look_at_attention(keyboard)
        keyboard.press("ctrl+s")
        wait_until(lambda: opened.stat().st_mtime_ns != before)
        wait_until(lambda: read_contents(opened).sheets)
    saved = read_cached_values(open_workbook(opened))
    (fresh,) = libreoffice.recalculate(open_workbook(built), [{"prompt": [[SHORT]]}])
    typed = fresh.areas["prompt"]
    assert saved[typed.sheet][typed.row - 1, typed.column - 1] == SHORT, "it was typed"
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


@pytest.mark.libreoffice
def test_every_control_refuses_a_wrong_value(
    libreoffice, screen_programs, random_workbook, tmp_path, samples
):
    """A message says what is expected, and the cell keeps its value; a right one is taken."""
    built, _model = random_workbook
    opened = tmp_path / "typed.xlsx"
    opened.write_bytes(built.read_bytes())
    before = opened.stat().st_mtime_ns
    rules = [
        (sheet.title, rule)
        for sheet in openpyxl.load_workbook(built)
        for rule in sheet.data_validations.dataValidation
        if rule.type in ("whole", "decimal")
    ]
    assert len(rules) >= 9
    taken, typed = [], {}
    with screen() as display, window(opened, tmp_path / "profile", display) as keyboard:
        for number, (tab, rule) in enumerate(samples.of(rules, 6)):
            cell = str(rule.sqref).split(":")[0]
            wrong = "hot" if number % 2 else str(float(rule.formula2) + 1)
            keyboard.go_to(f"$'{tab}'.{cell}")
            keyboard.type(wrong)
            if not keyboard.close_message("refused", opened.name):
                taken.append(f"{tab}!{cell} took {wrong}")
            typed[tab, cell] = wrong
        prompt = open_workbook(built).areas["prompt"]
        type_prompt(keyboard, address(prompt), SHORT)
        keyboard.press("ctrl+s")
        wait_until(lambda: opened.stat().st_mtime_ns != before)
        wait_until(lambda: read_contents(opened).sheets)
    assert not taken
    saved = read_cached_values(open_workbook(opened))
    assert saved[prompt.sheet][prompt.row - 1, prompt.column - 1] == SHORT
    for (tab, cell), wrong in typed.items():
        row, column = coordinate_to_tuple(cell)
        assert str(saved[tab].get((row - 1, column - 1), "")) != wrong, (tab, cell)
