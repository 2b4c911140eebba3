"""The open document: successive edits, and the cells that are not updated after them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from xlgpt2.cells.address import Area
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.constants.sizes import Sizes
from xlgpt2.layout.layout import Plan
from xlgpt2.reference.tokenization import encode
from xlgpt2.verification.difference import display_text, unequal
from xlgpt2.verification.probe_texts import PROSE
from xlgpt2.verification.probes import Probe
from xlgpt2.vocabulary.vocabulary import Vocabulary
from xlgpt2.xlsx.reading.workbook import Workbook


@dataclass(frozen=True)
class StaleCells:
    """The cells of a tab that an open document has not updated: the first one, and how many."""

    tab: str
    name: str
    address: str
    cells: int
    expected: str
    got: str
    after: str  # the input


@dataclass(frozen=True)
class Editing:
    """A workbook, and the inputs that are typed into it one after the other, each in words.

    `areas` are read besides the named ranges.
    """

    workbook: Workbook
    plan: Plan
    typed: Sequence[tuple[str, Inputs]]
    areas: Mapping[str, Area]


@dataclass(frozen=True)
class OpenDocument:
    """The inputs typed into one document, the number of values compared, and its stale cells."""

    engine: str
    inputs: tuple[str, ...]
    values: int
    kept: tuple[StaleCells, ...]


def edits(vocabulary: Vocabulary, sizes: Sizes) -> list[Probe]:
    """A long prompt and shorter ones, ids entered and removed, other controls."""
    longest = _prose(vocabulary, sizes)
    short = longest[:1]
    ids = tuple(range(min(2, sizes.T)))
    few = {"new_tokens": min(1, sizes.G), "temperature": 0, "top_k": 0, "seed": 0, "score": 1}
    few |= {"check": 1}
    many, none = {**few, "new_tokens": sizes.G}, {**few, "new_tokens": 0, "score": 0, "check": 0}
    sampled = {**many, "temperature": 0.9, "top_k": 3, "seed": 5}
    return [
        Probe("a long prompt", longest, many),
        Probe("a short prompt", short, few),
        Probe("more new tokens", short, many),
        Probe("token ids overridden", short, many, ids),
        Probe("parts switched off", short, many, switches=((0.0,),)),
        Probe("an empty prompt", "", few),
        Probe("a long prompt again", longest, none),
        Probe("tokens sampled", short, sampled),
    ]


def check_steps(
    engine: str, steps: Iterable[tuple[str, Readings, Readings]], plan: Plan
) -> OpenDocument:
    """The result for inputs, each with the readings of the open document and of a new one.

    The first step with a difference is the last.
    """
    inputs: list[str] = []
    stale: tuple[StaleCells, ...] = ()
    values = 0
    for after, left_open, fresh in steps:
        inputs.append(after)
        values += sum(cells.size for cells in fresh.values.values())
        stale = tuple(_stale_cells(left_open, fresh, plan, after))
        if stale:
            break
    return OpenDocument(engine, tuple(inputs), values, stale)


def _stale_cells(
    left_open: Readings, fresh: Readings, plan: Plan, after: str
) -> Iterator[StaleCells]:
    """The differences of an open document, tab by tab, in the order of the data flow."""
    tabs: dict[str, list[str]] = {}
    for name in dict.fromkeys([*(n for n in plan.in_flow if n in fresh.values), *fresh.values]):
        if unequal(fresh.values[name], left_open.values[name]):
            tabs.setdefault(fresh.areas[name].sheet, []).append(name)
    for tab, names in tabs.items():
        (i, j), *_ = unequal(fresh.values[names[0]], left_open.values[names[0]])
        cells = {
            fresh.areas[name].cell(*place)  # a cell may be in several ranges
            for name in names
            for place in unequal(fresh.values[name], left_open.values[name])
        }
        yield StaleCells(
            tab,
            names[0],
            fresh.areas[names[0]].cell(i, j),
            len(cells),
            display_text(fresh.values[names[0]][i, j]),
            display_text(left_open.values[names[0]][i, j]),
            after,
        )


def _prose(vocabulary: Vocabulary, sizes: Sizes) -> str:
    """The longest beginning of a text that fits."""
    text = (PROSE * (sizes.max_bytes // len(PROSE) + 1))[: sizes.max_bytes]
    while len(encode(vocabulary, text)) > sizes.T:
        text = text[:-1]
    return text
