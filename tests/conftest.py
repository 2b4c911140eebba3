"""Shared fixtures: engines if they are installed, and workbooks that are built once."""

import os
import shutil

import pytest
from hypothesis import settings

from tests.random_models import write_random_model
from tests.samples import Samples, samples_of_today
from xlgpt2.commands.build import build
from xlgpt2.commands.lessons import lessons
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import get_engine
from xlgpt2.engines.cellrune import CellRuneEngine
from xlgpt2.engines.formulon import FormulonEngine
from xlgpt2.engines.gnumeric import GnumericEngine
from xlgpt2.engines.ironcalc import IronCalcEngine
from xlgpt2.engines.libreoffice import offices, running
from xlgpt2.engines.libreoffice.engine import LibreOfficeEngine

#: How many texts hypothesis generates for a test, in the suite and with --exhaustive.
settings.register_profile("suite", max_examples=60)
settings.register_profile("exhaustive", max_examples=2000)
settings.load_profile("suite")

SAMPLES = pytest.StashKey[Samples]()


def pytest_addoption(parser):
    """Add the option for whole lists in place of samples."""
    parser.addoption(
        "--exhaustive", action="store_true", help="take whole lists in place of samples"
    )


def pytest_configure(config):
    """Choose the samples of this run."""
    exhaustive = config.getoption("exhaustive")
    config.stash[SAMPLES] = samples_of_today(exhaustive)
    if exhaustive:
        settings.load_profile("exhaustive")


def pytest_report_header(config):
    """The seed, with which a failure can be repeated."""
    return str(config.stash[SAMPLES])


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    """The seed again where something failed."""
    if exitstatus:
        terminalreporter.write_line(str(config.stash[SAMPLES]))


@pytest.fixture(scope="session")
def samples(pytestconfig):
    """What this run takes of long lists."""
    return pytestconfig.stash[SAMPLES]


#: Files that take over half a minute. Two processes take whole files in order: with a long file at
#: the end one of them would be idle.
LONGEST = (
    *("test_shipped_model.py", "test_sabotage.py", "test_wheel.py", "test_benchmarks.py"),
    *("test_probes.py", "test_offices.py", "test_prompts.py", "test_messages.py", "test_bake.py"),
    *("test_diff.py", "test_generation.py", "test_hostile.py", "test_cli.py", "test_variants.py"),
    *("test_resaved.py", "test_split.py", "test_tokenizer_in_cells.py", "test_report_lines.py"),
    *("test_open_document.py", "test_static_checks.py", "test_check_tab.py", "test_tampering.py"),
)


@pytest.hookimpl(trylast=True)  # after -k and -m
def pytest_collection_modifyitems(config, items):
    """Run the longest files first, and of a test with the mark `sample(N)` N of its cases."""

    def place(item):
        name = item.path.name
        return LONGEST.index(name) if name in LONGEST else len(LONGEST)

    items.sort(key=place)
    sampled = {}
    for item in items:
        if (mark := item.get_closest_marker("sample")) is not None:
            sampled.setdefault((item.path, item.originalname, mark.args), []).append(item)
    left_out = set()
    for (*_, (number,)), cases in sampled.items():
        left_out |= set(cases) - set(config.stash[SAMPLES].of(cases, number))
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=list(left_out))


def installed(engine, title, required=False):
    """An installed engine; without it the test is skipped, or fails if it is required."""
    if engine.version() is None:
        skip_or_fail(f"{title} is missing: {engine.how_to_install}", required)
    return engine


def skip_or_fail(missing, required=False):
    """Skip a test that lacks something, or fail it if that is required or in CI."""
    if required or os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def libreoffice():
    """The LibreOffice engine; without it the test is skipped, or fails if it is required.

    From here on it computes the workbooks of all tests but those with `own_libreoffice`.
    """
    engine = installed(
        LibreOfficeEngine(),
        "LibreOffice",
        required=bool(os.environ.get("XLGPT2_REQUIRE_LIBREOFFICE")),
    )
    with running():
        yield engine


@pytest.fixture
def own_libreoffice(libreoffice, monkeypatch):
    """The LibreOffice engine for a test that needs processes of its own, as a command has them."""
    monkeypatch.setattr(offices, "_KEPT", offices.Kept())
    return libreoffice


@pytest.fixture(scope="session")
def ironcalc():
    """The IronCalc engine; without the package the test is skipped, or fails in CI."""
    return installed(IronCalcEngine(), "IronCalc")


@pytest.fixture(scope="session")
def cellrune():
    """The CellRune engine; without the package the test is skipped, or fails in CI."""
    return installed(CellRuneEngine(), "CellRune")


@pytest.fixture(scope="session")
def formulon():
    """The Formulon engine; without the package the test is skipped, or fails in CI."""
    return installed(FormulonEngine(), "Formulon")


@pytest.fixture(scope="session")
def gnumeric():
    """The Gnumeric engine; without it the test is skipped, or fails in CI."""
    return installed(GnumericEngine(), "Gnumeric")


@pytest.fixture(scope="session")
def screen_programs():
    """A virtual screen and keyboard; without them the test is skipped, or fails in CI."""
    missing = [program for program in ("Xvfb", "xdotool") if shutil.which(program) is None]
    if missing:
        skip_or_fail(f"{' and '.join(missing)} missing: apt install xvfb xdotool")


#: The engines that keep every character: Gnumeric loses control characters.
EXACT_ENGINES = (
    "formulas",
    pytest.param("libreoffice", marks=pytest.mark.libreoffice),
    pytest.param("ironcalc", marks=pytest.mark.ironcalc),
    pytest.param("cellrune", marks=pytest.mark.cellrune),
)


def requested(request):
    """The engine named by a fixture's parameter; all but formulas may be missing."""
    if request.param == "formulas":
        return get_engine("formulas")
    return request.getfixturevalue(request.param)


@pytest.fixture(
    scope="module",
    params=[*EXACT_ENGINES, pytest.param("gnumeric", marks=pytest.mark.gnumeric)],
)
def engine(request):
    """Each engine."""
    return requested(request)


@pytest.fixture(scope="module", params=EXACT_ENGINES)
def exact_engine(request):
    """Each engine that keeps every character."""
    return requested(request)


@pytest.fixture(scope="session")
def random_design(tmp_path_factory):
    """The design of a workbook of a random model whose sizes all differ."""
    model = write_random_model(tmp_path_factory.mktemp("random") / "model", n_positions=12)
    return design(model, capacity=11, max_bytes=29, new_tokens=3)


@pytest.fixture(scope="session")
def random_workbook(tmp_path_factory, random_design):
    """The file of that workbook, and the model's folder."""
    path = tmp_path_factory.mktemp("random") / "model.xlsx"
    return build(random_design, path, "the other cat sat").path, random_design.checkpoint.folder


@pytest.fixture(scope="session")
def tiny_workbook(tmp_path_factory):
    """The workbook of the shipped model, as built by `xlgpt2 build`."""
    folder = tmp_path_factory.mktemp("tiny")
    return build(design(), folder / "tiny.xlsx").path


@pytest.fixture(scope="session")
def lessons_workbook(tmp_path_factory):
    """The workbook of lessons, as written by `xlgpt2 lessons`."""
    return lessons(tmp_path_factory.mktemp("lessons") / "lessons.xlsx").path
