"""One LibreOffice computes many workbooks in turn, and nothing passes from one to the next."""

import os
import signal

import psutil
import pytest

from tests.small_workbooks import write_cells
from xlgpt2.cells.address import Area
from xlgpt2.commands.build_split import build_split
from xlgpt2.commands.run import run
from xlgpt2.commands.verify import verify
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines.libreoffice import engine as engine_module
from xlgpt2.engines.libreoffice import offices, running
from xlgpt2.engines.libreoffice.engine import LibreOfficeEngine
from xlgpt2.engines.libreoffice.process import Office
from xlgpt2.errors import EngineFailedError, EngineMissingError, PromptError, WorkbookError
from xlgpt2.interruptions import interrupt
from xlgpt2.xlsx.reading.workbook import open_workbook

pytestmark = [
    pytest.mark.libreoffice,
    pytest.mark.skipif(os.name != "posix", reason="groups of processes of POSIX"),
]

CELLS = {
    "s!A1": 1.0,
    "s!A2": "two",
    "s!B1": "=A1*10",
    "s!B2": '=A2&"!"',
    "s!C1:C2": "{=A1*{1;2}}",
    "s!D1": "=1/0",
}
NAMES = {"number": "s!A1", "formulas": "s!B1:B2", "array": "s!C1:C2", "error": "s!D1"}
OTHER = {"s!A1": 5.0, "s!B1": "=A1+1", "s!B2": "=1>0"}


@pytest.fixture
def started(own_libreoffice, monkeypatch):
    """The LibreOffices that were started, in order."""
    starts = []
    start = Office.start
    monkeypatch.setattr(Office, "start", lambda office: starts.append(office) or start(office))
    return starts


@pytest.fixture
def file(tmp_path):
    return write_cells(tmp_path / "a.xlsx", CELLS, NAMES)


def values(path, inputs=None, engine=None):
    (readings,) = (engine or LibreOfficeEngine()).recalculate(open_workbook(path), [inputs or {}])
    return {name: cells.tolist() for name, cells in readings.values.items()}


def kill_offices(offices_to_end):
    """End every process of some LibreOffices, as if it had crashed."""
    for office in offices_to_end:
        members = [p for p in psutil.process_iter() if group_of(p) == office.process_group]
        for member in members:
            member.send_signal(signal.SIGKILL)
        psutil.wait_procs(members, timeout=10)


def group_of(process):
    try:
        return os.getpgid(process.pid)
    except ProcessLookupError:
        return None


def another_workbook(path, started):
    """One with names of its own for the same cells, and with fewer tabs and formulas."""
    other = write_cells(path.with_name("b.xlsx"), OTHER, {"number": "s!A1", "formulas": "s!B1:B2"})
    assert values(other) == {"number": [[5]], "formulas": [[6], [1]]}


