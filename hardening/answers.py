"""The answers to every hostile input: `python -m hardening.answers [WORDS ...]`.

Each command gets each input in a separate process with limited memory and time; WORDS select the
inputs whose titles have one of them. A line that begins with FAULT reports a wrong answer: a
traceback, an exit without a message, or memory or time beyond the limits.
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
from importlib import import_module
from pathlib import Path

import pandas as pd

from hardening.makers import Hostile
from hardening.subjects import SUBJECTS, WORKBOOK, Command, Subject, good_ones, taken
from xlgpt2 import verify
from xlgpt2.cli import main as command_line
from xlgpt2.engines import ENGINES, get_engine
from xlgpt2.verification import report

#: Bytes of address space: importing everything takes 1.3 GB, computing the good workbook little.
MEMORY = 3 << 30
CPU_S = 120
WALL_S = 900

_NOBODY = 65534
_BY_NO_ENGINE = "NOT verified: 0 values"
_TRACEBACK = 99
_SHOWN = 160


@dataclass(frozen=True)
class Answer:
    """The answer of a command to an input; `fault` is what is wrong with it, or ""."""

    subject: str
    what: str
    command: str
    code: int
    line: str
    fault: str
    megabytes: int
    seconds: float
    is_first: bool  # of the subject's commands


def answers(
    words: Sequence[str] = (),
    own: bool = False,
    every: int = 1,
    step: int = 1,
    seed: int = 0,
) -> Iterator[Answer]:
    """The answers to all inputs, or to those whose titles have one of the words.

    `own` leaves out the commands that start other programs. A subject's first command gets all of
    its inputs that are taken, every other command each n-th of them.
    """
    for name in command_line.COMMANDS:  # an input that runs as nobody may not read the libraries
        import_module(f"xlgpt2.cli.{name}")
    engines = [name for name in ENGINES if get_engine(name).version() and not own]
    with tempfile.TemporaryDirectory(prefix="hostile-") as base:
        Path(base).chmod(0o755)
        model, workbook = good_ones(Path(base))
        # Lazy imports happen here, once for all processes.
        report.markdown(verify(workbook, model, engine="formulas", probe=False))
        for subject in SUBJECTS:
            good = workbook if subject.made_of == WORKBOOK else model
            commands = [c for c in subject.commands if c.engine is None or c.engine in engines]
            inputs = [e for e in subject.inputs if not words or any(w in e.what for w in words)]
            inputs = taken(inputs, step, seed)
            for number, entry in enumerate(inputs):
                for turn, command in enumerate(commands):
                    if turn == 0 or (number + turn + seed) % every == 0:
                        yield _answer(subject, entry, command, good, model, workbook)


def _answer(
    subject: Subject, entry: Hostile, command: Command, good: Path, model: Path, workbook: Path
) -> Answer:
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        base = Path(folder)
        base.chmod(0o777)
        (base / "output").mkdir()
        (base / "output").chmod(0o777)
        argument = str(entry.make(base, good))
        arguments = command.arguments(argument, base / "output", model, workbook)
        started = time.monotonic()
        code, megabytes = _run(arguments, base / "said", entry.as_nobody)
        seconds = time.monotonic() - started
        output = (base / "said").read_text("utf-8", "replace").replace(f"{base}/", "")
        for path in base.rglob("*"):  # so that everything can be removed
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o777)
    lines = output.splitlines() or ["nothing"]
    line = next((line for line in lines if line.startswith("error: ")), lines[-1])
    first = command is subject.commands[0]
    fault = _fault(code, output, line, entry, first)
    return Answer(
        subject.title, entry.what, command.line, code, line, fault, megabytes, seconds, first
    )


def _fault(code: int, output: str, line: str, entry: Hostile, exact: bool) -> str:
    """What is wrong with an answer, or ""."""
    if "Traceback (most recent call last)" in output or code == _TRACEBACK:
        return "a traceback"
    if code not in (0, 1, 2):
        return f"it exited with {code}"
    if code == 2:
        # A report's line about an engine that can't compute a file includes the hint.
        hinted = "\nhint: " in output or f"\n{_BY_NO_ENGINE}" in output
        if not line.startswith("error: ") or not hinted:
            return "no error with a hint"
        if exact and entry.error not in line:
            return f"without {entry.error!r}"
    elif exact and entry.error:
        return "accepted instead of rejected"
    return ""


def _run(arguments: list[str], output: Path, as_nobody: bool) -> tuple[int, int]:
    """Run a command in its own process; returns its exit code and peak megabytes."""
    process = os.fork()
    if not process:
        _command(arguments, output, as_nobody)
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


def _command(arguments: list[str], output: Path, as_nobody: bool) -> None:
    """Run a command and exit."""
    code = _TRACEBACK
    try:
        file = os.open(output, os.O_WRONLY | os.O_CREAT)
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
    except BaseException:  # noqa: BLE001 - any exception is a fault
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def page(firsts: Sequence[Answer]) -> str:
    """A Markdown page with the answers of every subject's first command."""
    parts = [
        "# What hostile inputs are answered with",
        "",
        "`python -m hardening.answers` prints it.",
    ]
    for command in dict.fromkeys(answer.command for answer in firsts):
        of_command = [answer for answer in firsts if answer.command == command]
        rows = [
            {
                "input": _cell(a.what),
                "exit code": a.code,
                "answer": _cell(a.line) if a.code else "a result",
            }
            for a in of_command
        ]
        table = pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True)
        title = f"## {of_command[0].subject.capitalize()}: `xlgpt2 {command}`"
        parts += ["", title, "", table]
    return "\n".join(parts) + "\n"


def _cell(text: str) -> str:
    """A text for one cell of a table, with invisible characters escaped."""
    visible = "".join(c if c.isprintable() else repr(c)[1:-1] for c in " ".join(text.split()))
    short = visible if len(visible) <= _SHOWN else f"{visible[: _SHOWN - 1]}…"
    return short.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    """Print the answers; exit with 1 if one of them is a fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "words", nargs="*", help="only inputs whose description contains one of these words"
    )
    parser.add_argument("--own", action="store_true", help="skip engines that start other programs")
    parser.add_argument(
        "--every",
        type=int,
        default=1,
        metavar="N",
        help="commands after the first get only every N-th input",
    )
    parser.add_argument(
        "--step", type=int, default=1, metavar="N", help="take only every N-th input"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="which of them: consecutive seeds take all"
    )
    parser.add_argument(
        "--page", type=Path, help="write a Markdown page of the responses of the first commands"
    )
    parser.add_argument("--json", action="store_true", help="write one line of JSON per response")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    firsts: list[Answer] = []
    before = ""
    chosen = answers(options.words, options.own, options.every, options.step, options.seed)
    for answer in chosen:
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
