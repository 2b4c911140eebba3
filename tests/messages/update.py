"""The update of the snapshots: `python -m tests.messages.update`, with options of pytest (-n 2).

It runs all cases that can run here, or those that `-k` selects, and writes the words that they give
into the snapshots. Cases that fail in another way, or that can't run here, keep theirs.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import cast

import pytest

from tests.messages import snapshots
from tests.messages.all_cases import NAMES
from tests.messages.snapshots import ANYTHING, WORDS, fits, kept, path_of, read, text_of

TESTS = [
    f"{Path(__file__).parent / file}::test_it_says_exactly_this"
    for file in ("test_messages.py", "test_report_lines.py")
]

#: Cases import libraries before pytest does, which it warns of: their asserts don't matter to it.
OPTIONS = ["-q", "-W", "ignore::pytest.PytestAssertRewriteWarning"]


class Recorder:
    """A plugin of pytest that keeps the words of cases, also of those that other processes run."""

    def __init__(self) -> None:
        self.words: dict[str, dict[str, str]] = defaultdict(dict)
        self.failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the words of a case; without words it failed."""
        properties = dict(report.user_properties)
        if WORDS in properties:
            file, name, words = cast("list[str]", properties[WORDS])
            self.words[file][name] = words
        self.failed |= report.failed and not _other_words(report)

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """The status of a case whose words are not those of its snapshot, which is no failure."""
        return ("changed", "c", "CHANGED") if _other_words(report) else None


def _other_words(report: pytest.TestReport) -> bool:
    return report.when == "call" and report.failed and WORDS in dict(report.user_properties)


def rewrite(words: dict[str, dict[str, str]]) -> list[str]:
    """Write the snapshots of all files of cases; the changes, a line each."""
    changes = []
    for file, names in NAMES.items():
        old, path = read(file), path_of(file)
        new = _updated(names, old, words.get(file, {}))
        text = text_of(file, new).encode("utf-8")
        if not path.exists() or path.read_bytes() != text:
            changes += [f"{path.name}: {change}" for change in _changes(old, new)]
            path.write_bytes(text)
    for path in set(snapshots.FOLDER.glob("*.txt")) - set(map(path_of, NAMES)):
        changes.append(f"{path.name}: removed, since there are no such cases")
        path.unlink()
    return changes


def _updated(names: list[str], old: dict[str, str], words: dict[str, str]) -> dict[str, str]:
    """The snapshots of these cases; one of another name that still fits was renamed."""
    stale = [snapshot for name, snapshot in old.items() if name not in names]
    new = dict(old)
    for name, text in words.items():
        renamed = next((snapshot for snapshot in stale if fits(text, snapshot)), "")
        new[name] = kept(text, old.get(name, renamed))
    return {name: new[name] for name in names if name in new}


def _changes(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """The changes between two states of a file of snapshots, or what else was put right."""
    lost = {name for name in old if old[name].count(ANYTHING) > new.get(name, "").count(ANYTHING)}
    hint = f" (put {ANYTHING} back where words differ between machines)"
    changed = [name for name in new if name in old and old[name] != new[name]]
    return [
        *(f"changed: {name}{hint if name in lost else ''}" for name in changed),
        *(f"new: {name}" for name in new if name not in old),
        *(f"removed: {name}" for name in old if name not in new),
    ] or ["blocks in the order of the cases"]


def main(arguments: list[str]) -> int:
    """Run the cases and write their words; 1 if one failed or has no snapshot."""
    recorder = Recorder()
    code = pytest.main([*OPTIONS, *TESTS, *arguments], plugins=[recorder])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        print("no snapshot was changed, since pytest could not run the cases")
        return int(code)
    print("\n".join(rewrite(recorder.words)) or "no snapshot was changed")
    missing = [
        f"{file}: {name}" for file in NAMES for name in NAMES[file] if name not in read(file)
    ]
    for name in missing:
        print(f"{name}: without a snapshot, since it failed or was not run")
    if recorder.failed:
        print("cases that failed keep their snapshots: see above")
    return int(recorder.failed or bool(missing))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
