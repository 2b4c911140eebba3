"""The documentation agrees with the code, and its links lead somewhere."""

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest

from scripts import readme
from xlgpt2.cells.address import Area
from xlgpt2.cli.main import COMMANDS, cli
from xlgpt2.designs.model_workbook import design
from xlgpt2.stages.templates import RangeTemplate, TabTemplate

ROOT = Path(__file__).parents[2]
PAGES = [
    page.relative_to(ROOT).as_posix()
    for page in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        *sorted((ROOT / "docs").rglob("*.md")),
        ROOT / "output" / "README.md",
    )
]


def text_of(page: str) -> str:
    """The text of a page."""
    return (ROOT / page).read_text("utf-8")


def prose(text: str) -> str:
    """A text without its fenced blocks and its code, in which brackets are no links."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))


def anchors(text: str) -> set[str]:
    """The anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_dialect_is_documented():
    """docs/templates.md lists the functions that a template may call, and no others."""
    assert f"<!-- begin functions -->\n{readme.functions()}\n" in text_of("docs/templates.md")


def test_every_field_of_a_template_is_documented():
    """Every field that a template may have is mentioned in docs/templates.md."""
    text = text_of("docs/templates.md")
    for name in RangeTemplate.model_fields:
        assert re.search(rf"`{name}\b|^{name} = ", text, re.MULTILINE), name
    for name in ("tab", "title", "repeat", "group", "steps", "text", "equation", "labels"):
        assert name in TabTemplate.model_fields
        assert re.search(rf"^{name} = ", text, re.MULTILINE), name


def test_the_readme_is_short():
    """A reader gets through it: everything else is on the pages of docs/."""
    assert (ROOT / "README.md").stat().st_size < 10_000


def test_every_page_is_in_the_index():
    """docs/README.md links to every page of docs/."""
    linked = set(re.findall(r"^\| \[\S+\]\((\S+)\)", text_of("docs/README.md"), re.MULTILINE))
    assert linked == {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    """Every file that a page links to is in the repository, with the heading that is linked to."""
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(text_of(page))):
        if link.startswith("https://"):
            continue
        target, _, anchor = link.partition("#")
        file = (ROOT / page).parent / target if target else ROOT / page
        assert file.exists(), link
        assert not anchor or anchor in anchors(file.read_text("utf-8")), link


# CHANGELOG.md also names what is gone.
@pytest.mark.parametrize("page", [page for page in PAGES if page != "CHANGELOG.md"])
def test_commands_on_pages_exist(page):
    """Commands in transcripts and code are xlgpt2's own, with options that they have."""
    options = {
        name: {
            "--help",
            *(o for p in cli.get_command(None, name).params for o in (*p.opts, *p.secondary_opts)),
        }
        for name in COMMANDS
    }
    commands = re.findall(r"\bxlgpt2 ([a-z]+\b[^`\n|&>#]*)", text_of(page))
    for command in commands:
        name, *words = shlex.split(command)
        assert name in COMMANDS, command
        used = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert used <= options[name], command


@pytest.mark.parametrize("page", PAGES)
def test_modules_and_targets_on_pages_exist(page):
    """`python -m NAME` is a module of the repository, and `make NAME` a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    for module in re.findall(r"\bpython -m ([a-z_.]+[a-z])", text_of(page)):
        assert module == "pip" or find_spec(module) is not None, module
    named = re.findall(r"(?:^\$ |`)make ([a-z]+)", text_of(page), re.MULTILINE)
    assert set(named) <= targets


def test_the_end_of_the_demo_is_that_of_the_readme():
    """The README shows the last lines of `make demo` as the Makefile prints them."""
    assert readme.demo() in text_of("README.md")


def test_the_cells_that_the_readme_names_are_those_of_the_workbook():
    """What is typed, read and changed in the five things to try, and after `make demo`."""
    places = design().plan.places
    text = text_of("README.md")
    for words, name in (
        ("into the yellow cell {} of", "prompt"),
        ("into the yellow cell {}.", "prompt"),
        ("temperature ({})", "temperature"),
        ("the seed ({})", "seed"),
        ("the cell {} of *Prompt*", "prompt_check"),
    ):
        assert words.format(places[name].area.cell(0, 0).partition("!")[2]) in text, words
    weight = re.search(r"over the weight in ([A-Z]+\d+) of the tab \*Embeddings\*", text)
    assert weight is not None
    assert places["wte"].area.contains(Area.parse(f"Embeddings!{weight[1]}"))
    tokens = "Mike is quick . Anna is slow . She walks".split()
    row = places["h_2_attn_softmax_1"].area.row + tokens.index("walks")
    assert f'In row {row}, that of "walks"' in text
