"""Every message has a case that brings it about, and says what the case says, word for word."""

import re
from collections import Counter

import pytest

from tests.messages.all_cases import CASES
from tests.messages.sites import Site, site_of, sites
from tests.messages.snapshots import UPDATE, read
from xlgpt2.cli.main import COMMANDS, cli
from xlgpt2.errors import XlGpt2Error
from xlgpt2.stages.template_files import shipped_templates

#: Messages that are not of the form "where: expected this, got that", and why they are not.
OTHER_FORMS = {
    "stopped": "nothing was expected",
    "stopped by {}": "nothing was expected",
    "{}": "click's own words",
    "{}: {}{}": "the words of a field, which field_errors.py finds in the right form",
    "prompt: {}": "the words of the tab Prompt",
}

SITES = sites()


def reached_sites() -> dict[str, Site | None]:
    """The site that each case reaches, found by the words of its snapshot."""
    reached = {}
    for file, cases in CASES.items():
        snapshots = read(file)
        for case in cases:
            words = re.fullmatch("error: (.*)\nhint: (.*)", snapshots.get(case.what, ""))
            reached[case.what] = site_of(*words.groups(), SITES) if words else None
    return reached


@pytest.mark.parametrize(
    ("file", "case"),
    [
        pytest.param(
            *(file, case), id=case.what, marks=[getattr(pytest.mark, name) for name in case.needs]
        )
        for file, cases in CASES.items()
        for case in cases
    ],
)
def test_it_says_exactly_this(file, case, scene, capsys, check_words):
    """What is read in a terminal is the error, an empty line and the hint; the exit code is 2."""
    for program in case.needs:
        scene.fixture(program)
    with pytest.raises((XlGpt2Error, SystemExit)) as caught:
        case.cause(scene)
    error = caught.value
    if isinstance(error, SystemExit):
        out, err = capsys.readouterr()
        assert (error.code, out) == (2, "")
        text, error = err.strip("\n"), error.__context__
    else:
        text = error.rendered()
    assert isinstance(error, case.kind)
    shown = scene.shown(text)
    assert re.fullmatch("error: .*\n\nhint: .*", shown), shown
    check_words(file, case.what, shown.replace("\n\n", "\n"))


def test_every_message_has_a_case():
    """A message that is written anywhere in the package is brought about by a case."""
    reached = set(reached_sites().values())
    missing = [f"{site.place}: {site.message}" for site in SITES if site not in reached]
    reason = f"no case in tests/messages brings these about, or run {UPDATE}:\n"
    assert not missing, reason + "\n".join(missing)


def test_every_case_has_its_message():
    """A case is called as no other, and what it says is written somewhere in the package."""
    names = Counter(case.what for cases in CASES.values() for case in cases)
    assert [what for what, n in names.items() if n > 1] == []
    assert [what for what, site in reached_sites().items() if site is None] == [], f"run {UPDATE}"


def test_a_message_is_written_once():
    """So that a case shows that its own place was reached."""
    written = Counter((site.message, site.hint) for site in SITES)
    assert [site for site in SITES if written[site.message, site.hint] > 1] == []


def test_a_message_says_where_what_was_expected_and_what_there_is():
    """The value comes last, where a reader looks for it."""
    others = {
        site.message
        for site in SITES
        if not re.search(r"expected .+ (got|returned)\b", site.message)
    }
    assert others == set(OTHER_FORMS)


def test_hints_name_what_there_is():
    """Options and commands in hints, and in the texts of templates, are those of the program."""
    options = {"--help"}
    for name in COMMANDS:
        for parameter in cli.get_command(None, name).params:
            options |= {*parameter.opts, *parameter.secondary_opts}
    said = [f"{site.message} {site.hint}" for site in SITES]
    pages = [file.read_text("utf-8") for file in shipped_templates().rglob("*.toml")]
    for text in [*said, *pages]:
        assert set(re.findall(r"(?<!\S)--[a-z][a-z-]+", text)) <= options, text
    for text in said:
        assert set(re.findall(r"\bxlgpt2 ([a-z]+)", text)) <= set(COMMANDS), text
