"""Split models: a folder of workbooks that an engine computes one after the other."""

from dataclasses import replace
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
from xlgpt2.stages.variant import volumes
from xlgpt2.verification import report
from xlgpt2.verification.difference import Outcome
from xlgpt2.writer.writer import Writing
from xlgpt2.xlsx.package import read_contents
from xlgpt2.xlsx.split_folder import split_files

pytestmark = pytest.mark.slow

PROMPT = "the cat"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of three blocks."""
    return write_random_model(tmp_path_factory.mktemp("split") / "m", n_layer=3)


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    """Its five workbooks."""
    folder = tmp_path_factory.mktemp("split") / "books"
    build_split(design(model, split=True), folder, PROMPT)
    return folder


def copied(folder, target):
    """A copy of the workbooks."""
    target.mkdir()
    for file in split_files(folder):
        (target / file.name).write_bytes(file.read_bytes())
    return target


def test_a_model_is_split_at_its_blocks():
    """Each takes the residual stream that the one before passes on, whichever blocks there are."""
    found = volumes([0, 2])
    assert [volume.name for volume in found] == ["text", "h0", "h2", "output"]
    assert [(volume.before, volume.after) for volume in found] == [(None, 0), (0, 1), (1, 3), (3, None)]  # fmt: skip
    assert [(volume.number, volume.count) for volume in found] == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_files_are_named_in_the_order_of_the_data(folder):
    assert [file.name for file in split_files(folder)] == [
        *["01-text.xlsx", "02-h0.xlsx", "03-h1.xlsx", "04-h2.xlsx", "05-output.xlsx"]
    ]


def test_what_one_passes_on_fits_the_next_at_the_same_place(folder):
    """So that one copy of the tab Output, pasted there, brings all over."""
    files = split_files(folder)
    for file, after in pairwise(files):
        here, there = read_contents(file).areas, read_contents(after).areas
        for name, target in PASSED.items():
            passed = here[name]
            assert passed.sheet.startswith("Output ")
            taken = [
                name
                for name, area in there.items()
                if area.sheet == passed.sheet.replace("Output", "Input")
                and area.local == passed.local
            ]
            assert len(taken) == 1
            assert taken[0].startswith(target)


def test_every_tab_says_which_workbook_it_is_in(model):
    """The notice goes into every title; only the workbooks of one model have all its ranges."""
    decided = design(model, split=True)
    parts = list(split(decided))
    assert [part.plan.notice for part in parts] == [f"workbook {n} of 5" for n in range(1, 6)]
    together = {name for part in parts for name in part.plan.places}
    missing = set(decided.plan.places) - together
    assert {decided.plan.stage_of(name).tab for name in missing} == {
        "Prompt",
        "Sampling",
        "Score",
        "Check",
    }
    assert together - set(decided.plan.places) == {*PASSED, "given_token_labels"}


FORMS = [
    ("as usual", {}),
    ("lean, int8", {"lean": True, "precision": Precision("int8")}),
    ("blocks 0 and 2", {"blocks": [0, 2]}),
]


@pytest.mark.parametrize(("sentence", "form"), FORMS, ids=[row[0] for row in FORMS])
def test_every_range_of_every_workbook_is_verified(sentence, form, exact_engine, model, tmp_path):
    """In every exact_engine, for two prompts, with what the engine itself computed passed on."""
    build_split(design(model, split=True, **form), tmp_path / "a", PROMPT)
    result = verify(tmp_path / "a", model, [PROMPT, "two  spaces"], exact_engine.name)
    assert result.verified, report.lines(result)
    assert not result.unchecked()
    assert report.lines(result).endswith("next token agrees 2 of 2")


def test_weights_without_addresses_are_verified_too(model, tmp_path):
    build_split(design(model, split=True), tmp_path / "a", PROMPT, writing=Writing(1, False))
    assert verify(tmp_path / "a", model, engine="formulas").verified


@pytest.mark.parametrize("asked", [{"prompt": "two  spaces"}, {"token_ids": (5, 300, 7)}])
def test_it_predicts_what_the_whole_workbook_does(asked, exact_engine, model, folder, tmp_path):
    """The same tokens, the same next one and the same logits to 12 digits."""
    whole = build(design(model, new_tokens=1), tmp_path / "whole.xlsx", PROMPT).path
    expected = run(whole, engine=exact_engine.name, top=3, **asked)
    found = run(folder, engine=exact_engine.name, top=3, **asked)
    for ours, theirs in zip(found.top, expected.top, strict=True):
        assert ours.logit == pytest.approx(theirs.logit, rel=1e-12, abs=0)
        assert ours.probability == pytest.approx(theirs.probability, rel=1e-12, abs=0)
        assert (ours.id, ours.token) == (theirs.id, theirs.token)
    assert replace(found, top=()) == replace(expected, top=())


def test_a_prompt_without_tokens_ends_at_the_first_workbook(folder):
    with pytest.raises(PromptError, match="The prompt is empty"):
        run(folder, "")


def test_a_changed_formula_is_found_where_it_is(model, folder, tmp_path):
    """The stage that was changed is the first that differs."""
    target = copied(folder, tmp_path / "b")
    change = substituted("0.044715", "0.054715")
    sabotaged(folder / "03-h1.xlsx", target / "03-h1.xlsx", "h1 mlp up", change)
    result = verify(target, model, engine="formulas")
    wrong = [stage.tab for stage in result.stages() if not stage.outcome.good]
    assert wrong[0] == "h1 mlp up"


def test_an_error_that_would_be_passed_on_ends_the_chain(model, folder, tmp_path):
    """What was computed before is reported, and the engine's failure names the cell."""
    target = copied(folder, tmp_path / "b")
    change = substituted(r"residual_1|SQRT\(", "SQRT(-1-", 1)
    sabotaged(folder / "02-h0.xlsx", target / "02-h0.xlsx", "h0 mlp up", change)
    result = verify(target, model, engine="formulas")
    assert [failure.outcome for failure in result.failures] == [Outcome.ENGINE_FAILED]
    assert "range passed_residual at 'Output 1'!" in result.failures[0].message
    wrong = [stage.tab for stage in result.stages() if not stage.outcome.good]
    assert wrong[0] == "h0 mlp up"


def test_a_build_that_fails_leaves_the_old_workbooks(model, folder, tmp_path):
    """They are replaced when all of them are there."""
    target = copied(folder, tmp_path / "b")
    before = {file.name: file.read_bytes() for file in target.iterdir()}

    def stop(step):
        if step.what.startswith("04-h2.xlsx"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_split(design(model, split=True), target, "another prompt", stop)
    assert {file.name: file.read_bytes() for file in target.iterdir()} == before


def test_a_prompt_that_is_given_twice_is_checked_twice(model, folder):
    """Checks of the workbooks are joined by the place of their prompt, and not by its text."""
    result = verify(folder, model, [PROMPT, PROMPT], "formulas")
    assert result.verified, report.lines(result)
    assert [entry.input.prompt for entry in result.checks] == [PROMPT, PROMPT]
