"""The open document: what somebody types one after the other, and the cells that stay behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from xlgpt2.cells.readings import Readings
from xlgpt2.constants.sizes import Sizes
from xlgpt2.layout.layout import Plan
from xlgpt2.reference.tokenization import encode
from xlgpt2.verification.difference import shown, unequal
from xlgpt2.verification.probe_texts import PROSE
from xlgpt2.verification.probes import Probe
from xlgpt2.vocabulary.vocabulary import Vocabulary


@dataclass(frozen=True)
class Kept:
    """A tab with cells that an open document has not renewed: how many, and the first of them."""

    tab: str
    name: str
    address: str
    cells: int
    expected: str
    got: str
    after: str  # what was typed


@dataclass(frozen=True)
class OpenDocument:
    """What was typed into one document, how many values were compared, and what it kept."""

    engine: str
    inputs: tuple[str, ...]
    values: int
    kept: tuple[Kept, ...]


def edits(vocabulary: Vocabulary, sizes: Sizes) -> list[Probe]:
    """A long prompt and shorter ones, ids typed over and taken back, other controls."""
    longest = _prose(vocabulary, sizes)
    short = longest[:1]
    ids = tuple(range(min(2, sizes.T)))
    few = {"new_tokens": min(1, sizes.G), "temperature": 0, "top_k": 0, "seed": 0, "score": 1}
    many, none = {**few, "new_tokens": sizes.G}, {**few, "new_tokens": 0, "score": 0}
    drawn = {**many, "temperature": 0.9, "top_k": 3, "seed": 5}
    return [
        Probe("a long prompt", longest, many),
        Probe("a short one", short, few),
        Probe("more new tokens", short, many),
        Probe("ids typed over", short, many, ids),
        Probe("an empty prompt", "", few),
        Probe("a long prompt again", longest, none),
        Probe("tokens drawn", short, drawn),
    ]


def compared(
    engine: str, steps: Iterable[tuple[str, Readings, Readings]], plan: Plan
) -> OpenDocument:
    """What was typed, each with the readings of the open document and of a new one.

    The first step that shows a difference is the last.
    """
    typed: list[str] = []
    found: tuple[Kept, ...] = ()
    values = 0
    for after, left_open, fresh in steps:
        typed.append(after)
        values += sum(cells.size for cells in fresh.values.values())
        found = tuple(_kept(left_open, fresh, plan, after))
        if found:
            break
    return OpenDocument(engine, tuple(typed), values, found)


def _kept(left_open: Readings, fresh: Readings, plan: Plan, after: str) -> Iterator[Kept]:
    """For each tab, in the order of the data's flow, what differs in an open document."""
    tabs: dict[str, list[str]] = {}
    for name in dict.fromkeys([*(n for n in plan.in_flow if n in fresh.values), *fresh.values]):
        if unequal(fresh.values[name], left_open.values[name]):
            tabs.setdefault(fresh.areas[name].sheet, []).append(name)
    for tab, names in tabs.items():
        (i, j), *_ = unequal(fresh.values[names[0]], left_open.values[names[0]])
        cells = {
            fresh.areas[name].cell(*place)  # one may be in several ranges
            for name in names
            for place in unequal(fresh.values[name], left_open.values[name])
        }
        yield Kept(
            tab,
            names[0],
            fresh.areas[names[0]].cell(i, j),
            len(cells),
            shown(fresh.values[names[0]][i, j]),
            shown(left_open.values[names[0]][i, j]),
            after,
        )


def _prose(vocabulary: Vocabulary, sizes: Sizes) -> str:
    """As much of a text as a workbook takes."""
    text = (PROSE * (sizes.max_bytes // len(PROSE) + 1))[: sizes.max_bytes]
    while len(encode(vocabulary, text)) > sizes.T:
        text = text[:-1]
    return text
