"""A real LibreOffice window, on a screen that nobody sees, typed into by keyboard."""

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

#: LibreOffice would write a small first letter as a capital.
LONG, SHORT = "The other cat sat", "Once"

#: LibreOffice asks nothing on its start, and saves in the format of the file.
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
PATIENCE_S = 240

#: The tabs of Prompt (the second one) and of the first block's attention.
PROMPT, ATTENTION = 1, 9


class Keyboard:
    """What is pressed and typed in the only window of a screen."""

    def __init__(self, display) -> None:
        self.environment = {**os.environ, "DISPLAY": display}

    def run(self, *arguments):
        """What xdotool says; it may find no window yet."""
        line = ["xdotool", *map(str, arguments)]
        return subprocess.run(
            line, env=self.environment, stdout=subprocess.PIPE, text=True, check=False
        ).stdout.strip()

    def press(self, *keys):
        """Keys, one after the other."""
        self.run("key", "--delay", 60, *keys)

    def type(self, text):
        """A text for the current cell."""
        self.run("type", "--delay", 40, text)
        self.press("Return")

    def go_to(self, tab):
        """The first cell of a tab, by its number; no other than these two is shown."""
        self.press(*["ctrl+Prior"] * ATTENTION, *["ctrl+Next"] * tab, "ctrl+Home")

    def type_prompt(self, text):
        """A text for the yellow cell of the tab Prompt."""
        self.go_to(PROMPT)
        self.press(*["Down"] * 7, "Right")  # from A1 to B8
        self.type(text)

    def look_at_attention(self):
        """Some screens of the first block's attention."""
        self.go_to(ATTENTION)
        self.press("Next", "alt+Next", "alt+Next", "ctrl+Home")

    def wait_for_window(self, title):
        """Type into the window of this title from now on."""
        found = ("search", "--onlyvisible", "--name", title)
        wait_until(lambda: self.run(*found))
        self.run(*found, "windowfocus", "--sync")


def wait_until(condition):
    """Wait until something holds; fails where it doesn't in time."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "LibreOffice did not answer"
        time.sleep(0.3)


@contextlib.contextmanager
def running(line, **options):
    """A program that runs until the context ends."""
    process = subprocess.Popen(line, start_new_session=True, **options)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        process.wait(30)


@contextlib.contextmanager
def a_screen():
    """The name of a screen that exists until the context ends."""
    line = ["Xvfb", "-displayfd", "1", "-screen", "0", "1600x900x24", "-nolisten", "tcp"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with running(line, **pipes) as server, server.stdout:
        yield f":{server.stdout.readline().strip()}"


@contextlib.contextmanager
def a_window(workbook, profile, display):
    """A keyboard before the window in which LibreOffice shows a workbook."""
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS)
    line = [
        *(installation().soffice, f"-env:UserInstallation={profile.as_uri()}"),
        *("--norestore", "--nologo", "--calc", str(workbook)),
    ]
    # The plug-in for bare X: the others hang on a desktop.
    variables = {**environment(), "DISPLAY": display, "SAL_USE_VCLPLUGIN": "gen"}
    keyboard = Keyboard(display)
    with running(line, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        keyboard.wait_for_window(workbook.name)
        yield keyboard


@pytest.mark.libreoffice
def test_in_a_window_a_short_prompt_leaves_nothing_of_a_long_one(
    libreoffice, screen_programs, random_workbook, tmp_path
):
    """Typed by keyboard, looked at and saved; every cell is that of a document opened anew."""
    built, _model = random_workbook
    shown = tmp_path / "shown.xlsx"
    shown.write_bytes(built.read_bytes())
    before = shown.stat().st_mtime_ns
    with a_screen() as display, a_window(shown, tmp_path / "profile", display) as keyboard:
        time.sleep(3)  # the window is there before it takes keys
        keyboard.type_prompt(LONG)
        keyboard.look_at_attention()
        keyboard.type_prompt(SHORT)
        keyboard.look_at_attention()
        keyboard.press("ctrl+s")
        wait_until(lambda: shown.stat().st_mtime_ns != before)
        wait_until(lambda: read_contents(shown).sheets)
    saved = read_cached_values(shown)
    (fresh,) = libreoffice.recalculate(built, [{"prompt": [[SHORT]]}])
    prompt = fresh.areas["prompt"]
    assert saved[prompt.sheet][prompt.row - 1, prompt.column - 1] == SHORT, "it was typed"
    stale = [
        fresh.areas[name].cell(i, j)
        for name, cells in fresh.values.items()
        for (i, j), value in np.ndenumerate(cells)
        if not same(value, saved, fresh.areas[name], i, j)
    ]
    assert not stale, f"{len(stale)} cells are not renewed: {stale[:9]}"


def same(value, saved, area, i, j):
    """Whether a cell was saved as it is; files of LibreOffice have 15 digits of a number."""
    held = saved[area.sheet].get((area.row - 1 + i, area.column - 1 + j), "")
    if isinstance(value, (str, CellError)) or isinstance(held, (str, CellError)):
        return held == value
    return held == pytest.approx(value, rel=1e-13, abs=1e-13)
