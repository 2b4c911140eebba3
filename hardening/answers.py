"""The answers to every hostile input: `python -m hardening.answers [WORDS ...]`.

Each input is given to each command in a process of its own, with a limit to its memory and time.
Where WORDS are given, only inputs that have one of them. A line that begins with FAULT is no
answer: a traceback, an end without a word, or more memory or time than there may be.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from hardening.makers import Hostile
from hardening.subjects import SUBJECTS, WORKBOOK, Command, Subject, good_ones
from xlgpt2 import verify
from xlgpt2.cli import main as command_line
from xlgpt2.engines import ENGINES, get_engine
from xlgpt2.verification import report

#: Of addresses. Importing everything takes 1.3 GB of them, and computing the good workbook little.
MEMORY = 3 << 30
CPU_S = 120
WALL_S = 900

_NOBODY = 65534
_BY_NO_ENGINE = "NOT verified: 0 values"
_TRACEBACK = 99
_SHOWN = 160


@dataclass(frozen=True)
class Answer:
    """What a command answered to an input; `fault` says what is wrong with it, if anything is."""

    subject: str
    what: str
    command: str
    code: int
    line: str
    fault: str
    megabytes: int
    seconds: float
    is_first: bool  # of the subject's commands


def answers(words: Sequence[str] = (), own: bool = False, every: int = 1) -> Iterator[Answer]:
    """The answers to all inputs, or to those that have one of some words in them.

    `own` leaves out the commands that start other programs. A subject's first command is given all
    of its inputs, and each other one every n-th.
    """
    engines = [name for name in ENGINES if get_engine(name).version() and not own]
    with tempfile.TemporaryDirectory(prefix="hostile-") as base:
        Path(base).chmod(0o755)
        model, workbook = good_ones(Path(base))
        # What is imported when it is needed is imported here, for all.
        report.markdown(verify(workbook, model, engine="formulas", probe=False))
        for subject in SUBJECTS:
            good = workbook if subject.made_of == WORKBOOK else model
            commands = [c for c in subject.commands if c.engine is None or c.engine in engines]
            wanted = [e for e in subject.inputs if not words or any(w in e.what for w in words)]
            for number, entry in enumerate(wanted):
                for turn, command in enumerate(commands):
                    if turn == 0 or (number + turn) % every == 0:
                        yield _answer(subject, entry, command, good, model, workbook)


def _answer(
    subject: Subject, entry: Hostile, command: Command, good: Path, model: Path, workbook: Path
) -> Answer:
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        here = Path(folder)
        here.chmod(0o777)
        (here / "output").mkdir()
        (here / "output").chmod(0o777)
        given = str(entry.make(here, good))
        arguments = command.arguments(given, here / "output", model, workbook)
        started = time.monotonic()
        code, megabytes = _run(arguments, here / "said", entry.as_nobody)
        seconds = time.monotonic() - started
        said = (here / "said").read_text("utf-8", "replace").replace(f"{here}/", "")
        for path in here.rglob("*"):  # so that all of it can be removed
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o777)
    lines = said.splitlines() or ["nothing"]
    line = next((line for line in lines if line.startswith("error: ")), lines[-1])
    first = command is subject.commands[0]
    fault = _fault(code, said, line, entry, first)
    return Answer(
        subject.title, entry.what, command.line, code, line, fault, megabytes, seconds, first
    )


def _fault(code: int, said: str, line: str, entry: Hostile, exact: bool) -> str:
    """What is wrong with an answer, or an empty text."""
    if "Traceback (most recent call last)" in said or code == _TRACEBACK:
        return "a traceback"
    if code not in (0, 1, 2):
        return f"it ended with {code}"
    if code == 2:
        # A report's line that an engine can't compute a file has its hint in it.
        hinted = "\nhint: " in said or f"\n{_BY_NO_ENGINE}" in said
        if not line.startswith("error: ") or not hinted:
            return "no error with a hint"
        if exact and entry.says not in line:
            return f"without the words {entry.says!r}"
    elif exact and entry.says:
        return "taken, where it should be refused"
    return ""


def _run(arguments: list[str], said: Path, as_nobody: bool) -> tuple[int, int]:
    """Runs a command in a process of its own; gives its exit code and most megabytes."""
    process = os.fork()
    if not process:
        _command(arguments, said, as_nobody)
    deadline = time.monotonic() + WALL_S
    stopped = False
    while True:
        ended, status, usage = os.wait4(process, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > deadline:
            os.kill(process, signal.SIGKILL if stopped else signal.SIGINT)
            deadline, stopped = time.monotonic() + 30, True
        time.sleep(0.005)
    code = os.waitstatus_to_exitcode(status)
    return (-signal.SIGALRM if stopped else code), usage.ru_maxrss // 1024


def _command(arguments: list[str], said: Path, as_nobody: bool) -> None:
    """The command itself, in a process that ends with it."""
    code = _TRACEBACK
    try:
        file = os.open(said, os.O_WRONLY | os.O_CREAT)
        os.dup2(file, 1)
        os.dup2(file, 2)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if as_nobody and os.geteuid() == 0:
            os.seteuid(_NOBODY)
        sys.argv = ["xlgpt2", *arguments]
        command_line.main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:  # noqa: BLE001 - whatever it is, it is what this looks for
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def page(firsts: Sequence[Answer]) -> str:
    """The answers of every subject's first command, a table for each."""
    parts = [
        "# What hostile inputs are answered with",
        "",
        "`python -m hardening.answers` prints it.",
    ]
    for command in dict.fromkeys(answer.command for answer in firsts):
        these = [answer for answer in firsts if answer.command == command]
        rows = [
            {
                "input": _cell(a.what),
                "exit code": a.code,
                "answer": _cell(a.line) if a.code else "a result",
            }
            for a in these
        ]
        table = pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True)
        title = f"## {these[0].subject.capitalize()}: `xlgpt2 {command}`"
        parts += ["", title, "", table]
    return "\n".join(parts) + "\n"


def _cell(text: str) -> str:
    """A text that stays in one cell of a table, with what can't be seen written out."""
    seen = "".join(c if c.isprintable() else repr(c)[1:-1] for c in " ".join(text.split()))
    short = seen if len(seen) <= _SHOWN else f"{seen[: _SHOWN - 1]}…"
    return short.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    """Prints the answers; ends with 1 if one of them is a fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="only inputs that have one of these words")
    parser.add_argument("--own", action="store_true", help="start no other programs")
    parser.add_argument(
        "--every", type=int, default=1, metavar="N", help="only the first command gets all inputs"
    )
    parser.add_argument("--page", type=Path, help="a page of Markdown for the first answers")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each answer")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    firsts: list[Answer] = []
    before = ""
    for answer in answers(options.words, options.own, options.every):
        firsts += [answer] if answer.is_first else []
        counts["faults" if answer.fault else f"exit code {answer.code}"] += 1
        if options.json:
            print(json.dumps(asdict(answer)), flush=True)
            continue
        if answer.what != before:
            print(f"{answer.subject}: {answer.what}")
        before = answer.what
        if answer.fault:
            print(f"  FAULT: {answer.fault}")
        print(f"  {answer.command}\n    {answer.code}  {answer.line[:_SHOWN]}", flush=True)
    if options.page is not None:
        options.page.write_text(page(firsts), "utf-8")
    print(", ".join(f"{count:,} {what}" for what, count in sorted(counts.items())), file=sys.stderr)
    sys.exit(1 if counts["faults"] else 0)


if __name__ == "__main__":
    main()
