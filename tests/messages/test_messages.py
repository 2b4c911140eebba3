"""Every message has a case that brings it about, and says what the case says, word for word."""

import re
from collections import Counter

import pytest

from tests.messages import (
    baking,
    building,
    checkpoints,
    command_line,
    comparing,
    engines,
    folders,
    formulas,
    hub,
    model_bounds,
    prompts,
    templates,
    tensor_names,
    tokenizers,
    weight_files,
    workbook_bounds,
    workbooks,
    workshop_files,
)
from tests.messages.case import Case, fits
from tests.messages.sites import site_of, sites
from xlgpt2.cli.main import cli
from xlgpt2.errors import XlGpt2Error
from xlgpt2.stages.templates import shipped_templates

CASES: list[Case] = [
    *baking.CASES,
    *comparing.CASES,
    *building.CASES,
    *checkpoints.CASES,
    *command_line.CASES,
    *engines.CASES,
    *folders.CASES,
    *formulas.CASES,
    *hub.CASES,
    *model_bounds.CASES,
    *prompts.CASES,
    *templates.CASES,
    *tensor_names.CASES,
    *tokenizers.CASES,
    *weight_files.CASES,
    *workbook_bounds.CASES,
    *workbooks.CASES,
    *workshop_files.CASES,
]

#: Messages that are not of the form "where: expected this, got that", and why they are not.
OTHER_FORMS = {
    "stopped": "nothing was expected",
    "stopped by {}": "nothing was expected",
    "{}": "click's own words",
    "{}: {}: {}": "the words of a field, which field_errors.py finds in the right form",
    "prompt: {}": "the words of the tab Prompt",
}

SITES = sites()


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.what, marks=[getattr(pytest.mark, name) for name in case.needs])
        for case in CASES
    ],
)
def test_it_says_exactly_this(case, scene, capsys):
    """What is read in a terminal is the error, an empty line and the hint; the exit code is 2."""
    for program in case.needs:
        scene.fixture(program)
    with pytest.raises((XlGpt2Error, SystemExit)) as caught:
        case.cause(scene)
    error = caught.value
    if isinstance(error, SystemExit):
        out, err = capsys.readouterr()
        assert (error.code, out) == (2, "")
        said, error = err.strip("\n"), error.__context__
    else:
        said = error.rendered()
    shown = scene.shown(said)
    assert fits(shown, case.rendered()), f"{shown}\n\n--- and not\n\n{case.rendered()}"
    assert isinstance(error, case.kind)


def test_every_message_has_a_case():
    """A message that is written anywhere in the package is brought about by a case."""
    reached = {site_of(case.message, case.hint, SITES) for case in CASES}
    missing = [f"{site.place}: {site.message}" for site in SITES if site not in reached]
    assert not missing, "no case in tests/messages brings these about:\n" + "\n".join(missing)


def test_every_case_has_its_message():
    """A case is called as no other, and what it says is written somewhere in the package."""
    assert [what for what, n in Counter(case.what for case in CASES).items() if n > 1] == []
    assert [case.what for case in CASES if site_of(case.message, case.hint, SITES) is None] == []


def test_a_message_is_written_once():
    """So that a case shows that its own place was reached."""
    written = Counter((site.message, site.hint) for site in SITES)
    assert [site for site in SITES if written[site.message, site.hint] > 1] == []


def test_a_message_says_where_what_was_expected_and_what_there_is():
    """The value comes last, where a reader looks for it."""
    others = {
        site.message for site in SITES if not re.search(r"expected .+ (got|gave)\b", site.message)
    }
    assert others == set(OTHER_FORMS)


def test_hints_name_what_there_is():
    """Options and commands in hints, and in the texts of templates, are those of the program."""
    options = {"--help"}
    for command in cli.commands.values():
        for parameter in command.params:
            options |= {*parameter.opts, *parameter.secondary_opts}
    said = [f"{site.message} {site.hint}" for site in SITES]
    pages = [file.read_text("utf-8") for file in shipped_templates().rglob("*.toml")]
    for text in [*said, *pages]:
        assert set(re.findall(r"(?<!\S)--[a-z][a-z-]+", text)) <= options, text
    for text in said:
        assert set(re.findall(r"\bxlgpt2 ([a-z]+)", text)) <= set(cli.commands), text
