"""The wheel: installed in an empty environment, it builds, runs and verifies from any folder."""

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from xlgpt2.designs.model_workbook import design

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    line = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(line, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_the_wheel_holds_templates_model_and_data(wheel):
    """It has all files that the package reads, and nothing of tests, training or scripts."""
    names = zipfile.ZipFile(wheel).namelist()
    templates = {path.relative_to(ROOT).as_posix() for path in (ROOT / "templates").rglob("*.toml")}
    assert {f"xlgpt2/{name}" for name in templates} <= set(names)
    for file in (
        "models/tiny/model.safetensors",
        "models/tiny/vocab.json",
        "data/character_classes.csv",
    ):
        assert f"xlgpt2/{file}" in names
    assert not [name for name in names if name.startswith(("tests/", "training/", "scripts/"))]


@pytest.mark.slow
def test_an_empty_environment_builds_runs_and_verifies(wheel, tmp_path):
    """With only the wheel and its dependencies, outside the checkout."""
    venv.create(tmp_path / "environment")
    program = tmp_path / "environment" / "bin"
    pip = [sys.executable, "-m", "pip", "--python", program / "python"]
    # What is imported is compiled then, and the rest of the libraries never.
    install = [*pip, "install", "--quiet", "--no-compile", wheel]
    subprocess.run(install, check=True, capture_output=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def command(*arguments):
        line = [program / "xlgpt2", *arguments]
        return subprocess.run(
            line, cwd=elsewhere, check=True, capture_output=True, text=True
        ).stdout

    assert f"tabs     {len(design().plan.tabs)}" in command("build")
    prediction = json.loads(command("run", "output/tiny.xlsx", "--json"))
    assert prediction["next_token"] == " quickly"
    verify = ("verify", "output/tiny.xlsx", "--engine", "formulas", "--no-probe")
    assert "\nverified: " in command(*verify)
