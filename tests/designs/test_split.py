"""Split models: folders of workbooks that an engine computes in sequence."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from tests.random_models import write_random_model
from tests.sabotage import sabotaged, substituted
from xlgpt2.checkpoint.checkpoint import Precision
from xlgpt2.commands.build import build
from xlgpt2.commands.build_split import build_split
from xlgpt2.commands.run import run
from xlgpt2.commands.verify import verify
from xlgpt2.designs.model_workbook import design
from xlgpt2.designs.split import split
from xlgpt2.engines.chain import PASSED
from xlgpt2.errors import PromptError
from xlgpt2.stages.variant import split_parts
from xlgpt2.verification import report
from xlgpt2.verification.difference import Outcome
from xlgpt2.writer.writer import Writing
from xlgpt2.xlsx.package import read_contents
from xlgpt2.xlsx.split_folder import split_files

pytestmark = pytest.mark.slow

PROMPT = "the cat"

#: Few rows: every workbook takes a second for some of them.
FEW = {"capacity": 8, "max_bytes": 13}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of three blocks."""
    return write_random_model(tmp_path_factory.mktemp("split") / "m", n_layer=3)


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    """A folder with the model's five workbooks."""
    folder = tmp_path_factory.mktemp("split") / "books"
    build_split(design(model, **FEW, split=True), folder, PROMPT)
    return folder


def copied(folder, target):
    """Copy the workbooks to a new folder."""
    target.mkdir()
    for file in split_files(folder):
        (target / file.name).write_bytes(file.read_bytes())
    return target


def test_a_model_is_split_at_its_blocks():
    """Each part takes the residual stream of the part before, for any selection of blocks."""
    parts = split_parts([0, 2])
    assert [part.name for part in parts] == ["text", "h0", "h2", "output"]
    assert [(part.before, part.after) for part in parts] == [(None, 0), (0, 1), (1, 3), (3, None)]  # fmt: skip
    assert [(part.number, part.count) for part in parts] == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_files_are_named_in_the_order_of_the_data(folder):
    assert [file.name for file in split_files(folder)] == [
        *["01-text.xlsx", "02-h0.xlsx", "03-h1.xlsx", "04-h2.xlsx", "05-output.xlsx"]
    ]


def test_outputs_of_a_part_are_at_the_addresses_of_the_next_parts_inputs(folder):
    """One copy of the tab Output, pasted there, transfers all of them."""
    files = split_files(folder)
    for file, after in pairwise(files):
        outputs, inputs = read_contents(file).areas, read_contents(after).areas
        for name, target in PASSED.items():
            output = outputs[name]
            assert output.sheet.startswith("Output ")
            matches = [
                name
                for name, area in inputs.items()
                if area.sheet == output.sheet.replace("Output", "Input")
                and area.local == output.local
            ]
            assert len(matches) == 1
            assert matches[0].startswith(target)


def test_every_tab_names_its_part(model):
    """The notice is in every title; the parts together have the model's ranges."""
    decided = design(model, **FEW, split=True)
    parts = list(split(decided))
    assert [part.plan.notice for part in parts] == [f"workbook {n} of 5" for n in range(1, 6)]
    names = {name for part in parts for name in part.plan.places}
    missing = set(decided.plan.places) - names
    assert {decided.plan.stage_of(name).tab for name in missing} == {
        "Prompt",
        "Sampling",
        "Score",
        "Check",
        "Guess",
        "Attention overview",
        "One number",
        "After each block",
        "Switches",
        *(f"h{block} switched" for block in range(3)),
        "Embeddings",  # its residual stream has another name there, for the tabs as switched
    }
    assert names - set(decided.plan.places) == {*PASSED, "given_token_labels"}


VARIANTS = [
    ("default", {}),
    ("lean, int8", {"lean": True, "precision": Precision("int8")}),
    ("blocks 0 and 2", {"blocks": [0, 2]}),
]


@pytest.fixture(scope="module")
def split_variant(model, folder, tmp_path_factory):
    """The folder of a variant's workbooks, built once."""

    def built(sentence):
        options = dict(VARIANTS)[sentence]
        if not options:
            return folder
        target = tmp_path_factory.mktemp("split") / "a"
        build_split(design(model, **FEW, split=True, **options), target, PROMPT)
        return target

    return cache(built)


