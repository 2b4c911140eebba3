"""Tokens back to text: their bytes joined, and decoded as far as whole characters go.

Source: `decode` of encoder.py (Radford et al. 2019), which shows U+FFFD for bytes that are no
UTF-8; here token by token, with the bytes that wait for the rest of their character.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from xlgpt2.cells.values import (
    Cells,
    Value,
    column,
    grid,
    single,
)
from xlgpt2.vocabulary.labels import (
    REPLACEMENT,
    file_text,
    formula_text,
)
from xlgpt2.vocabulary.vocabulary import Vocabulary, byte_alphabet

#: One to three bytes that begin a character and don't end it (Unicode 16.0, table 3-7). Python's
#: incremental decoder is no help: it waits after ED A0 too, which begins none.
_BEGUN = re.compile(
    rb"(?:[\xC2-\xDF]"
    rb"|\xE0[\xA0-\xBF]?|\xED[\x80-\x9F]?|[\xE1-\xEC\xEE\xEF][\x80-\xBF]?"
    rb"|\xF0(?:[\x90-\xBF][\x80-\xBF]?)?|\xF4(?:[\x80-\x8F][\x80-\xBF]?)?"
    rb"|[\xF1-\xF3][\x80-\xBF]{0,2})\Z"
)

#: First bytes from which on a character of UTF-8 has so many bytes (RFC 3629, section 3).
_LENGTHS = ((0xF0, 4), (0xE0, 3), (0xC2, 2))


@dataclass(frozen=True)
class Piece:
    """One token in a text: the bytes that waited for it, its own, and those that wait after it.

    `text` is what it adds; `spelling` is its own in vocab.json.
    """

    before: bytes
    own: bytes
    after: bytes
    text: str
    spelling: str

    @property
    def alone(self) -> str:
        """The token's text by itself."""
        return _cell_text(self.own.decode("utf-8", "replace"), self.own)

    @property
    def needed(self) -> int:
        """How many bytes the character has whose first bytes waited."""
        return _needed(self.before)

    @property
    def fitting(self) -> int:
        """How many of the waiting and own bytes that character takes."""
        joined = self.before + self.own
        most = min(self.needed, len(joined))
        return max(k for k in range(1, most + 1) if _fits(joined[:k]))

    @property
    def completed(self) -> str:
        """That character: itself, U+FFFD where a byte does not fit, or nothing while it waits."""
        joined = self.before + self.own
        if self.fitting < self.needed and self.after == joined:
            return ""
        return file_text(joined[: self.fitting].decode("utf-8", "replace"))


def pieces(vocabulary: Vocabulary, ids: Sequence[int]) -> list[Piece]:
    """Every token of a text, with what waits before and after it."""
    found, before = [], b""
    for token_id in ids:
        own = vocabulary.token_bytes(token_id)
        joined = before + own
        after = _left_over(joined)
        text = joined[: len(joined) - len(after)].decode("utf-8", "replace")
        spelling = vocabulary.tokens[token_id]
        found.append(Piece(before, own, after, _cell_text(text, own), spelling))
        before = after
    return found


