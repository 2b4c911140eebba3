"""What the tests share: LibreOffice where it is installed, and workbooks that are built once."""

import os
import shutil

import pytest
from hypothesis import settings

from tests.random_models import write_random_model
from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import get_engine
from xlgpt2.engines.cellrune import CellRuneEngine
from xlgpt2.engines.formulon import FormulonEngine
from xlgpt2.engines.gnumeric import GnumericEngine
from xlgpt2.engines.ironcalc import IronCalcEngine
from xlgpt2.engines.libreoffice.engine import LibreOfficeEngine

#: Generated texts for each test: a sample in the suite, and many by
#: `pytest -m slow --hypothesis-profile exhaustive tests/reference/test_tokenizer_in_cells.py`.
settings.register_profile("exhaustive", max_examples=2000)
settings.register_profile("suite", max_examples=250)
settings.load_profile("suite")

#: Files that take minutes. Two processes take whole files in order: a long one at the end would
#: leave one of them without work.
LONGEST = (
    *("test_tokenizer_in_cells.py", "test_shipped_model.py", "test_sabotage.py", "test_hostile.py"),
    *("test_standard.py", "test_probes.py", "test_engines.py", "test_generation.py"),
)


def pytest_collection_modifyitems(items):
    """The longest files first."""

    def place(item):
        name = item.path.name
        return LONGEST.index(name) if name in LONGEST else len(LONGEST)

    items.sort(key=place)


def installed(engine, title, required=False):
    """An engine that is here; without it the test is skipped, or fails where one is asked for."""
    if engine.version() is None:
        skip_or_fail(f"{title} is missing: {engine.how_to_install}", required)
    return engine


def skip_or_fail(missing, required=False):
    """Skip the test that lacks something, or fail where nothing may be missing."""
    if required or os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def libreoffice():
    """The LibreOffice engine; without one the test is skipped, or fails where that is asked for."""
    return installed(
        LibreOfficeEngine(),
        "LibreOffice",
        required=bool(os.environ.get("XLGPT2_REQUIRE_LIBREOFFICE")),
    )


@pytest.fixture(scope="session")
def ironcalc():
    """The IronCalc engine; without the package the test is skipped, or fails where CI is set."""
    return installed(IronCalcEngine(), "IronCalc")


@pytest.fixture(scope="session")
def cellrune():
    """The CellRune engine; without the package the test is skipped, or fails where CI is set."""
    return installed(CellRuneEngine(), "CellRune")


@pytest.fixture(scope="session")
def formulon():
    """The Formulon engine; without the package the test is skipped, or fails where CI is set."""
    return installed(FormulonEngine(), "Formulon")


@pytest.fixture(scope="session")
def gnumeric():
    """The Gnumeric engine; without it the test is skipped, or fails where CI is set."""
    return installed(GnumericEngine(), "Gnumeric")


@pytest.fixture(scope="session")
def screen_programs():
    """A screen without a monitor and a keyboard; skipped without, or failed where CI is set."""
    missing = [program for program in ("Xvfb", "xdotool") if shutil.which(program) is None]
    if missing:
        skip_or_fail(f"{' and '.join(missing)} missing: apt install xvfb xdotool")


#: The engines that keep every character: control characters don't come back from Gnumeric.
EXACT_ENGINES = (
    "formulas",
    pytest.param("libreoffice", marks=pytest.mark.libreoffice),
    pytest.param("ironcalc", marks=pytest.mark.ironcalc),
    pytest.param("cellrune", marks=pytest.mark.cellrune),
)


def requested(request):
    """The engine that a fixture's parameter names; the others than formulas may be missing."""
    if request.param == "formulas":
        return get_engine("formulas")
    return request.getfixturevalue(request.param)


@pytest.fixture(
    scope="module",
    params=[*EXACT_ENGINES, pytest.param("gnumeric", marks=pytest.mark.gnumeric)],
)
def engine(request):
    """Every engine in turn."""
    return requested(request)


@pytest.fixture(scope="module", params=EXACT_ENGINES)
def exact_engine(request):
    """Every engine that keeps every character."""
    return requested(request)


@pytest.fixture(scope="session")
def random_design(tmp_path_factory):
    """The design of a workbook of a random model; its sizes all differ."""
    model = write_random_model(tmp_path_factory.mktemp("random") / "model", n_positions=12)
    return design(model, capacity=11, max_bytes=29, new_tokens=3)


@pytest.fixture(scope="session")
def random_workbook(tmp_path_factory, random_design):
    """That workbook's file, and the model's folder."""
    path = tmp_path_factory.mktemp("random") / "model.xlsx"
    return build(random_design, path, "the other cat sat").path, random_design.checkpoint.folder


@pytest.fixture(scope="session")
def tiny_workbook(tmp_path_factory):
    """The workbook of the shipped model, as `xlgpt2 build` writes it."""
    folder = tmp_path_factory.mktemp("tiny")
    return build(design(), folder / "tiny.xlsx").path