def not_a_workbook(path, started):
    """LibreOffice refuses it; our own checks come before, so it is replaced after them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_module.shutil, "copyfile", lambda file, copy: copy.write_bytes(b"PK"))
        with pytest.raises(WorkbookError, match="expected a file that LibreOffice can open"):
            values(path)


def part_of_an_array(path, started):
    cells = {**NAMES, "part": "s!C1"}
    with pytest.raises(PromptError, match="one array formula fills"):
        values(write_cells(path.with_name("b.xlsx"), CELLS, cells), {"part": [[7]]})


def open_in_a_window(path, started):
    edited = LibreOfficeEngine().edited(open_workbook(path), [{"formulas": [[1], [2]]}, {}])
    assert [reading.values["formulas"].tolist() for reading in edited] == [[[1], [2]], [[10], ["two!"]]]  # fmt: skip


def readings_not_all_taken(path, started):
    next(LibreOfficeEngine().recalculate(open_workbook(path), [{"number": [[8]]}, {}]))


def printed(path, started):
    LibreOfficeEngine().to_pdf(open_workbook(path), path.with_name("a.pdf"))


def an_error_of_a_caller(path, started):
    with (
        pytest.raises(ZeroDivisionError),
        LibreOfficeEngine().computed(open_workbook(path), {}),
    ):
        raise ZeroDivisionError


def a_crash(path, started):
    """It is reported for the workbook that was open."""
    readings = LibreOfficeEngine().recalculate(open_workbook(path), [{}, {}])
    next(readings)
    kill_offices(started)
    with pytest.raises(EngineFailedError, match="got none"):
        next(readings)


def a_crash_between_workbooks(path, started):
    kill_offices(started)


def no_answer_in_time(path, started):
    """The limit is that of the engine that loads, and not of the one that started LibreOffice."""
    with pytest.raises(EngineFailedError, match="expected a response within 1e-05 s"):
        values(path, engine=LibreOfficeEngine(answer_s=1e-5))


def a_worker_that_ended(path, started):
    for office in started:
        office._worker.kill()
        office._worker.wait()


# what happens between two computations of a file by the same LibreOffice
BETWEEN = [
    ("nothing", lambda path, started: None),
    ("another workbook", another_workbook),
    ("a file that can't be loaded", not_a_workbook),
    ("overridden formulas", lambda path, started: values(path, {"formulas": [[1], [2]]})),
    ("other inputs", lambda path, started: values(path, {"number": [["x"]]})),
    ("a part of an array overridden", part_of_an_array),
    ("a document in a window", open_in_a_window),
    ("readings not all taken", readings_not_all_taken),
    ("a PDF", printed),
]

# what ends one, so that another one computes the file again
FAILURES = [
    ("an error of a caller", an_error_of_a_caller),
    ("a crash", a_crash),
    ("a crash between workbooks", a_crash_between_workbooks),
    ("no answer in time", no_answer_in_time),
    ("a worker that ended", a_worker_that_ended),
]


def test_a_workbook_after_another_is_computed_as_by_a_new_one(file, started):
    """By the same LibreOffice, whatever happens in between."""
    with running():
        first = values(file)
        assert first["formulas"] == [[10], ["two!"]]
        for sentence, between in BETWEEN:
            between(file, started)
            assert values(file) == first, sentence
            assert len(started) == 1, sentence
    assert_ended(started)


def test_what_failed_is_replaced(file, started):
    """The next one computes the same, and of the earlier ones nothing is left."""
    with running():
        first = values(file)
        for number, (sentence, failure) in enumerate(FAILURES, start=2):
            failure(file, started)
            assert values(file) == first, sentence
            assert len(started) == number, sentence
            assert_ended(started[:-1])
    assert_ended(started)


def assert_ended(started):
    """No process and no folder of these LibreOffices is left."""
    groups = {office.process_group for office in started}
    left = [p for p in psutil.process_iter() if group_of(p) in groups]
    assert not [process for process in left if process.status() != psutil.STATUS_ZOMBIE]
    assert not [office.folder for office in started if office.folder.exists()]


def test_without_a_context_each_workbook_has_its_own(file, started):
    """As in a command that computes one workbook; each has ended before the next one starts."""
    for number in (1, 2):
        assert values(file)["number"] == [[1]]
        assert len(started) == number
        assert_ended(started)


def test_workbooks_that_are_open_at_the_same_time_have_one_each(file, started):
    """Both are kept, also by a context within a context, and both end with the outer one."""
    engine = LibreOfficeEngine()
    with running():
        with (
            engine.computed(open_workbook(file), {"number": [[3]]}) as one,
            running(),
            engine.computed(open_workbook(file), {"number": [[4]]}) as another,
        ):
            assert [book.read(Area("s", 1, 2, 1, 1)).tolist() for book in (one, another)] == [[[30]], [[40]]]  # fmt: skip
        values(file)
        values(file)
        assert len(started) == 2
        assert all(office.usable for office in started)
    assert_ended(started)


def test_one_that_is_in_use_when_the_context_ends_ends_with_its_workbook(file, started):
    """A reading may be taken after the context."""
    engine = LibreOfficeEngine()
    with running():
        readings = engine.recalculate(open_workbook(file), [{}, {"number": [[2]]}])
        next(readings)
    assert next(readings).values["number"].tolist() == [[2]]
    readings.close()
    assert_ended(started)


def test_an_interruption_ends_it(file, started):

    def while_a_workbook_is_open():
        with LibreOfficeEngine().computed(open_workbook(file), {}):
            interrupt(KeyboardInterrupt())

    def while_none_is_open():
        values(file)
        interrupt(KeyboardInterrupt())

    for use in (while_a_workbook_is_open, while_none_is_open):
        with pytest.raises(KeyboardInterrupt), running():
            use()
        assert_ended(started)
    assert len(started) == 2


def test_a_large_workbook_has_its_own(file, started, monkeypatch):
    """It gets none that was kept, whose memory is limited, and is not kept itself."""
    unpacked = open_workbook(file).contents.unpacked
    with running():
        values(file)
        with monkeypatch.context() as patch:
            patch.setattr(offices, "MOST_OPENED", unpacked - 1)
            values(file)
        assert [office.usable for office in started] == [True, False]
        values(file)
    assert [office.unpacked for office in started] == [offices.MOST_OPENED, unpacked]


def test_one_is_replaced_after_many_workbooks(file, started, monkeypatch):
    """It keeps memory of those that it has closed."""
    unpacked = open_workbook(file).contents.unpacked
    monkeypatch.setattr(offices, "MOST_OPENED", 2 * unpacked + 1)
    with running():
        for number in (1, 1, 2, 2, 3):
            values(file)
            assert len(started) == number
        assert [office.usable for office in started] == [False, False, True]


def test_another_installation_is_another_libreoffice(file, started, monkeypatch):
    """The one that runs computes nothing if another one is named in the meantime."""
    with running():
        values(file)
        monkeypatch.setenv("XLGPT2_SOFFICE", "/nowhere/soffice")
        with pytest.raises(EngineMissingError):
            values(file)


@pytest.mark.slow
def test_a_split_model_is_computed_by_one(random_design, tmp_path, started):
    """By one in each command, for all its workbooks."""
    model, folder = random_design.checkpoint.folder, tmp_path / "split"
    build_split(design(model, 4, 7, new_tokens=0, split=True), folder, "the")
    assert verify(folder, model, ["the"], "libreoffice").verified
    assert len(started) == 1
    assert run(folder, "the", engine="libreoffice").token_ids
    assert len(started) == 2
    assert_ended(started)
