"""Formulon, which imitates Excel: small workbooks, with the profiles of several Excel versions."""

import pytest

from tests.small_workbooks import write_cells, write_xml
from xlgpt2.commands.build import build
from xlgpt2.commands.verify import verify
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines.formulon import FormulonEngine
from xlgpt2.reference.trace import trace
from xlgpt2.verification import report
from xlgpt2.verification.compare import compare
from xlgpt2.verification.requests import typed_controls
from xlgpt2.verification.result import Input
from xlgpt2.xlsx.reading.workbook import open_workbook

pytestmark = pytest.mark.formulon


def test_wrong_cached_values_are_ignored(tmp_path, formulon):
    """Cached values change nothing; inputs override arrays."""
    path = write_xml(
        tmp_path / "planted.xlsx",
        {
            "s": '<row r="1"><c r="A1"><v>3</v></c><c r="B1"><f>A1*2</f><v>99</v></c>'
            '<c r="C1"><f t="array" ref="C1:C2">A1*{1;2}</f><v>99</v></c></row>'
            '<row r="2"><c r="C2"><v>99</v></c></row>'
        },
        {"a": "s!$A$1", "b": "s!$B$1", "c": "s!$C$1:$C$2"},
    )
    first, second = formulon.recalculate(
        open_workbook(path), [{}, {"a": [[4]], "c": [["x"], [""]]}]
    )
    assert (first.values["b"].tolist(), first.values["c"].tolist()) == ([[6]], [[3], [6]])
    assert (second.values["b"].tolist(), second.values["c"].tolist()) == ([[8]], [["x"], [""]])


def test_lengths_and_control_characters(tmp_path, formulon):
    """Lengths are in UTF-16 units, as in Excel, and every character is preserved."""
    cells = {"s!A1": "=LEN(_xlfn.UNICHAR(128578))", "s!B1": "x", "s!B2": "=B1"}
    path = write_cells(tmp_path / "b.xlsx", cells, {"n": "s!A1", "t": "s!B1", "u": "s!B2"})
    text = "_x0041_\x01\r\n\t"
    (readings,) = formulon.recalculate(open_workbook(path), [{"t": [[text]]}])
    assert readings.values["n"][0, 0] == (2 if formulon.counts_utf16 else 1)
    assert readings.values["u"][0, 0] == text


@pytest.mark.slow
def test_the_shipped_model_is_verified_with_excels_rules(tmp_path, formulon):
    """With 8 tokens and 2 new ones, a line feed and characters of two UTF-16 units."""
    file = build(design(capacity=8, max_bytes=16, new_tokens=2), tmp_path / "small.xlsx").path
    prompt = "Mike\n\U0001f642"
    result = verify(file, prompts=[prompt], engine=formulon.name)
    assert result.verified, report.lines(result)


@pytest.mark.slow
@pytest.mark.sample(1)
@pytest.mark.parametrize("profile", ["mac-365-en_US", "win-365-ja_JP", "mac-365-de_DE"])
def test_other_profiles_give_the_same_values(random_workbook, random_design, formulon, profile):
    """In another language and on another system every value is the same."""
    (readings,) = FormulonEngine(profile).recalculate(open_workbook(random_workbook[0]), [{}])
    expected = trace(
        random_design.checkpoint,
        random_design.sizes,
        readings.text("prompt"),
        controls=typed_controls(readings),
        workbook_ids=tuple(readings.values["chosen_ids"][:, 0]),
    )
    check = compare(readings, expected, random_design.plan, Input("typed"))
    assert [entry for entry in check.ranges if not entry.outcome.good] == []
