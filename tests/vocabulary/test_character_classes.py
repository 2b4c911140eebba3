"""The table of character classes: its format, and that it splits text as `tokenizers` does."""

from __future__ import annotations

import importlib.util
import sys
import unicodedata
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from xlgpt2.reference.tokenization import split_words
from xlgpt2.vocabulary.character_classes import character_class, class_runs

SCRIPT = Path(__file__).parents[2] / "scripts" / "character_classes.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script that writes the table, as a module."""
    spec = importlib.util.spec_from_file_location("character_classes_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def members() -> dict[str, str]:
    """All characters of each class, except surrogates, which UTF-8 cannot encode."""
    characters: dict[str, list[str]] = defaultdict(list)
    runs = [*class_runs(), (sys.maxunicode + 1, "")]
    for (start, name), (end, _) in pairwise(runs):
        characters[name] += [chr(i) for i in range(start, end) if not 0xD800 <= i <= 0xDFFF]
    return {name: "".join(members) for name, members in characters.items()}


def test_runs_start_at_zero_ascend_and_differ_from_their_neighbours() -> None:
    """A run begins exactly where the class changes, so that a search finds every class."""
    starts = [start for start, _ in class_runs()]
    names = [name for _, name in class_runs()]
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert all(name != following for name, following in pairwise(names))
    assert set(names) == {"letter", "number", "space", "other"}


@pytest.mark.parametrize("name", ["letter", "number", "other", "space"])
def test_every_character_has_the_class_that_tokenizers_gives_it(
    members: dict[str, str], name: str
) -> None:
    """All characters of a class joined are one word, and of that class.

    A single character that `tokenizers` puts in another class would split the word.
    """
    text = members[name]
    assert split_words(text) == [text]
    example = {"letter": "a", "number": "1", "other": "!", "space": "\n"}
    assert example[name] in text


@pytest.mark.parametrize(
    ("code_point", "name"),
    [
        (0x1B, "other"),
        (0x1C, "other"),  # in Python's \s, but not in Unicode's White_Space
        (0x1F, "other"),
        (0x20, "space"),
        (0x85, "space"),
        (0xA0, "space"),
        (0x200B, "other"),  # "zero width space" is not a space
        (0x41, "letter"),
        (0xAA, "letter"),
        (0x4E2D, "letter"),
        (0x0664, "number"),
        (0xBD, "number"),
        (0x2167, "number"),
        (0x27, "other"),
        (0x0301, "other"),  # a combining accent is not a letter
        (0x1F600, "other"),
        (0xD800, "other"),
        (0x10FFFF, "other"),
    ],
)
def test_class_of_single_characters(code_point: int, name: str) -> None:
    """Characters at boundaries and with misleading names have the class of their category."""
    assert character_class(code_point) == name


def test_python_agrees_about_every_character_it_knows(script: ModuleType) -> None:
    """The file agrees with the script on Python's own database, for characters assigned there.

    Python's database may be older or newer than the file's.
    """
    different = [
        f"U+{i:04X}"
        for i in range(sys.maxunicode + 1)
        if unicodedata.category(chr(i)) != "Cn"
        and unicodedata.unidata_version <= script.UNICODE_VERSION
        and character_class(i) != script.class_of(i, unicodedata)
    ]
    assert different == []


def test_file_names_its_unicode_version(script: ModuleType) -> None:
    """The first line of the file names the Unicode version."""
    first = script.TARGET.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith(f"# Unicode {script.UNICODE_VERSION}:")
