"""Benchmarks run, check the results that they time, and write the figures that they print."""

import json
from dataclasses import asdict, dataclass, replace
from functools import partial

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import engines, generation, rows, split, tokenizer, writing
from benchmarks import libreoffice as libreoffice_benchmark
from benchmarks.figures import show_and_save
from benchmarks.random_checkpoint import write_checkpoint
from tests.random_models import write_vocabulary
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.commands.build import build
from xlgpt2.designs import model_workbook
from xlgpt2.engines import get_engine
from xlgpt2.xlsx.reading.workbook import open_workbook

pytestmark = pytest.mark.slow


@pytest.fixture
def small(monkeypatch):
    """Small texts, only in the engine formulas."""
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
    """There is no figure if the ids differ from those of tokenizers."""
    monkeypatch.setattr(tokenizer, "encode", lambda vocabulary, text: [1, 2, 3])
    result = CliRunner().invoke(tokenizer.main, ["--rounds", "1", "-o", str(tmp_path / "f.json")])
    assert isinstance(result.exception, ValueError)
    assert "expected token ids [1, 2, 3]" in str(result.exception)


@pytest.fixture
def few_rows(monkeypatch):
    """Workbooks of the benchmark of engines with few rows."""
    few = partial(model_workbook.design, capacity=20, max_bytes=32, new_tokens=1)
    monkeypatch.setattr(engines, "design", few)


@pytest.fixture
def vocabulary(tmp_path):
    """A folder with a small vocabulary."""
    write_vocabulary(tmp_path, 301)
    return tmp_path


def test_writing_is_timed(vocabulary, tmp_path, monkeypatch):
    """The floor, other writers and this one in each precision, with sizes, rates and memory."""
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
    assert names[-7:-3] == [
        "openpyxl, write-only, without lxml",
        "openpyxl, write-only, with lxml",
        "XlsxWriter, constant memory",
        "pyexcelerate",
    ]
    assert [name for name in names if name.startswith("floor")] == names[:-7]
    assert all(figure["million_cells_per_second"] > 0 for figure in figures)
    assert all(figure["bytes_per_weight"] > 1 for figure in figures[-7:])
    assert all(name in result.output for name in names)


def test_a_split_model_is_timed(vocabulary, tmp_path, monkeypatch):
    """Building all workbooks, and one token through the chain, which is that of the reference."""
    monkeypatch.setitem(split.SHAPES, "gpt2-xl", (2, 3, 15))
    target = tmp_path / "figures.json"
    result = CliRunner().invoke(split.main, ["--vocabulary", str(vocabulary), "-o", str(target)])
    assert result.exit_code == 0, result.output
    figures = json.loads(target.read_text("utf-8"))
    assert [figure["step"] for figure in figures] == ["build", "one token, in formulas"]
    assert {figure["workbooks"] for figure in figures} == {4}
    assert all(figure["seconds"] > 0 and figure["peak_gigabytes"] > 0 for figure in figures)
    monkeypatch.setattr(split, "trace", lambda *_: {"next_token_id": np.array([[-1]])})
    result = CliRunner().invoke(split.main, ["--vocabulary", str(vocabulary), "-o", str(target)])
    assert isinstance(result.exception, ValueError)


@pytest.mark.libreoffice
def test_libreoffice_is_timed(vocabulary, tmp_path, monkeypatch, libreoffice):
    """Opening, computing and changing, each with memory; figures of another capacity are kept."""
    monkeypatch.setitem(libreoffice_benchmark.GROWTH, "small", (1, 3, 15))
    target = tmp_path / "figures.json"
    options = ["--vocabulary", str(vocabulary), "-o", str(target), "--shape", "small"]
    for capacity in (["--capacity", "40"], []):
        result = CliRunner().invoke(libreoffice_benchmark.main, [*options, *capacity])
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


@dataclass(frozen=True)
class Timing:
    """A figure of a benchmark."""

    model: str
    engine: str
    seconds: float


def test_figures_not_measured_again_are_kept(tmp_path, capsys):
    """Figures of another model or engine are kept; without identifying fields none are."""
    target = tmp_path / "new folder" / "figures.json"
    a, b, again = Timing("a", "x", 1.0), Timing("a", "y", 2.0), Timing("a", "y", 3.25)
    for figures in ([a, b], [again]):
        show_and_save(figures, target, measured_by=("model", "engine"))
    assert json.loads(target.read_text("utf-8")) == [asdict(a), asdict(again)]
    assert "3.25" in capsys.readouterr().out
    show_and_save([b], target)
    assert json.loads(target.read_text("utf-8")) == [asdict(b)]


def test_engines_are_timed(vocabulary, few_rows, tmp_path, monkeypatch):
    """Every model in every engine requested, with the time and memory of its own process."""
    monkeypatch.setitem(engines.MODELS, "small", (1, 3, 15))
    monkeypatch.setitem(engines.MODELS, "2 x 64", (2, 1, 4))
    target = tmp_path / "figures.json"
    options = ["--vocabulary", str(vocabulary), "-o", str(target), "--engine", "formulas"]
    result = CliRunner().invoke(engines.main, [*options, "--shape", "2 x 64", "--shape", "small"])
    assert result.exit_code == 0, result.output
    narrow, small = json.loads(target.read_text("utf-8"))
    assert (narrow["model"], narrow["n_layer"], narrow["n_embd"]) == ("2 x 64", 2, 4)
    assert (small["model"], small["n_embd"], small["engine"]) == ("small", 15, "formulas")
    for figure in (narrow, small):
        assert 0 < figure["computing"] < figure["seconds"]
        assert 0.05 < figure["peak_gigabytes"] < 10
        assert 0 < figure["worst"] < 1e-9
        assert figure["values"] > 10_000
        assert figure["tokens"] > 6


