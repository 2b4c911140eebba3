"""Benchmarks: they run, check what they time, and write what they print."""

import json

import pytest
from click.testing import CliRunner

from benchmarks import tokenizer


@pytest.fixture
def small(monkeypatch):
    """Small texts, in the engine formulas alone."""
    monkeypatch.setattr(tokenizer, "LENGTHS", (7, 12))
    monkeypatch.setattr(tokenizer, "LARGEST", 12)
    monkeypatch.setattr(tokenizer, "ENGINES", ["formulas"])


def test_the_tokenizer_is_timed(small, tmp_path):
    """A table with a line for each text and length, and the same figures as JSON."""
    target = tmp_path / "figures.json"
    result = CliRunner().invoke(tokenizer.main, ["--rounds", "2", "-o", str(target)])
    assert result.exit_code == 0, result.output
    figures = json.loads(target.read_text("utf-8"))
    assert [figure["bytes"] for figure in figures] == [7, 7, 7, 12, 12, 12]
    assert {figure["text"] for figure in figures} == set(tokenizer.TEXTS)
    assert all(0 < figure["least"] <= figure["median"] <= figure["most"] for figure in figures)
    for figure in figures:
        assert f"{figure['median']:.3f}" in result.output


def test_a_wrong_answer_is_not_timed(small, tmp_path, monkeypatch):
    """Where the ids differ from those of tokenizers there is no figure."""
    monkeypatch.setattr(tokenizer, "encode", lambda vocabulary, text: [1, 2, 3])
    result = CliRunner().invoke(tokenizer.main, ["--rounds", "1", "-o", str(tmp_path / "f.json")])
    assert isinstance(result.exception, ValueError)
    assert "expected token ids [1, 2, 3]" in str(result.exception)
