"""Probes: inputs that make a workbook's formulas compute every case.

A prompt reaches only some rows and some branches of the formulas. These inputs, made from a
workbook's own sizes and vocabulary, are few and together reach as many as possible.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, cycle, zip_longest

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
    OverrideRows,
    chosen_logits,
    override_rows,
    weights_for,
)
from xlgpt2.verification.laboratory_inputs import (
    SEVERAL_TOKENS,
    above_limits,
    between_numbers,
    coded_switches,
    in_the_first_block,
    odd_guess,
    of_two_tokens,
    wrong_switches,
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

#: Bytes of characters, the first and last of their kind, and bytes that are no characters.
BYTES = (
    *(b"\xc2\x80", b"\xdf\xbf", b"\xe0\xa0\x80", b"\xed\x9f\xbf", b"\xef\xbf\xbd"),
    *(b"\xf0\x90\x80\x80", b"\xf4\x8f\xbf\xbd", b"\xf1\xbf\x80\x80", b"\xee\x80\x80"),
    *(b"\xc2\x7f", b"\xc2\xc0", b"\xe0\x9f", b"\xed\xa0", b"\xe1\x80\x7f", b"\xe1\xbf\xc0"),
    *(b"\xef\xbf\xbe", b"\xf0\x8f", b"\xf4\x90", b"\xf1\x80\x7f", b"\xf1\x80\xc0"),
    *(b"\xf1\x80\x80\x7f", b"\xf1\x80\x80\xc0", b"\xc1", b"\xf5", b"\x80", b"\xbf"),
    *(b"\xef\xbf\xbc", b"\xef\xbe\xbf", b"\xe1\x80\xbf"),
    *(b"\x00", b"\x01", b"\x1f", b"\x20"),  # control characters, and the first character after them
)

#: The first bytes of characters of two, three and four bytes.
_FIRST_BYTES = (range(0xC2, 0xE0), range(0xE0, 0xF0), range(0xF0, 0xF5))

#: How many seeds are tried for a sampled token, and for a whole text, of a certain kind.
_SEEDS, _SEEDS_OF_TEXTS = 300, 60


@dataclass(frozen=True)
class Probe:
    """Inputs of a workbook, and why they were chosen; the others stay as they are in the file.

    `weights` are numbers that override whole ranges of weights, which gives another model.
    `switches` are those of the tab Switches, a row for each block: its MLP, then its heads.
    `overrides` are values that override any range, to tamper with the workbook.
    """

    why: str
    prompt: str | None = None
    controls: Mapping[str, Value] = field(default_factory=dict)
    token_ids: tuple[Value, ...] | None = None
    weights: Mapping[str, OverrideRows] = field(default_factory=dict)
    switches: OverrideRows = ()
    overrides: Mapping[str, OverrideRows] = field(default_factory=dict)

    def with_cells(self, names: Collection[str]) -> Probe:
        """The same without the controls that a workbook with these ranges has no cells for."""
        controls = {name: value for name, value in self.controls.items() if name in names}
        switches = self.switches if "switches" in names else ()
        return replace(self, controls=controls, switches=switches)

    def inputs(self, capacity: int) -> Inputs:
        """The inputs as cells, in a workbook of this capacity."""
        inputs: dict[str, list[list[Value]]] = {}
        if self.prompt is not None:
            inputs["prompt"] = [[self.prompt]]
        if self.token_ids is not None:
            ids = [value if isinstance(value, str) else float(value) for value in self.token_ids]
            inputs["token_ids"] = [[cell] for cell in ids + [""] * (capacity - len(ids))]
        for name, value in self.controls.items():
            inputs[name] = [[value if isinstance(value, str) else float(value)]]
        ranges = {**self.weights, **self.overrides}
        if self.switches:
            ranges["switches"] = self.switches
        return inputs | {name: [list(row) for row in rows] for name, rows in ranges.items()}


#: The file's own prompt and controls.
OWN_INPUTS = Probe("as saved")


def probes(checkpoint: Checkpoint, sizes: Sizes, has_controls: bool = True) -> tuple[Probe, ...]:
    """The inputs for a workbook of these sizes, the file's own first.

    A workbook of a split model has no controls: probes that only differ by them are left out.
    """
    vocabulary, beginnings = checkpoint.vocabulary, cycle(BEGINNINGS)
    parts = (*CHARACTERS, first_merge(vocabulary), *special_texts(vocabulary))
    texts = [*packed(parts, sizes.max_bytes, beginnings)]
    texts.append((next(beginnings) + "ab" * sizes.max_bytes)[: sizes.max_bytes])  # a long word
    result = [OWN_INPUTS]
    for text, probe in zip_longest(texts, _bytes(checkpoint, sizes)):
        # The tokenizer's tabs show the text, and the model's tabs the ids that override its own.
        prompt = next(beginnings) if text is None else text
        result.append(replace(probe or Probe(""), why="characters and bytes", prompt=prompt))
    result += _limits(vocabulary, sizes, beginnings)
    if not has_controls:
        return tuple(replace(probe, controls={}) for probe in result)
    return (*result, *_draws(checkpoint, sizes, beginnings))


def _limits(vocabulary: Vocabulary, sizes: Sizes, beginnings: Iterator[str]) -> Iterator[Probe]:
    """An empty prompt, and prompts and controls that exceed each limit by one."""
    T, B, G, V = sizes.T, sizes.max_bytes, sizes.G, sizes.V
    names = list(vars(Controls()))
    yield Probe("empty prompt", "", dict.fromkeys(names, ""))
    text = ((next(beginnings) + "é日😀é" * B).encode("utf-8")[: B + 1]).decode("utf-8", "ignore")
    text += "a" * (B + 1 - len(text.encode("utf-8")))
    if len(text) <= B:
        yield Probe("too many bytes", text, dict.fromkeys(names, -1))
    yield from _wrong_ids(vocabulary, sizes, beginnings)
    prose = (next(beginnings) + PROSE * B)[: max(0, B - 3)]
    above: dict[str, Value] = {
        "new_tokens": G + 1,
        "top_k": V + 1,
        "top_p": 2,
        "seed": LARGEST_SEED + 1,
    }
    above |= {"sampling_number": G + 1, "score": 2, "check": 2, "follow": 1}
    above |= above_limits(sizes)
    yield Probe("too many characters", prose + "'lls", above)
    # Every byte is a word and a token: the most merging steps. LibreOffice gets texts with a tab or
    # carriage return in another way than those with line feeds alone, as here.
    single_bytes = ("a!a\n" * B)[:B]
    yield Probe("as many tokens as bytes", single_bytes)
    zeros = {**dict.fromkeys(names, 0), "top_k": V}
    limits = {"more tokens than positions": sizes.n_positions, "too many tokens": T}
    for why, most in limits.items():
        many = with_tokens(vocabulary, next(beginnings) + single_bytes, most + 1, B)
        if len(encode(vocabulary, many)) > most:
            yield Probe(why, many, zeros)


def _wrong_ids(vocabulary: Vocabulary, sizes: Sizes, beginnings: Iterator[str]) -> Iterator[Probe]:
    """Ids that are not in the vocabulary, in the first row and in others, and ids below blanks.

    The first prompt, which the ids override, begins with a special token if one fits.
    """
    V = sizes.V
    special = next(special_texts(vocabulary), "")
    first = special if len(special.encode("utf-8")) <= sizes.max_bytes else next(beginnings)
    prompts = chain([first], beginnings)
    rows: list[tuple[Value, ...]] = [
        (V - 1, "", 0, "abc", -1, 0.5, V),
        *(("abc",), (-1,), (V,), (0, 0.5), (V - 1, 0, V), (0, -1), ("", 0)),
    ]
    for ids in rows[: 2 + sizes.T // 4]:
        yield Probe("invalid ids", next(prompts), token_ids=ids[: sizes.T])


def _draws(checkpoint: Checkpoint, sizes: Sizes, beginnings: Iterator[str]) -> Iterator[Probe]:
    """New tokens sampled after a full and after a short prompt."""
    G, vocabulary = sizes.G, checkpoint.vocabulary
    text = _full(checkpoint.vocabulary, sizes, next(beginnings))
    top_k_top_p = {"new_tokens": G, "temperature": 1.5, "top_k": min(40.5, sizes.V), "top_p": 0.9}
    ids = encode(checkpoint.vocabulary, text)
    longest = max(
        (Controls(**top_k_top_p, seed=seed) for seed in (LARGEST_SEED, 1, 2, 3, 4)),
        key=lambda controls: len(generate(checkpoint, sizes, ids, controls).ids),
    )
    other_controls: dict[str, Value] = {"score": 1, "sampling_number": min(2, G)}
    other_controls |= {"seed": longest.seed, **between_numbers(sizes, vocabulary)}
    other_controls["follow"] = max(0, sizes.T + G - 2)  # the last row
    blocks = len(checkpoint.blocks)
    codes = [coded_switches(blocks, sizes.H, bit) for bit in range(4)]
    controls = {**top_k_top_p, **other_controls}
    yield Probe("every row, top-k and top-p", text, controls, switches=codes[0])
    top_k = _cut_at_first_logit(_logits(checkpoint, encode(checkpoint.vocabulary, "a")))
    top_p = {"new_tokens": max(1, G - 0.5), "temperature": 1, "top_k": top_k, "top_p": 0.5}
    fractions: dict[str, Value] = {"seed": 5.5, "score": 1, "check": 0.5, "sampling_number": 1.5}
    fractions |= in_the_first_block(sizes, vocabulary)
    fractions["follow"] = 0.5
    yield Probe("one token, top-p", "a", {**top_p, **fractions}, switches=codes[1])
    short_prompts = (
        with_tokens(checkpoint.vocabulary, beginning + "!b", sizes.T, sizes.max_bytes)
        for beginning in beginnings
    )
    # At this temperature all tokens are equally probable: half of them have exactly top-p.
    uniform: dict[str, Value] = {
        "new_tokens": 1,
        "temperature": 1e300,
        "top_k": 0,
        "top_p": sizes.V // 2 / sizes.V,
    }
    uniform |= {"seed": PRIME, "score": 1, **of_two_tokens(vocabulary)}
    yield Probe("exactly half of the tokens", next(short_prompts), uniform, switches=codes[2])
    ties = _with_ties(checkpoint, sizes, _full(checkpoint.vocabulary, sizes, next(beginnings)))
    yield replace(ties, switches=codes[3])
    end_ids = {*checkpoint.vocabulary.end_ids}
    weights = weights_for(checkpoint, chosen_logits(checkpoint.vocabulary, end_ids))
    greedy: dict[str, Value] = {"new_tokens": G, "temperature": 0, "score": 1, "guess": ""}
    greedy |= {**above_limits(sizes), "lens": 1}
    yield Probe(
        "a text that ends immediately",
        next(short_prompts),
        greedy,
        weights=override_rows(weights),
        switches=wrong_switches(blocks, sizes.H),
    )


def _full(vocabulary: Vocabulary, sizes: Sizes, beginning: str) -> str:
    """A prompt that fills all rows of tokens, if enough bytes fit."""
    prose = beginning + PROSE * sizes.max_bytes
    return with_tokens(vocabulary, prose, sizes.T, sizes.max_bytes)


def _bytes(checkpoint: Checkpoint, sizes: Sizes) -> Iterator[Probe]:
    """Token ids of single bytes that no prompt gives; texts that end inside a character."""
    byte_tokens = checkpoint.vocabulary.byte_tokens
    rows: list[tuple[int, ...]] = [()]
    for part in BYTES:
        ids = tuple(byte_tokens[byte] for byte in part)[: sizes.T]
        if len(rows[-1]) + len(ids) > sizes.T:
            rows.append(())
        rows[-1] += ids
    for ids, first_bytes in zip(rows, cycle(_FIRST_BYTES)):
        targets = {byte_tokens[byte] for byte in first_bytes}
        # All tokens but one can be sampled; the whole text is scored.
        sampled = Controls(new_tokens=1, temperature=100, top_k=sizes.V - 1, top_p=1, score=1)
        seed = _seed(checkpoint, sizes, ids, sampled, targets)
        controls = {**vars(sampled), "seed": seed, "guess": SEVERAL_TOKENS}
        yield Probe("", None, controls, ids)


def _seed(
    checkpoint: Checkpoint,
    sizes: Sizes,
    ids: Sequence[int],
    controls: Controls,
    targets: Collection[int],
) -> int:
    """A seed that samples one of the target tokens after these ids; 0 if none was found."""
    logits = _logits(checkpoint, ids)
    sampling = controls.sampling(sizes.V)
    seeds = (
        seed
        for seed in range(_SEEDS)
        if sample(logits, replace(sampling, seed=seed), len(ids), sizes.S).token_id in targets
    )
    return next(seeds, 0)


def _cut_at_first_logit(logits: NDArray[np.float64]) -> int:
    """A top-k that separates the first logit from the blank cell after the last, which is 0."""
    rank = 1 + int((logits > logits[0]).sum())
    return rank if logits[0] < 0 else min(rank + 1, logits.size)


def _with_ties(checkpoint: Checkpoint, sizes: Sizes, text: str) -> Probe:
    """Tokens whose logits are equal, and cuts between them; the text ends inside a character."""
    vocabulary, G = checkpoint.vocabulary, sizes.G
    incomplete = {vocabulary.byte_tokens[byte] for byte in _FIRST_BYTES[1]}
    weights = weights_for(checkpoint, chosen_logits(vocabulary, {0}, incomplete))
    other, ids = checkpoint.with_overrides(weights), encode(vocabulary, text)
    # Both cuts, after six tokens and after two of them, separate tokens with the same logit.
    cut = Controls(new_tokens=G, temperature=100, top_k=min(6, sizes.V), top_p=0.2, score=1)
    # It has the same logit as the one before it.
    cut = replace(cut, guess=odd_guess(vocabulary))
    for seed in range(_SEEDS_OF_TEXTS):
        cut = replace(cut, seed=seed)
        rows = [*ids, *generate(other, sizes, ids, cut).ids]
        if rows[-1] in incomplete and rows[-2] not in incomplete:
            break
    return Probe("tokens with equal logits", text, vars(cut), weights=override_rows(weights))


def _logits(checkpoint: Checkpoint, ids: Sequence[int]) -> NDArray[np.float64]:
    """The logits of the next token."""
    return forward(checkpoint, ids, Zones.of(len(ids)), 1)["logits"][:, 0]
