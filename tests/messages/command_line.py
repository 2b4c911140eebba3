"""Messages of the command line itself; those of click have a hint that leads to the help."""

from __future__ import annotations

from click import Abort, BadParameter, MissingParameter, NoSuchOption, UsageError

from tests.messages.case import Case, Scene, command
from xlgpt2.command_line import listing
from xlgpt2.errors import TemplateError, UnknownNameError


def stopped(scene: Scene) -> None:
    """Ctrl-C in the midst of a command."""

    def stop() -> str:
        raise KeyboardInterrupt

    scene.monkeypatch.setattr(listing, "engines", stop)
    command("doctor")(scene)


CASES = [
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
    Case("Ctrl-C", stopped, Abort, "stopped", "nothing was changed; run the command again"),
]