def test_an_engine_that_is_wrong_is_not_timed(vocabulary, few_rows, tmp_path, monkeypatch):
    """A value that differs from the reference gives an error with its address and no figure."""
    other = write_checkpoint(tmp_path / "other" / "model", vocabulary, 1, 3, 15, seed=1)
    monkeypatch.setitem(engines.MODELS, "small", (1, 3, 15))
    measure = engines.measure

    def against_another(name, decided, *rest):
        checkpoint = replace(decided.checkpoint, folder=other)
        return measure(name, replace(decided, checkpoint=checkpoint), *rest)

    monkeypatch.setattr(engines, "measure", against_another)
    options = ["--shape", "small", "--engine", "formulas", "-o", str(tmp_path / "figures.json")]
    result = CliRunner().invoke(engines.main, ["--vocabulary", str(vocabulary), *options])
    assert isinstance(result.exception, ValueError)
    assert "small in formulas: not verified: checkpoint_sha256 Guide!" in str(result.exception)
    assert not (tmp_path / "figures.json").exists()


@pytest.mark.libreoffice
def test_rows_are_timed(tmp_path, monkeypatch, libreoffice):
    """Each step in LibreOffice, full computations in formulas, and numbers that agree."""
    monkeypatch.setitem(rows.GROWTH, "small", (1, 2, 16))
    target = tmp_path / "figures.json"
    result = CliRunner().invoke(rows.main, ["--rounds", "1", "-o", str(target)])
    assert result.exit_code == 0, result.output
    figures = json.loads(target.read_text("utf-8"))
    assert [(figure["engine"], figure["step"], figure["tokens"]) for figure in figures] == [
        ("libreoffice", "all", 1),
        ("libreoffice", "all", 6),
        ("libreoffice", "one id appended", 7),
        ("libreoffice", "all", 16),
        ("libreoffice", "last id changed", 16),
        ("libreoffice", "one id appended", 16),
        ("formulas", "all", 1),
        ("formulas", "all", 6),
        ("formulas", "all", 16),
    ]
    for figure in figures:
        assert 0 <= figure["apart"] <= 1e-9
        assert figure["ratio"] == figure["whole_seconds"] / figure["rows_seconds"]
        assert f"{figure['ratio']:.3g}" in result.output


@pytest.fixture(scope="module")
def layouts(tmp_path_factory):
    """A random model in both layouts."""
    folder = tmp_path_factory.mktemp("layouts")
    return rows.designs(load_checkpoint(write_checkpoint(folder, rows.shipped_model(), 1, 2, 6)))


def test_formulas_per_row_become_formulas_per_matrix(layouts):
    """All do, except the softmax and a column of array formulas."""
    fills = {
        layout: {name: place.range.fill for name, place in design.plan.places.items()}
        for layout, design in layouts.items()
    }
    by_row = {name for name, fill in fills["rows"].items() if fill == "row"}
    unchanged = {name for name, fill in fills["whole"].items() if fill == "row"}
    assert unchanged == {
        "h_0_attn_softmax_0",
        "h_0_attn_softmax_1",
        "special_id",
    }
    assert {"h_0_attn_scores_0", "h_0_attn_c_attn", "h_0_mlp_gelu", "residual_1"} < by_row
    assert fills["whole"] == {
        name: "whole" if name in by_row - unchanged else fill
        for name, fill in fills["rows"].items()
    }


@pytest.fixture(scope="module")
def readings(layouts, tmp_path_factory):
    """The readings of the engine formulas in both layouts, for six tokens."""
    folder = tmp_path_factory.mktemp("readings")
    result = {}
    for name, design in layouts.items():
        file = build(design, folder / f"{name}.xlsx", prompt="").path
        step = rows.steps(design.sizes.vocab_size)[1]
        names = rows.compared_ranges(design)
        result[name] = next(
            get_engine("formulas").recalculate(open_workbook(file), [step.inputs], names)
        )
    return result


@pytest.mark.parametrize("name", ["h_0_attn_softmax_0", "residual_1", "logits"])
def test_rows_that_differ_are_not_timed(readings, name):
    """A number that differs between the layouts raises an error that names its range."""
    assert rows.apart(readings["rows"], readings["whole"]) < 1e-9
    changed = readings["whole"].values[name].copy()
    changed[0, -1] += 1e-8
    whole = replace(readings["whole"], values={**readings["whole"].values, name: changed})
    with pytest.raises(ValueError, match=f"{name}: expected the same numbers twice"):
        rows.apart(readings["rows"], whole)


@pytest.mark.libreoffice
def test_generation_is_timed(libreoffice, vocabulary, tmp_path, monkeypatch):
    """A line for each step if the tokens are those of the reference, otherwise no figure."""
    monkeypatch.setitem(generation.GROWTH, "small", (1, 3, 15))
    target = tmp_path / "figures.json"
    options = ["--vocabulary", str(vocabulary), "--shape", "small", "--rounds", "1"]
    result = CliRunner().invoke(generation.main, [*options, "-o", str(target)])
    assert result.exit_code == 0, result.output
    figures = json.loads(target.read_text("utf-8"))
    assert [figure["step"] for figure in figures] == [step.name for step in generation.steps()]
    assert [figure["new_tokens"] for figure in figures] == [1, 4, 4, 5, 4, 4]
    monkeypatch.setattr(generation, "_expected", lambda *_: [1, 2])
    result = CliRunner().invoke(generation.main, [*options, "-o", str(target)])
    assert isinstance(result.exception, ValueError)
