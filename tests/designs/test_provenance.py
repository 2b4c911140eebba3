"""Provenance: a workbook names its sources, and the same inputs give the same bytes."""

import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

import xlgpt2
from tests.random_models import write_random_model
from tests.weight_files import as_csv, as_shards
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.checkpoint.precision import Precision
from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design
from xlgpt2.stages.template_files import shipped_templates
from xlgpt2.xlsx.package import read_contents
from xlgpt2.xlsx.reading.workbook import open_workbook
from xlgpt2.xlsx.reading.workbook_file import read_single_cells

NAMES = ("model_name", "model_source", "checkpoint_sha256", "xlgpt2_version", "build_options", "template_sha256", "formula_dialect")  # fmt: skip

#: A small workbook.
SIZES = {"capacity": 5, "max_bytes": 17, "new_tokens": 2}
OPTIONS = ("--capacity", "5", "--max-bytes", "17", "--new-tokens", "2")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A small random model."""
    return write_random_model(tmp_path_factory.mktemp("made") / "model", n_positions=12)


def built(model, folder, **options):
    """A small workbook of a model."""
    decided = design(model, **{**SIZES, **options})
    return build(decided, folder / "model.xlsx", "the cat").path


def provenance(workbook):
    """The file's provenance on the tab Guide."""
    areas = read_contents(workbook).areas
    return dict(
        zip(
            NAMES,
            read_single_cells(open_workbook(workbook), [areas[n] for n in NAMES]),
            strict=True,
        )
    )


def sha256sum(*files):
    """The output of the program of that name."""
    return subprocess.run(["sha256sum", *[f.name for f in files]], cwd=files[0].parent, capture_output=True, check=True).stdout  # fmt: skip


def test_the_guide_names_the_sources_of_the_file(model, tmp_path):
    entries = provenance(
        built(model, tmp_path, precision=Precision("bfloat16", 3), blocks=(1,), lean=True)
    )
    assert entries == {
        "model_name": "model",
        "model_source": "model",
        "checkpoint_sha256": sha256sum(model / "model.safetensors").decode().split()[0],
        "xlgpt2_version": xlgpt2.__version__,
        "build_options": "--capacity 5 --max-bytes 17 --new-tokens 2 --dtype bfloat16 --digits 3 "
        "--blocks 1 --lean",
        "template_sha256": entries["template_sha256"],
        "formula_dialect": entries["formula_dialect"],
    }
    assert re.fullmatch("[0-9a-f]{64}", entries["template_sha256"])
    assert re.match(r"\d\d functions of Excel 2013", entries["formula_dialect"])


@pytest.mark.parametrize("write", [as_shards, as_csv])
def test_the_checksum_of_several_files_is_that_of_their_checksums(model, tmp_path, write):
    """As in the shell: sha256sum FILES | sha256sum."""
    folder = write(shutil.copytree(model, tmp_path / "parts"))
    files = sorted([*folder.glob("model-*.safetensors"), *folder.glob("model_*.csv")])
    assert len(files) > 1
    total = subprocess.run(["sha256sum"], input=sha256sum(*files), capture_output=True, check=True)
    assert load_checkpoint(folder).sha256 == total.stdout.decode().split()[0]


def test_own_templates_have_another_fingerprint(model, tmp_path):
    own = shutil.copytree(shipped_templates(), tmp_path / "own")
    with (own / "common" / "17-text.toml").open("a", encoding="utf-8") as file:
        file.write("# another comment\n")
    shipped, changed = (
        provenance(built(model, tmp_path, templates=folder))["template_sha256"]
        for folder in (None, own)
    )
    assert shipped != changed


CHANGES = [
    ("in another folder", {}),
    ("in one process or two", {"processes": "1"}),
    ("with or without lxml, which openpyxl uses if it is installed", {"OPENPYXL_LXML": "False"}),
    ("on another day, in another time zone", {"TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1"}),
    ("with another hash seed", {"PYTHONHASHSEED": "7"}),
    ("in another language", {"LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"}),
]


@pytest.fixture(scope="module")
def first(model, tmp_path_factory):
    """The bytes of a first build."""
    return by_command(model, tmp_path_factory.mktemp("first"), {})


def by_command(model, folder, change):
    """The bytes that the command writes in its own process."""
    processes = change.get("processes", "2")
    command = [sys.executable, "-m", "xlgpt2", "build", "--model", model, *OPTIONS, "--processes", processes, "-o", folder / "file.xlsx"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **change})
    return (folder / "file.xlsx").read_bytes()


@pytest.mark.parametrize(("what", "change"), CHANGES, ids=[row[0] for row in CHANGES])
def test_the_same_inputs_give_the_same_bytes(model, first, tmp_path, what, change):
    assert by_command(model, tmp_path, change) == first, what


def test_another_prompt_gives_other_bytes(model, tmp_path, first):
    """The test above can fail."""
    decided = design(model, **SIZES)
    assert build(decided, tmp_path / "file.xlsx", "another").path.read_bytes() != first


def test_there_are_no_time_stamps(model, tmp_path):
    with zipfile.ZipFile(built(model, tmp_path)) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name in package.namelist():
            assert b"dcterms" not in package.read(name), name
