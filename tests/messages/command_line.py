"""Messages of the command line itself; those of click have a hint that leads to the help."""

from __future__ import annotations

import signal
from errno import ENOSPC

from click import Abort, BadOptionUsage, BadParameter, MissingParameter, NoSuchOption, UsageError

from tests.messages.case import Case, Cause, Scene, command
from xlgpt2.cli import doctor, signals
from xlgpt2.cli.signals import Stopped
from xlgpt2.errors import TemplateError, UnknownNameError, WorkbookError


def stopped(scene: Scene) -> None:
    """Ctrl-C in the midst of a command."""

    def stop() -> str:
        raise KeyboardInterrupt

    scene.monkeypatch.setattr(doctor, "engines", stop)
    command("doctor")(scene)


def killed(scene: Scene) -> None:
    """SIGTERM in the midst of a command; the case is about the words, so the exit code is 2's."""
    scene.monkeypatch.setattr(signals, "FIRST_CODE", 2 - signal.SIGTERM)
    scene.monkeypatch.setattr(doctor, "engines", lambda: signal.raise_signal(signal.SIGTERM))
    command("doctor")(scene)


def full(filename: str | None) -> Cause:
    """No room for what a command prints, or for a file that no command has told of."""

    def cause(scene: Scene) -> None:
        def fail() -> str:
            raise OSError(ENOSPC, "No space left on device", filename)

        scene.monkeypatch.setattr(doctor, "engines", fail)
        command("doctor")(scene)

    return cause


def over(name: str, *arguments: str) -> Cause:
    """A command that would write over a file of somebody's."""

    def cause(scene: Scene) -> None:
        (scene.folder / name).write_text("mine")
        command(*arguments)(scene)

    return cause


CASES = [
    Case(
        "a workbook under another ending",
        command("build", "--model", "MODEL", "-o", "story.ods"),
        WorkbookError,
    ),
    Case(
        "a workbook over another file",
        over("mine.xlsx", "bake", "FILE", "-o", "mine.xlsx"),
        WorkbookError,
    ),
    Case(
        "a report over another file",
        over(
            "README.md",
            *("verify", "FILE", "--model", "MODEL", "--engine", "formulas"),
            *("--report", "README.md"),
        ),
        WorkbookError,
    ),
    Case("no such command", command("print"), UsageError),
    Case("no such option", command("build", "--modle", "gpt2"), NoSuchOption),
    Case("no file for a command that needs one", command("run"), MissingParameter),
    Case(
        "no such engine for a command", command("run", "FILE", "--engine", "abacus"), BadParameter
    ),
    Case("no such tab", command("show", "xyz", "--model", "MODEL"), UnknownNameError),
    Case(
        "a tab whose name is not quite right",
        command("show", "h0 attn", "--model", "MODEL"),
        UnknownNameError,
    ),
    Case("an option without its value", command("run", "FILE", "--prompt"), BadOptionUsage),
    Case(
        "no such templates",
        command("build", "--model", "MODEL", "--templates", "nowhere"),
        TemplateError,
    ),
    Case(
        "a report where none can be written",
        command(
            "verify",
            "FILE",
            "--model",
            "MODEL",
            "--engine",
            "formulas",
            "--report",
            "/dev/null/report.md",
        ),
        UsageError,
    ),
    Case("SIGTERM", killed, Stopped),
    Case("stdout on a full disk", full(None), OSError),
    Case("a file on a full disk", full("some.file"), OSError),
    Case("Ctrl-C", stopped, Abort),
]
