"""Benchmarks: they run, check what they time, and write what they print."""

import json

import pytest
from click.testing import CliRunner

from benchmarks import libreoffice as libreoffice_benchmark
from benchmarks import tokenizer, writing
from tests.random_models import write_vocabulary


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


@pytest.fixture
def vocabulary(tmp_path):
    """A folder with a small vocabulary."""
    write_vocabulary(tmp_path, 301)
    return tmp_path


def test_writing_is_timed(vocabulary, tmp_path, monkeypatch):
    """Floor, other writers and ours in each precision, with sizes, rates and memory."""
    monkeypatch.setitem(writing.SHAPES, "gpt2", (2, 3, 15))
    monkeypatch.setattr(writing, "FLOOR_ROWS", 64)
    monkeypatch.setattr(writing, "SAMPLE", 300)
    monkeypatch.setattr(writing, "ROUNDS", 1)
    target = tmp_path / "figures.json"
    result = CliRunner().invoke(writing.main, ["--vocabulary", str(vocabulary), "-o", str(target)])
    assert result.exit_code == 0, result.output
    figures = json.loads(target.read_text("utf-8"))
    names = [figure["writer"] for figure in figures]
    assert names[-3:] == ["xlgpt2, float32", "xlgpt2, bfloat16", "xlgpt2, int8"]
    assert {name.split(",")[0] for name in names[-6:-3]} == {
        "openpyxl",
        "XlsxWriter",
        "pyexcelerate",
    }
    assert [name for name in names if name.startswith("floor")] == names[:-6]
    assert all(figure["million_cells_per_second"] > 0 for figure in figures)
    assert all(figure["bytes_per_weight"] > 1 for figure in figures[-6:])
    assert all(name in result.output for name in names)


@pytest.mark.libreoffice
def test_libreoffice_is_timed(vocabulary, tmp_path, monkeypatch, libreoffice):
    """Opening, computing and changing, each with memory; another capacity stays in the file."""
    monkeypatch.setitem(libreoffice_benchmark.GROWTH, "small", (1, 3, 15))
    target = tmp_path / "figures.json"
    options = ["--vocabulary", str(vocabulary), "-o", str(target), "--shape", "small"]
    for more in (["--capacity", "40"], []):
        result = CliRunner().invoke(libreoffice_benchmark.main, [*options, *more])
        assert result.exit_code == 0, result.output
    figures = json.loads(target.read_text("utf-8"))
    assert {figure["capacity"] for figure in figures} == {32, 40}
    assert {figure["step"] for figure in figures} == {
        "open",
        "a prompt",
        "all, with ids",
        "last id changed",
        "one id less",
        "one id appended",
    }
    assert all(0 < figure["resident"] <= figure["peak"] for figure in figures)
