"""The lesson BPE training: pairs counted in tuples of symbols, as in Sennrich et al. (2016)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from xlgpt2.cells.values import Cells, CellValue, column, grid, single
from xlgpt2.reference.lessons.verdicts import own_verdict, verdict

PASSES = 10

#: The most letters of a word, and the most symbols that it is cut into: one ends it.
LETTERS = 8
SYMBOLS = LETTERS + 1

#: The words whose first merge the exercise compares with that of all words.
FIRST_WORDS = 4

_END = "_"

_MOST_TIMES = 999

#: From here on code points may be halves of characters; programs count them differently.
_FIRST_REFUSED = 0xD800

#: What stands for the code of such a letter, and of those after it.
_REFUSED = 99_999.0

#: The row with a problem, if there is none.
_NO_ROW = 99

#: A word as its symbols.
Symbols = tuple[str, ...]

Pair = tuple[str, str]

MESSAGES = (
    "a word is text, not a number. It is left out.",
    "a word has no spaces. It is left out.",
    "a word has letters, no emoji or special characters. It is left out.",
    "a word has at most 8 letters. It is left out.",
    "it occurs a whole number of times, from 0 to 999. It is left out.",
)


@dataclass(frozen=True)
class Pass:
    """One pass: the words before it, how often each pair occurs, and the pair that it merges."""

    words: tuple[Symbols, ...]
    counts: Mapping[Pair, int]
    pair: Pair | None

    @property
    def most(self) -> int:
        """The largest count."""
        return max(self.counts.values(), default=0)


def trace(contents: Mapping[str, Cells]) -> dict[str, Cells]:
    """All ranges of the tab, for the contents of its yellow cells."""
    words = [row[0] for row in contents["bpe_words"].tolist()]
    times = [row[0] for row in contents["bpe_times"].tolist()]
    problems = [_problem(word, count) for word, count in zip(words, times, strict=True)]
    used = [
        ("", 0) if problem or word == "" else (str(word), int(count))
        for word, count, problem in zip(words, times, problems, strict=True)
    ]
    passes = train(used, PASSES + 1)
    show = contents["bpe_show"][0, 0]
    return {
        **_checked(words, problems, show),
        "bpe_clean_words": column([word for word, _ in used]),
        "bpe_clean_times": column([count for _, count in used]),
        **_shown(passes, show),
        **_first_screen(passes, used),
        **{name: cells for k in range(PASSES) for name, cells in _pass(k, passes[k]).items()},
        **{f"bpe_symbols_{k}": _cells(p.words, SYMBOLS) for k, p in enumerate(passes)},
        **_exercise(passes[0], used),
        "bpe_training_own_verdict": single(
            own_verdict(contents["bpe_training_own"][0, 0], _first_count(passes[0]))
        ),
    }


def train(words: Sequence[tuple[str, int]], passes: int) -> list[Pass]:
    """The passes over words, each with how often it occurs; "" is no word."""
    state = tuple((*word, _END) if word else () for word, _ in words)
    result = []
    for _ in range(passes):
        counts: Counter[Pair] = Counter()
        for symbols, (_, times) in zip(state, words, strict=True):
            for neighbours in pairwise(symbols):
                counts[neighbours] += times
        # Of equal counts `max` takes the pair that was counted first: the first in reading order.
        frequent = max(counts, key=counts.__getitem__, default=None)
        pair = frequent if frequent is not None and counts[frequent] > 0 else None
        result.append(Pass(state, counts, pair))
        state = tuple(merged(symbols, pair) for symbols in state)
    return result


def merged(symbols: Symbols, pair: Pair | None) -> Symbols:
    """A word with a pair merged wherever it occurs, from the left."""
    result: list[str] = []
    rest = list(symbols)
    while rest:
        if pair is not None and tuple(rest[:2]) == pair:
            result.append("".join(pair))
            rest = rest[2:]
        else:
            result.append(rest.pop(0))
    return tuple(result)


def _pass(k: int, of: Pass) -> dict[str, Cells]:
    """The ranges of one pass."""
    pairs = [list(pairwise(symbols)) for symbols in of.words]
    places: dict[Pair, int] = {}  # of each pair, the first
    for i, row in enumerate(pairs):
        for j, pair in enumerate(row):
            places.setdefault(pair, LETTERS * i + j + 1)
    # Without a merge all counts are 0, and the first place of all has the largest.
    first = 1 if of.pair is None else places[of.pair]
    starts, sources = zip(*(_starts(symbols, of.pair) for symbols in of.words), strict=True)
    return {
        f"bpe_pairs_{k}": _cells([[" ".join(pair) for pair in row] for row in pairs], LETTERS),
        f"bpe_counts_{k}": _numbers([[of.counts[pair] for pair in row] for row in pairs]),
        f"bpe_most_{k}": single(of.most),
        f"bpe_first_{k}": single(first),
        f"bpe_pair_{k}": single(_text(of.pair)),
        f"bpe_starts_{k}": _numbers(starts),
        f"bpe_from_{k}": grid(sources),
    }


def _starts(symbols: Symbols, pair: Pair | None) -> tuple[list[float], list[float]]:
    """Where a merged pair starts in a word, and the symbol from which each new one comes.

    Symbols after the last one come from places after it.
    """
    starts, sources = [0.0] * LETTERS, list[float]()
    place = 0
    while len(sources) < SYMBOLS:
        sources.append(place + 1.0)
        if pair is not None and symbols[place : place + 2] == pair:
            starts[place] = 1.0
            place += 1
        place += 1
    return starts, sources


def _first_screen(passes: Sequence[Pass], used: Sequence[tuple[str, int]]) -> dict[str, Cells]:
    needed = [
        sum(len(symbols) * times for symbols, (_, times) in zip(p.words, used, strict=True))
        for p in passes
    ]
    return {
        "bpe_merges": column([_text(p.pair) for p in passes[:PASSES]]),
        "bpe_merge_counts": column([p.most for p in passes[:PASSES]]),
        "bpe_needed": column(needed),
    }


def _shown(passes: Sequence[Pass], show: CellValue) -> dict[str, Cells]:
    """The words after the pass that is shown, and what it merged."""
    number = _shown_pass(show)
    shown = PASSES if number is None else number
    pair = passes[shown - 1].pair if shown else None
    return {
        "bpe_show_allowed": single(number is not None),
        "bpe_shown_pass": single(shown),
        "bpe_shown": _cells(passes[shown].words, SYMBOLS),
        "bpe_shown_pair": single(_text(pair)),
        "bpe_new_symbol": single("".join(pair or ())),
    }


def _shown_pass(show: CellValue) -> int | None:
    """The number of the pass to show, or None if it is none."""
    return _whole_number(show, PASSES)


def _exercise(first: Pass, used: Sequence[tuple[str, int]]) -> dict[str, Cells]:
    """The first merge of the first words alone, and the verdict on the fifth."""
    alone = train(used[:FIRST_WORDS], 1)[0]
    of_pass = _pass(0, alone)
    own = first.words[FIRST_WORDS]
    answered = alone.pair is not None and bool(own)
    pairs = pairwise(own)
    ties = [first.counts[pair] == first.most and pair != first.pair for pair in pairs]
    right = answered and first.pair != alone.pair
    return {
        "bpe_base_counts": of_pass["bpe_counts_0"],
        "bpe_base_most": single(alone.most),
        "bpe_base_first": of_pass["bpe_first_0"],
        "bpe_base_pair": single(_text(alone.pair)),
        "bpe_own_word": single(answered),
        "bpe_own_ties": _numbers([ties]),
        "bpe_first_times": column([t if i < FIRST_WORDS else 0 for i, (_, t) in enumerate(used)]),
        "bpe_training_verdict": single(verdict(right, answered and any(ties))),
    }


def _first_count(first: Pass) -> int:
    """How often the first two symbols of the first word are neighbours."""
    symbols = first.words[0]
    return first.counts[symbols[0], symbols[1]] if symbols else 0


def _checked(
    words: Sequence[CellValue], problems: Sequence[int], show: CellValue
) -> dict[str, Cells]:
    """What is wrong with the contents of the yellow cells."""
    bad = next((i for i, problem in enumerate(problems) if problem), None)
    message = ""
    if bad is not None:
        message = f"Word {bad + 1}: {MESSAGES[problems[bad] - 1]}"
    elif _shown_pass(show) is None:
        message = "Show pass: a whole number from 0 to 10, please. All passes are shown."
    places = np.arange(1.0, LETTERS * len(words) + 1)
    return {
        "bpe_message": single(message),
        "bpe_problem": column(problems),
        "bpe_bad_row": single(_NO_ROW if bad is None else bad + 1),
        "bpe_codes": _numbers([_codes(word) for word in words], SYMBOLS),
        "bpe_order": places.reshape(len(words), LETTERS),
    }


def _codes(word: CellValue) -> list[float]:
    """The code points of a word's first letters; from one on that is refused, all are that."""
    codes: list[float] = []
    for letter in word[:SYMBOLS] if isinstance(word, str) else "":
        if ord(letter) >= _FIRST_REFUSED:
            return [*codes, *[_REFUSED] * (SYMBOLS - len(codes))]
        codes.append(ord(letter))
    return codes


