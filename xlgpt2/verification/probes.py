"""Probes: what is typed into a workbook so that its formulas show what they do in every case.

A prompt reaches some rows and some branches of the formulas, and no others. These inputs, made
from a workbook's own sizes and vocabulary, reach between them as many as few can.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle, zip_longest

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.readings import Inputs
from xlgpt2.cells.values import Value
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.constants.sizes import Sizes
from xlgpt2.reference.forward.forward import forward
from xlgpt2.reference.forward.layers import Zones
from xlgpt2.reference.tabs.draws import PRIME, sample
from xlgpt2.reference.tabs.new_tokens import generate
from xlgpt2.reference.tabs.prompt import LARGEST_SEED, Controls
from xlgpt2.reference.tokenization import encode
from xlgpt2.verification.chosen_logits import (
    Typed,
    as_typed,
    by_score,
    scores,
)
from xlgpt2.verification.probe_texts import (
    BEGINNINGS,
    CHARACTERS,
    PROSE,
    first_merge,
    packed,
    special_texts,
    with_tokens,
)
from xlgpt2.vocabulary.vocabulary import Vocabulary

#: Bytes that make a character, first and last of their kind, and bytes that make none.
BYTES = (
    *(b"\xc2\x80", b"\xdf\xbf", b"\xe0\xa0\x80", b"\xed\x9f\xbf", b"\xef\xbf\xbd"),
    *(b"\xf0\x90\x80\x80", b"\xf4\x8f\xbf\xbd", b"\xf1\xbf\x80\x80", b"\xee\x80\x80"),
    *(b"\xc2\x7f", b"\xc2\xc0", b"\xe0\x9f", b"\xed\xa0", b"\xe1\x80\x7f", b"\xe1\xbf\xc0"),
    *(b"\xef\xbf\xbe", b"\xf0\x8f", b"\xf4\x90", b"\xf1\x80\x7f", b"\xf1\x80\xc0"),
    *(b"\xf1\x80\x80\x7f", b"\xf1\x80\x80\xc0", b"\xc1", b"\xf5", b"\x80", b"\xbf"),
    *(b"\xef\xbf\xbc", b"\xef\xbe\xbf", b"\xe1\x80\xbf"),
    *(b"\x00", b"\x01", b"\x1f", b"\x20"),  # control characters, and what follows them
)

#: Bytes that begin a character of two, of three and of four.
_FIRST_BYTES = (range(0xC2, 0xE0), range(0xE0, 0xF0), range(0xF0, 0xF5))

#: Seeds that are tried for a draw that ends in a wanted way, and for a text that does.
_SEEDS, _SEEDS_OF_TEXTS = 300, 60


@dataclass(frozen=True)
class Probe:
    """What is typed into a workbook, and why; what is None or left out stays as the file has it.

    `weights` are numbers typed over whole ranges of weights: the model is another one then. `over`
    are values that are typed over any range and spoil the workbook.
    """

    why: str
    prompt: str | None = None
    controls: Mapping[str, Value] = field(default_factory=dict)
    token_ids: tuple[Value, ...] | None = None
    weights: Mapping[str, Typed] = field(default_factory=dict)
    over: Mapping[str, Typed] = field(default_factory=dict)

    def inputs(self, capacity: int) -> Inputs:
        """The same as cells, in a workbook with room for so many tokens."""
        typed: dict[str, list[list[Value]]] = {}
        if self.prompt is not None:
            typed["prompt"] = [[self.prompt]]
        if self.token_ids is not None:
            ids = [value if isinstance(value, str) else float(value) for value in self.token_ids]
            typed["token_ids"] = [[cell] for cell in ids + [""] * (capacity - len(ids))]
        for name, value in self.controls.items():
            typed[name] = [[value if isinstance(value, str) else float(value)]]
        others = {**self.weights, **self.over}
        return typed | {name: [list(row) for row in rows] for name, rows in others.items()}


#: The file's own prompt and controls.
AS_IT_STANDS = Probe("as the file stands")


def probes(checkpoint: Checkpoint, sizes: Sizes, has_controls: bool = True) -> tuple[Probe, ...]:
    """The inputs that a workbook of these sizes is checked with, the file's own first.

    A workbook of a split model has no controls: what only differs by them is left out.
    """
    vocabulary, beginnings = checkpoint.vocabulary, cycle(BEGINNINGS)
    parts = (*CHARACTERS, first_merge(vocabulary), *special_texts(vocabulary))
    texts = [*packed(parts, sizes.max_bytes, beginnings)]
    texts.append((next(beginnings) + "ab" * sizes.max_bytes)[: sizes.max_bytes])  # a long word
    found = [AS_IT_STANDS]
    for text, typed in zip_longest(texts, _bytes(checkpoint, sizes)):
        # The tokenizer's tabs show the text, and the model's the ids that are typed over its own.
        prompt = next(beginnings) if text is None else text
        found.append(replace(typed or Probe(""), why="characters and bytes", prompt=prompt))
    found += _limits(vocabulary, sizes, beginnings)
    if not has_controls:
        return tuple(replace(probe, controls={}) for probe in found)
    return (*found, *_draws(checkpoint, sizes, beginnings))


def _limits(vocabulary: Vocabulary, sizes: Sizes, beginnings: Iterator[str]) -> Iterator[Probe]:
    """Prompts that are empty, or by one too long in each way there is; controls too."""
    T, B, G, V = sizes.T, sizes.max_bytes, sizes.G, sizes.V
    names = list(vars(Controls()))
    yield Probe("nothing", "", dict.fromkeys(names, ""))
    text = ((next(beginnings) + "é日😀é" * B).encode("utf-8")[: B + 1]).decode("utf-8", "ignore")
    text += "a" * (B + 1 - len(text.encode("utf-8")))
    if len(text) <= B:
        yield Probe("too many bytes", text, dict.fromkeys(names, -1))
    yield from _wrong_ids(sizes, beginnings)
    prose = (next(beginnings) + PROSE * B)[: max(0, B - 3)]
    above = {"new_tokens": G + 1, "top_k": V + 1, "top_p": 2, "seed": LARGEST_SEED + 1}
    above |= {"sampling_number": G + 1, "score": 2}
    yield Probe("too many characters", prose + "'lls", above)
    # Every byte a word and a token: as many merging steps as can be. LibreOffice is given texts
    # with a tab or carriage return in another way than those with line feeds alone, as here.
    each = ("a!a\n" * B)[:B]
    yield Probe("as many tokens as bytes", each)
    zeros = {**dict.fromkeys(names, 0), "top_k": V}
    limits = {"more tokens than positions": sizes.n_positions, "too many tokens": T}
    for why, most in limits.items():
        many = with_tokens(vocabulary, next(beginnings) + each, most + 1, B)
        if len(encode(vocabulary, many)) > most:
            yield Probe(why, many, zeros)


def _wrong_ids(sizes: Sizes, beginnings: Iterator[str]) -> Iterator[Probe]:
    """Ids that the vocabulary lacks, in the first row and in others, and ids below empty rows."""
    V = sizes.V
    rows: list[tuple[Value, ...]] = [
        (V - 1, "", 0, "abc", -1, 0.5, V),
        *(("abc",), (-1,), (V,), (0, 0.5), (V - 1, 0, V), (0, -1), ("", 0)),
    ]
    for ids in rows[: 2 + sizes.T // 4]:
        yield Probe("ids that are none", next(beginnings), token_ids=ids[: sizes.T])


def _draws(checkpoint: Checkpoint, sizes: Sizes, beginnings: Iterator[str]) -> Iterator[Probe]:
    """New tokens drawn after all rows of tokens, and after one of them."""
    G = sizes.G
    text = _full(checkpoint.vocabulary, sizes, next(beginnings))
    both = {"new_tokens": G, "temperature": 1.5, "top_k": min(40.5, sizes.V), "top_p": 0.9}
    ids = encode(checkpoint.vocabulary, text)
    chosen = max(
        (Controls(**both, seed=seed) for seed in (LARGEST_SEED, 1, 2, 3, 4)),
        key=lambda controls: len(generate(checkpoint, sizes, ids, controls).ids),
    )
    shown = {"seed": chosen.seed, "score": 1, "sampling_number": min(2, G)}
    yield Probe("every row, top-k and top-p", text, {**both, **shown})
    top_k = _cut_at_the_first(_logits(checkpoint, encode(checkpoint.vocabulary, "a")))
    share = {"new_tokens": max(1, G - 0.5), "temperature": 1, "top_k": top_k, "top_p": 0.5}
    few = {"seed": 5.5, "score": 1, "sampling_number": 1.5}
    yield Probe("one token, top-p", "a", {**share, **few})
    few_tokens = (
        with_tokens(checkpoint.vocabulary, beginning + "!b", sizes.T, sizes.max_bytes)
        for beginning in beginnings
    )
    # So hot that all tokens are alike: half of them have just the share that is asked for.
    hot = {"new_tokens": 1, "temperature": 1e300, "top_k": 0, "top_p": sizes.V // 2 / sizes.V}
    hot |= {"seed": PRIME, "score": 1}
    yield Probe("just half of the tokens", next(few_tokens), hot)
    yield _with_ties(checkpoint, sizes, _full(checkpoint.vocabulary, sizes, next(beginnings)))
    end = {*checkpoint.vocabulary.end_ids}
    typed = as_typed(by_score(checkpoint, scores(checkpoint.vocabulary, end)))
    ended = {"new_tokens": G, "temperature": 0, "score": 1}
    yield Probe("a text that ends at once", next(few_tokens), ended, weights=typed)


def _full(vocabulary: Vocabulary, sizes: Sizes, beginning: str) -> str:
    """A prompt that fills all rows of tokens, if it has as many bytes."""
    prose = beginning + PROSE * sizes.max_bytes
    return with_tokens(vocabulary, prose, sizes.T, sizes.max_bytes)


def _bytes(checkpoint: Checkpoint, sizes: Sizes) -> Iterator[Probe]:
    """Token ids, a byte each, that no prompt gives; texts that end inside a character."""
    byte_tokens = checkpoint.vocabulary.byte_tokens
    rows: list[tuple[int, ...]] = [()]
    for part in BYTES:
        ids = tuple(byte_tokens[byte] for byte in part)[: sizes.T]
        if len(rows[-1]) + len(ids) > sizes.T:
            rows.append(())
        rows[-1] += ids
    for ids, first_bytes in zip(rows, cycle(_FIRST_BYTES)):
        wanted = {byte_tokens[byte] for byte in first_bytes}
        # All tokens but one take part; the text is scored, as long as it is.
        drawn = Controls(new_tokens=1, temperature=100, top_k=sizes.V - 1, top_p=1, score=1)
        controls = {**vars(drawn), "seed": _seed(checkpoint, sizes, ids, drawn, wanted)}
        yield Probe("", None, controls, ids)


def _seed(
    checkpoint: Checkpoint,
    sizes: Sizes,
    ids: Sequence[int],
    controls: Controls,
    wanted: Collection[int],
) -> int:
    """A seed that draws one of the wanted tokens after some ids; 0 where none was found."""
    logits = _logits(checkpoint, ids)
    sampling = controls.sampling(sizes.V)
    seeds = (
        seed
        for seed in range(_SEEDS)
        if sample(logits, replace(sampling, seed=seed), len(ids), sizes.S).token_id in wanted
    )
    return next(seeds, 0)


def _cut_at_the_first(logits: NDArray[np.float64]) -> int:
    """A top-k whose cut tells the first logit from the empty cell behind the last, which is 0."""
    rank = 1 + int((logits > logits[0]).sum())
    return rank if logits[0] < 0 else min(rank + 1, logits.size)


def _with_ties(checkpoint: Checkpoint, sizes: Sizes, text: str) -> Probe:
    """Tokens whose logits are equal, and cuts between them; the text ends inside a character."""
    vocabulary, G = checkpoint.vocabulary, sizes.G
    begun = {vocabulary.byte_tokens[byte] for byte in _FIRST_BYTES[1]}
    weights = by_score(checkpoint, scores(vocabulary, {0}, begun))
    other, ids = checkpoint.with_overrides(weights), encode(vocabulary, text)
    # Both cuts, after six tokens and two of them, are between those that share the second score.
    cut = Controls(new_tokens=G, temperature=100, top_k=min(6, sizes.V), top_p=0.2, score=1)
    for seed in range(_SEEDS_OF_TEXTS):
        cut = replace(cut, seed=seed)
        rows = [*ids, *generate(other, sizes, ids, cut).ids]
        if rows[-1] in begun and rows[-2] not in begun:
            break
    return Probe("tokens with one score", text, vars(cut), weights=as_typed(weights))


def _logits(checkpoint: Checkpoint, ids: Sequence[int]) -> NDArray[np.float64]:
    """The logits of the token that follows."""
    return forward(checkpoint, ids, Zones.of(len(ids)), 1)["logits"][:, 0]
