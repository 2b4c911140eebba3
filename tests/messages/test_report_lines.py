"""The lines of a report: each kind of problem that a verification tells, in its exact words."""

import re

import pytest

from tests.messages.reports import REPORTS, name_of
from tests.messages.sites import FILLED_IN, lines
from tests.messages.snapshots import UPDATE, read
from xlgpt2.verification import report


@pytest.mark.parametrize("cause", REPORTS, ids=name_of)
def test_it_says_exactly_this(cause, scene, check_words):
    """Problems in the order in which data flows, then notes, then the verdict."""
    result = cause(scene)
    table = report.table(result.stages()).to_string(index=False, justify="left")
    words = report.lines(result).removeprefix(table if result.checks else "").strip("\n")
    check_words("reports", name_of(cause), words)


def test_every_kind_of_line_has_a_report():
    """A line that verification/report.py writes is in one of the snapshots of reports."""
    known = [line for words in read("reports").values() for line in words.split("\n")]
    written = lines("verification/report.py", ("error: ", "note: "))
    assert written, "no line found: was report.py moved?"
    for line in written:
        pattern = ".*".join(map(re.escape, line.split(FILLED_IN)))
        assert any(re.fullmatch(pattern, one) for one in known), f"{line}\nrun {UPDATE}"