def _problem(word: CellValue, times: CellValue) -> int:
    """Which rule a word or its count breaks, from 1, or 0."""
    if not isinstance(word, str):
        return 1
    if not word:
        return 0
    broken = (
        any(ord(letter) < 33 for letter in word[:SYMBOLS]),
        any(ord(letter) >= _FIRST_REFUSED for letter in word[:SYMBOLS]),
        len(word) > LETTERS,
        _whole_number(times, _MOST_TIMES) is None,
    )
    return next((number for number, is_broken in enumerate(broken, 2) if is_broken), 0)


def _whole_number(value: CellValue, most: int) -> int | None:
    """A whole number from 0 to `most`; None for anything else."""
    if isinstance(value, (str, bool)) or not isinstance(value, (int, float)):
        return None
    return int(value) if value.is_integer() and 0 <= value <= most else None


def _text(pair: Pair | None) -> str:
    return " ".join(pair or ())


def _cells(rows: Sequence[Sequence[str]], width: int) -> Cells:
    """Rows of texts, filled up with blanks."""
    cells = grid(rows, width)
    return cells.astype(object)


def _numbers(rows: Sequence[Sequence[float]], width: int = LETTERS) -> Cells:
    """Rows of numbers, filled up with zeros."""
    return grid([[*row, *[0.0] * (width - len(row))] for row in rows])
