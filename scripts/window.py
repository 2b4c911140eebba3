"""A real LibreOffice window on a virtual screen, with input from a keyboard.

Needs Xvfb and xdotool.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from xlgpt2.engines.libreoffice.installation import environment, installation

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

#: Seconds for LibreOffice to open or to save a workbook on a busy machine.
TIMEOUT_S = 240

#: The size of the screen, in pixels.
WIDTH, HEIGHT = 1600, 900

#: The window appears before it accepts keys.
SETTLING_S = 3


class Keyboard:
    """A keyboard for the only window of a screen."""

    def __init__(self, display: str) -> None:
        self.display = display
        self._environment = {**os.environ, "DISPLAY": display}

    def run(self, *arguments: object) -> str:
        """Run xdotool, which may not find a window yet; returns its output."""
        line = ["xdotool", *map(str, arguments)]
        return subprocess.run(
            line, env=self._environment, stdout=subprocess.PIPE, text=True, check=False
        ).stdout.strip()

    def press(self, *keys: str) -> None:
        """Press keys in sequence."""
        self.run("key", "--delay", 60, *keys)

    def type(self, text: str) -> None:
        """Type a text into the current cell."""
        self.run("type", "--delay", 40, text)
        self.press("Return")

    def go_to(self, cell: str) -> None:
        """Go to a cell, such as `Prompt.B5`, by the box that shows its name."""
        self.press("ctrl+shift+t", "ctrl+a")
        self.type(cell)
        time.sleep(0.3)

    def close_message(self, title: str, workbook: str) -> bool:
        """Close a message with OK; returns whether there was one within a second."""
        for _ in range(5):
            shown = self.run("search", "--onlyvisible", "--name", title).split()
            if shown:
                # Without a window manager nothing gives it the focus.
                self.run("windowfocus", "--sync", shown[-1])
                self.press("Return")
                self.wait_for_window(workbook)
                return True
            time.sleep(0.2)
        return False

    def wait_for_window(self, title: str) -> None:
        """Wait for the window with this title and give it the focus."""
        search = ("search", "--onlyvisible", "--name", title)
        wait_until(lambda: bool(self.run(*search)))
        self.run(*search, "windowfocus", "--sync")

    def fill_screen(self) -> None:
        """Make the window as large as the screen: there is no window manager that would."""
        window = self.run("getwindowfocus")
        self.run("windowmove", window, 0, 0)
        self.run("windowsize", "--sync", window, WIDTH, HEIGHT)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds; raises TimeoutError."""
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("LibreOffice did not answer")
        time.sleep(0.3)


@contextlib.contextmanager
def running(
    line: Sequence[str],
    variables: Mapping[str, str] | None = None,
    stdout: int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[str]]:
    """Run a program until the context ends."""
    process = subprocess.Popen(
        line,
        env=variables,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


@contextlib.contextmanager
def screen() -> Iterator[str]:
    """A virtual screen until the context ends; gives its name."""
    size = f"{WIDTH}x{HEIGHT}x24"
    line = ["Xvfb", "-displayfd", "1", "-screen", "0", size, "-nolisten", "tcp"]
    with running(line, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        with server.stdout:
            yield f":{server.stdout.readline().strip()}"


@contextlib.contextmanager
def window(workbook: Path, profile: Path, display: str) -> Iterator[Keyboard]:
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
    with running(line, variables):
        keyboard.wait_for_window(workbook.name)
        time.sleep(SETTLING_S)
        yield keyboard