def decoding_trace(
    vocabulary: Vocabulary,
    ids: Sequence[int],
    new_ids: Sequence[int],
    capacity: int,
    new: int,
    predicts: bool = True,
) -> dict[str, Cells]:
    """Every range of the tab Text for the tokens of a prompt, and for new ones from row T on.

    Shapes for T+G rows: [T+G, 1], [T+G, 4] joined_bytes, [T+G, 3] last_bytes, [1, 1] continued_*.
    Bytes that wait where a part ends wait down to the next token, or to the last row. Where nothing
    is predicted no text is continued.
    """
    known = pieces(vocabulary, [*ids, *new_ids])
    found = [
        *_padded(known[: len(ids)], capacity),
        *_padded(known[len(ids) :], new, known[len(ids) - 1].after if ids else b""),
    ]
    shown = [*_blanks(ids, capacity), *_blanks(new_ids, new)]
    count = itertools.count()
    left = found[-1].after
    text = "".join(piece.text for piece in found) + (REPLACEMENT if left else "")
    return {
        "text_ids": column(shown),
        "text_positions": column(["" if i == "" else next(count) for i in shown]),
        "text_labels": column(["" if i == "" else vocabulary.label(int(i)) for i in shown]),
        "token_spelling": column([piece.spelling for piece in found]),
        "token_texts": column([p.alone if p.own else "" for p in found]),
        **_joins(found),
        **_ends(found),
        "text_added": column([piece.text for piece in found]),
        "text_so_far": column(list(accumulate(piece.text for piece in found))),
        "continued_text": single(text if predicts else ""),
        "continued_message": single(_message(left) if predicts else ""),
    }


def _padded(found: Sequence[Piece], rows: int, before: bytes = b"") -> list[Piece]:
    """Tokens in so many rows; what waits after the last one waits in the rows below it."""
    left = found[-1].after if found else before
    return [*found, *[Piece(left, b"", left, "", "")] * (rows - len(found))]


def _blanks(ids: Sequence[int], rows: int) -> list[Value]:
    return [*ids, *[""] * (rows - len(ids))]


def _joins(found: Sequence[Piece]) -> dict[str, Cells]:
    """The columns that are blank where no bytes waited for the token."""
    waited = [piece if piece.before else None for piece in found]
    seen = [piece.own if piece.alone.startswith(REPLACEMENT) else b"" for piece in found]
    return {
        "joined": column([_letters(p.before) + p.spelling if p else "" for p in waited]),
        "joined_bytes": grid(
            [[*p.before + own][:4] if p else [] for p, own in zip(waited, seen, strict=True)], 4
        ),
        "character_bytes": column([p.needed if p else "" for p in waited]),
        "fitting_bytes": column([p.fitting if p else "" for p in waited]),
        "completed": column([p.completed if p else "" for p in waited]),
        "taken_bytes": column([p.fitting - len(p.before) if p else "" for p in waited]),
    }


def _ends(found: Sequence[Piece]) -> dict[str, Cells]:
    """The columns that are blank where a token's text does not end in U+FFFD, and what waits."""
    broken = [piece.own if piece.alone.endswith(REPLACEMENT) else b"" for piece in found]
    return {
        "last_bytes": grid([[""] * (3 - len(own)) + [*own[-3:]] for own in broken], 3),
        "begun_bytes": column([len(_left_over(own)) if own else "" for own in broken]),
        "waiting": column([_letters(piece.after) for piece in found]),
    }


def _message(left: bytes) -> str:
    """What the tab Prompt says of a text that ends inside a character."""
    if not left:
        return ""
    return (
        f"The text ends inside a character: {len(left)} of its {_needed(left)} bytes are there. "
        "It shows as � until the next token brings the others."
    )


def _needed(begun: bytes) -> int:
    """How many bytes a character has, by its first one."""
    return next(length for first, length in _LENGTHS if begun[0] >= first)


def _fits(data: bytes) -> bool:
    """Whether bytes are one character of UTF-8, or the first bytes of one."""
    try:
        return _BEGUN.fullmatch(data) is not None or len(data.decode("utf-8")) == 1
    except UnicodeDecodeError:
        return False


def _left_over(data: bytes) -> bytes:
    """The bytes at the end that begin a character and don't end it."""
    match = _BEGUN.search(data)
    return b"" if match is None else match.group()


def _letters(data: bytes) -> str:
    """Bytes as vocab.json spells them."""
    return "".join(byte_alphabet()[byte] for byte in data)


def _cell_text(text: str, own: bytes) -> str:
    """A text as its cell holds it: the formula makes the control characters of single bytes."""
    return formula_text(text) if len(own) == 1 else file_text(text)
