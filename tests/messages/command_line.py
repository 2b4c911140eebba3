"""Messages of the command line itself; those of click have a hint that leads to the help."""

from __future__ import annotations

import signal
from errno import ENOSPC

from click import Abort, BadParameter, MissingParameter, NoSuchOption, UsageError

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
        "-o story.ods: expected a name that ends in .xlsx, got .ods",
        "write -o story.xlsx; a spreadsheet program saves it in other formats",
    ),
    Case(
        "a workbook over another file",
        over("mine.xlsx", "bake", "FILE", "-o", "mine.xlsx"),
        WorkbookError,
        "-o mine.xlsx: expected no file, or a workbook built by xlgpt2, got another file",
        "choose another place, or add --force to replace it",
    ),
    Case(
        "a report over another file",
        over(
            "README.md",
            *("verify", "FILE", "--model", "MODEL", "--engine", "formulas"),
            *("--report", "README.md"),
        ),
        WorkbookError,
        "--report README.md: expected no file, or a report of xlgpt2, got another file",
        "choose another place, or add --force to replace it",
    ),
    Case(
        "no such command",
        command("print"),
        UsageError,
        "No such command 'print'.",
        "run xlgpt2 --help",
    ),
    Case(
        "no such option",
        command("build", "--modle", "gpt2"),
        NoSuchOption,
        "No such option<...>'--modle'<...>",
        "run xlgpt2 build --help",
    ),
    Case(
        "no file for a command that needs one",
        command("run"),
        MissingParameter,
        "Missing argument 'FILE'.",
        "run xlgpt2 run --help",
    ),
    Case(
        "no such engine for a command",
        command("run", "FILE", "--engine", "abacus"),
        BadParameter,
        "Invalid value for '--engine': 'abacus' is not one of 'formulas', 'libreoffice', 'ironcalc', 'cellrune', 'gnumeric', 'formulon'.",
        "run xlgpt2 run --help",
    ),
    Case(
        "no such tab",
        command("show", "h9 attention", "--model", "MODEL"),
        UnknownNameError,
        "stage: expected the name of a tab or range, got 'h9 attention'",
        "the tabs are Guide, Prompt, Characters, Bytes, Words, Merges, Tokens, Embeddings, h0 qkv, h0 attention, h0 projection, h0 mlp up, h0 mlp down, h1 qkv, h1 attention, h1 projection, h1 mlp up, h1 mlp down, Final norm, Logits, Draws, New tokens, Ranking, Sampling, Score, Text, Vocabulary, Merge table, Character classes, Check",
    ),
    Case(
        "no such templates",
        command("build", "--model", "MODEL", "--templates", "nowhere"),
        TemplateError,
        "templates nowhere: expected palette.toml and files named like 01-guide.toml, got 0 of these",
        "copy the shipped folder and change it: xlgpt2 show names its place",
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
        "--report /dev/null/report.md: expected a file that can be written, got File exists",
        "run xlgpt2 verify --help",
    ),
    Case(
        "SIGTERM",
        killed,
        Stopped,
        "stopped by SIGTERM",
        "nothing was changed; run the command again",
    ),
    Case(
        "stdout on a full disk",
        full(None),
        OSError,
        "output: expected a place with room for it, got No space left on device",
        "free some space, or send the output to another place",
    ),
    Case(
        "a file on a full disk",
        full("some.file"),
        OSError,
        "some.file: expected a file or folder that can be used, got No space left on device",
        "free some space, see that it may be read and written, or choose another place",
    ),
    Case("Ctrl-C", stopped, Abort, "stopped", "nothing was changed; run the command again"),
]
