"""Files saved, renamed or edited by others, with the same formulas, are verified."""

import shutil
import subprocess

import openpyxl
import pytest

from tests.sabotage import substituted
from xlgpt2.checkpoint.precision import Precision
from xlgpt2.commands.build import build
from xlgpt2.commands.run import run
from xlgpt2.commands.verify import verify
from xlgpt2.designs.model_workbook import design
from xlgpt2.diff import diff
from xlgpt2.engines.libreoffice.installation import installation
from xlgpt2.errors import PromptError
from xlgpt2.verification import report

VARIANTS = {
    "all": {},
    "int8": {"precision": Precision("int8")},
    "lean": {"lean": True},
    "one of two blocks": {"blocks": (1,)},
}

#: How many of them a run takes.
TAKEN = 2


@pytest.fixture(scope="module")
def saved_by_libreoffice(libreoffice, random_design, tmp_path_factory, samples):
    """Variants of a workbook as built and as saved by LibreOffice, which starts once."""
    folder = tmp_path_factory.mktemp("saved")
    model = random_design.checkpoint.folder
    built = {}
    for variant, options in samples.of(list(VARIANTS.items()), TAKEN):
        decided = design(model, capacity=5, max_bytes=17, new_tokens=2, **options)
        built[variant] = build(decided, folder / f"{variant}.xlsx", "the cat").path
    office = installation()
    assert office is not None
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [office.soffice, profile, "--headless", "--convert-to", "xlsx", "--outdir"]
    subprocess.run([*command, folder / "saved", *built.values()], capture_output=True, check=True)
    return {variant: (path, folder / "saved" / path.name) for variant, path in built.items()}


@pytest.mark.libreoffice
@pytest.mark.sample(TAKEN)
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_file_saved_by_libreoffice_is_verified(saved_by_libreoffice, random_design, variant):
    """It writes fifteen digits of a number, its own array marks and its own order of names."""
    built, saved = saved_by_libreoffice[variant]
    assert built.read_bytes() != saved.read_bytes()
    model = random_design.checkpoint.folder
    result = verify(saved, model, engine="formulas", probe=False)
    assert result.verified, report.problems(result)
    assert diff(built, saved).same


def test_a_file_saved_by_openpyxl_is_verified(random_workbook, tmp_path):
    file, model = random_workbook
    openpyxl.load_workbook(file).save(tmp_path / "saved.xlsx")
    result = verify(tmp_path / "saved.xlsx", model, engine="formulas", probe=False)
    assert result.verified, report.problems(result)


def test_the_same_model_in_another_folder(random_workbook, tmp_path):
    """Another name is noted; with other weights it is a fault."""
    file, model = random_workbook
    other = shutil.copytree(model, tmp_path / "final")
    result = verify(file, other, engine="formulas", probe=False)
    assert report.exit_code(result) == 0, report.problems(result)
    notes = [line for line in report.problems(result) if line.startswith("note: ")]
    assert notes == [
        'note: model_name at Guide!C41 is "model", and "final" has the same weights',
        'note: model_source at Guide!C56 is "model", and "final" has the same weights',
    ]
    change = substituted(r"[0-9a-f]{64}", "0" * 64)
    with_other_checksum = _with_texts(file, tmp_path / "other.xlsx", change)
    result = verify(with_other_checksum, other, engine="formulas", probe=False)
    wrong = {r.name for c in result.checks for r in c.ranges if not r.outcome.good}
    assert wrong >= {"model_name", "model_source", "checkpoint_sha256"}


def _with_texts(file, target, change):
    """Write a copy with changed texts on the tab Guide."""
    book = openpyxl.load_workbook(file)
    for row in book["Guide"].iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.value = change(cell.value)
    book.save(target)
    return target


def with_prompt(file, target, prompt):
    """Write a copy with another value in the prompt's cell."""
    book = openpyxl.load_workbook(file)
    book["Prompt"]["B5"] = prompt
    book.save(target)
    return target


@pytest.mark.sample(2)
@pytest.mark.parametrize("number", [2024, 0, -17, 123456789012345])
def test_a_whole_number_is_a_prompt(random_workbook, tmp_path, number):
    """Formulas use its digits, which all programs write in the same way."""
    file, model = random_workbook
    edited = with_prompt(file, tmp_path / "a.xlsx", number)
    result = verify(edited, model, engine="formulas", probe=False)
    assert report.exit_code(result) == 0, report.problems(result)
    text = str(number)
    if len(text) < 11:
        assert run(edited).prompt == text
        assert run(edited).token_ids == run(file, text).token_ids


@pytest.mark.sample(2)
@pytest.mark.parametrize(("value", "text"), [(0.5, "the number 0.5"), (1e20, "the number 1e+20"), (True, "TRUE"), ("#N/A", "#N/A")])  # fmt: skip
def test_values_that_programs_write_in_several_ways_are_refused(
    random_workbook, tmp_path, value, text
):
    """By both commands, unless another prompt is given."""
    file, model = random_workbook
    edited = with_prompt(file, tmp_path / "a.xlsx", value)
    for command in (run, lambda file: verify(file, model, engine="formulas")):
        with pytest.raises(PromptError, match="prompt at Prompt!B5: expected text, got") as error:
            command(edited)
        assert str(error.value).endswith(text)
    assert run(edited, "the").prompt == "the"
