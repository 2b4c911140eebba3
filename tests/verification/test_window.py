"""A real LibreOffice window on a virtual screen, with input from a keyboard."""

import contextlib
import os
import subprocess
import time

import numpy as np
import pytest

from xlgpt2.cells.values import CellError
from xlgpt2.engines.libreoffice.installation import environment, installation
from xlgpt2.xlsx.package import read_contents
from xlgpt2.xlsx.reading.cached_values import read_cached_values
from xlgpt2.xlsx.reading.workbook import open_workbook

#: LibreOffice would capitalize the first letter.
LONG, SHORT = "The other cat sat", "Once"

#: Settings with which LibreOffice asks nothing at the start and saves in the file's format.
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">\
<value>en-US</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Save/Document"><prop oor:name="WarnAlienFormat" \
oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="ShowTipOfTheDay" \
oor:op="fuse"><value>false</value></prop></item>
</oor:items>
"""

#: Seconds for LibreOffice to open or to save a small workbook on a busy machine.
TIMEOUT_S = 240

#: The indices of the tab Prompt (the second one) and of the first block's attention.
PROMPT, ATTENTION = 1, 9


class Keyboard:
    """A keyboard for the only window of a screen."""

    def __init__(self, display) -> None:
        self.environment = {**os.environ, "DISPLAY": display}

    def run(self, *arguments):
        """Run xdotool, which may not find a window yet; returns its output."""
        line = ["xdotool", *map(str, arguments)]
        return subprocess.run(
            line, env=self.environment, stdout=subprocess.PIPE, text=True, check=False
        ).stdout.strip()

    def press(self, *keys):
        """Press keys in sequence."""
        self.run("key", "--delay", 60, *keys)

    def type(self, text):
        """Type a text into the current cell."""
        self.run("type", "--delay", 40, text)
        self.press("Return")

    def go_to(self, tab):
        """Go to the first cell of a tab, by its index."""
        self.press(*["ctrl+Prior"] * ATTENTION, *["ctrl+Next"] * tab, "ctrl+Home")

    def type_prompt(self, text):
        """Type a text into the yellow cell of the tab Prompt."""
        self.go_to(PROMPT)
        self.press(*["Down"] * 7, "Right")  # from A1 to B8
        self.type(text)

    def look_at_attention(self):
        """Scroll through the first block's attention."""
        self.go_to(ATTENTION)
        self.press("Next", "alt+Next", "alt+Next", "ctrl+Home")

    def wait_for_window(self, title):
        """Wait for the window with this title and give it the focus."""
        search = ("search", "--onlyvisible", "--name", title)
        wait_until(lambda: self.run(*search))
        self.run(*search, "windowfocus", "--sync")


def wait_until(condition):
    """Wait until a condition holds; fails after a timeout."""
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, "LibreOffice did not answer"
        time.sleep(0.3)


@contextlib.contextmanager
def running(line, **options):
    """Run a program until the context ends."""
    process = subprocess.Popen(line, start_new_session=True, **options)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        process.wait(30)


@contextlib.contextmanager
def a_screen():
    """A virtual screen until the context ends; gives its name."""
    line = ["Xvfb", "-displayfd", "1", "-screen", "0", "1600x900x24", "-nolisten", "tcp"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with running(line, **pipes) as server, server.stdout:
        yield f":{server.stdout.readline().strip()}"


@contextlib.contextmanager
def a_window(workbook, profile, display):
    """A LibreOffice window with a workbook; gives a keyboard for it."""
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS)
    line = [
        *(installation().soffice, f"-env:UserInstallation={profile.as_uri()}"),
        *("--norestore", "--nologo", "--calc", str(workbook)),
    ]
    # The plug-in for plain X: the others depend on a desktop.
    variables = {**environment(), "DISPLAY": display, "SAL_USE_VCLPLUGIN": "gen"}
    keyboard = Keyboard(display)
    with running(line, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        keyboard.wait_for_window(workbook.name)
        yield keyboard


@pytest.mark.libreoffice
def test_a_short_prompt_after_a_long_one_leaves_no_stale_cells(
    libreoffice, screen_programs, random_workbook, tmp_path
):
    """Typed in a window and saved; every cell is that of a newly opened document."""
    built, _model = random_workbook
    opened = tmp_path / "shown.xlsx"
    opened.write_bytes(built.read_bytes())
    before = opened.stat().st_mtime_ns
    with a_screen() as display, a_window(opened, tmp_path / "profile", display) as keyboard:
        time.sleep(3)  # the window appears before it accepts keys
        keyboard.type_prompt(LONG)
        keyboard.look_at_attention()
        keyboard.type_prompt(SHORT)
        keyboard.look_at_attention()
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