def test_every_range_of_every_part_is_verified(exact_engine, split_variant, model, samples):
    """For two prompts, with the engine's own values passed on; formulas gets more variants."""
    number = 2 if exact_engine.name == "formulas" else 1
    for sentence, _ in samples.of(VARIANTS, number):
        prompts = [PROMPT, "two  spaces"]
        result = verify(split_variant(sentence), model, prompts, exact_engine.name)
        assert result.verified, f"{sentence}: {report.lines(result)}"
        assert not result.unchecked()
        assert report.lines(result).endswith("next token agrees 2 of 2")


def test_weights_without_addresses_are_verified_too(model, tmp_path):
    build_split(design(model, **FEW, split=True), tmp_path / "a", PROMPT, writing=Writing(1, False))
    assert verify(tmp_path / "a", model, [PROMPT], "formulas").verified


@pytest.fixture(scope="module")
def whole(model, tmp_path_factory):
    """The same model in one workbook."""
    file = tmp_path_factory.mktemp("whole") / "whole.xlsx"
    return build(design(model, **FEW, new_tokens=1), file, PROMPT).path


INPUTS = [{"prompt": "two  spaces"}, {"token_ids": (5, 300, 7)}]


def test_predictions_are_those_of_the_whole_workbook(exact_engine, folder, whole, samples):
    """The same tokens, the same next one, and logits equal to 12 digits."""
    for inputs in samples.of(INPUTS, 2 if exact_engine.name == "formulas" else 1):
        expected = run(whole, engine=exact_engine.name, top=3, **inputs)
        prediction = run(folder, engine=exact_engine.name, top=3, **inputs)
        for got, want in zip(prediction.top, expected.top, strict=True):
            assert got.logit == pytest.approx(want.logit, rel=1e-12, abs=0)
            assert got.probability == pytest.approx(want.probability, rel=1e-12, abs=0)
            assert (got.id, got.token) == (want.id, want.token)
        assert replace(prediction, top=()) == replace(expected, top=())


def test_a_prompt_without_tokens_ends_at_the_first_workbook(folder):
    with pytest.raises(PromptError, match="The prompt is empty"):
        run(folder, "")


def test_a_changed_formula_is_located(model, folder, tmp_path):
    """The changed stage is the first that differs."""
    target = copied(folder, tmp_path / "b")
    change = substituted("0.044715", "0.054715")
    sabotaged(folder / "03-h1.xlsx", target / "03-h1.xlsx", "h1 mlp up", change)
    result = verify(target, model, engine="formulas", probe=False)
    wrong = [stage.tab for stage in result.stages() if not stage.outcome.good]
    assert wrong[0] == "h1 mlp up"


def test_an_error_in_an_output_ends_the_chain(model, folder, tmp_path):
    """Earlier results are reported, and the engine's failure names the cell."""
    target = copied(folder, tmp_path / "b")
    change = substituted(r"residual_1|SQRT\(", "SQRT(-1-", 1)
    sabotaged(folder / "02-h0.xlsx", target / "02-h0.xlsx", "h0 mlp up", change)
    result = verify(target, model, engine="formulas", probe=False)
    assert [failure.outcome for failure in result.failures] == [Outcome.ENGINE_FAILED]
    assert "range passed_residual at 'Output 1'!" in result.failures[0].message
    wrong = [stage.tab for stage in result.stages() if not stage.outcome.good]
    assert wrong[0] == "h0 mlp up"


def test_a_build_that_fails_leaves_the_old_workbooks(model, folder, tmp_path):
    """They are replaced only when all new ones are complete."""
    target = copied(folder, tmp_path / "b")
    before = {file.name: file.read_bytes() for file in target.iterdir()}

    def stop(step):
        if step.what.startswith("04-h2.xlsx"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_split(design(model, **FEW, split=True), target, "another prompt", stop)
    assert {file.name: file.read_bytes() for file in target.iterdir()} == before


def test_a_repeated_prompt_is_checked_twice(model, folder):
    """Checks of the parts are joined by the position of their prompt, not by its text."""
    result = verify(folder, model, [PROMPT, PROMPT], "formulas")
    assert result.verified, report.lines(result)
    assert [entry.input.prompt for entry in result.checks] == [PROMPT, PROMPT]
