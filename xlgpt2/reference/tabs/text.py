"""The tab Text: tokens back to text, their bytes joined and decoded one token at a time.

Source: `decode` of encoder.py (Radford et al. 2019), which shows U+FFFD for bytes that are not
UTF-8; here the bytes of an incomplete character are pending until the next token.
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

#: One to three bytes that begin a character without completing it (Unicode 16.0, table 3-7).
#: Python's incremental decoder does not help: it also waits after ED A0, which begins none.
_INCOMPLETE = re.compile(
    rb"(?:[\xC2-\xDF]"
    rb"|\xE0[\xA0-\xBF]?|\xED[\x80-\x9F]?|[\xE1-\xEC\xEE\xEF][\x80-\xBF]?"
    rb"|\xF0(?:[\x90-\xBF][\x80-\xBF]?)?|\xF4(?:[\x80-\x8F][\x80-\xBF]?)?"
    rb"|[\xF1-\xF3][\x80-\xBF]{0,2})\Z"
)

#: The lowest first byte of UTF-8 characters of each length (RFC 3629, section 3).
_LENGTHS = ((0xF0, 4), (0xE0, 3), (0xC2, 2))


@dataclass(frozen=True)
class DecodedToken:
    """A token in a text: the pending bytes before it, its own bytes, the pending ones after it.

    `text` is what it adds; `spelling` is the token's in vocab.json.
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
        """The number of bytes of the character whose first bytes are pending."""
        return _needed(self.before)

    @property
    def fitting(self) -> int:
        """The number of pending and own bytes that belong to that character."""
        joined = self.before + self.own
        most = min(self.needed, len(joined))
        return max(k for k in range(1, most + 1) if _fits(joined[:k]))

    @property
    def completed(self) -> str:
        """That character, U+FFFD if a byte does not fit, or "" while it is incomplete."""
        joined = self.before + self.own
        if self.fitting < self.needed and self.after == joined:
            return ""
        return file_text(joined[: self.fitting].decode("utf-8", "replace"))


def decoded_tokens(vocabulary: Vocabulary, ids: Sequence[int]) -> list[DecodedToken]:
    """Every token of a text, with the pending bytes before and after it."""
    tokens, before = [], b""
    for token_id in ids:
        own = vocabulary.token_bytes(token_id)
        joined = before + own
        after = _incomplete_end(joined)
        text = joined[: len(joined) - len(after)].decode("utf-8", "replace")
        spelling = vocabulary.tokens[token_id]
        tokens.append(DecodedToken(before, own, after, _cell_text(text, own), spelling))
        before = after
    return tokens


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
    Pending bytes stay pending over empty rows, to the next token or to the last row. If nothing is
    predicted, no text is continued.
    """
    tokens = decoded_tokens(vocabulary, [*ids, *new_ids])
    rows = [
        *_padded(tokens[: len(ids)], capacity),
        *_padded(tokens[len(ids) :], new, tokens[len(ids) - 1].after if ids else b""),
    ]
    id_cells = [*_blanks(ids, capacity), *_blanks(new_ids, new)]
    count = itertools.count()
    pending = rows[-1].after
    text = "".join(token.text for token in rows) + (REPLACEMENT if pending else "")
    return {
        "text_ids": column(id_cells),
        "text_positions": column(["" if i == "" else next(count) for i in id_cells]),
        "text_labels": column(["" if i == "" else vocabulary.label(int(i)) for i in id_cells]),
        "token_spelling": column([token.spelling for token in rows]),
        "token_texts": column([token.alone if token.own else "" for token in rows]),
        **_joins(rows),
        **_ends(rows),
        "text_added": column([token.text for token in rows]),
        "text_so_far": column(list(accumulate(token.text for token in rows))),
        "continued_text": single(text if predicts else ""),
        "continued_message": single(_message(pending) if predicts else ""),
    }


def _padded(tokens: Sequence[DecodedToken], rows: int, before: bytes = b"") -> list[DecodedToken]:
    """Tokens padded to `rows` rows, with the bytes pending after the last token."""
    pending = tokens[-1].after if tokens else before
    return [*tokens, *[DecodedToken(pending, b"", pending, "", "")] * (rows - len(tokens))]


def _blanks(ids: Sequence[int], rows: int) -> list[Value]:
    return [*ids, *[""] * (rows - len(ids))]


def _joins(rows: Sequence[DecodedToken]) -> dict[str, Cells]:
    """The columns that are blank where no bytes are pending before the token."""
    tokens = [token if token.before else None for token in rows]
    broken = [token.own if token.alone.startswith(REPLACEMENT) else b"" for token in rows]
    return {
        "joined": column([_letters(t.before) + t.spelling if t else "" for t in tokens]),
        "joined_bytes": grid(
            [[*t.before + own][:4] if t else [] for t, own in zip(tokens, broken, strict=True)], 4
        ),
        "character_bytes": column([t.needed if t else "" for t in tokens]),
        "fitting_bytes": column([t.fitting if t else "" for t in tokens]),
        "completed": column([t.completed if t else "" for t in tokens]),
        "taken_bytes": column([t.fitting - len(t.before) if t else "" for t in tokens]),
    }


def _ends(rows: Sequence[DecodedToken]) -> dict[str, Cells]:
    """The columns that are blank unless a token's text ends in U+FFFD, and the pending bytes."""
    broken = [token.own if token.alone.endswith(REPLACEMENT) else b"" for token in rows]
    return {
        "last_bytes": grid([[""] * (3 - len(own)) + [*own[-3:]] for own in broken], 3),
        "begun_bytes": column([len(_incomplete_end(own)) if own else "" for own in broken]),
        "waiting": column([_letters(token.after) for token in rows]),
    }


def _message(pending: bytes) -> str:
    """The message on the tab Prompt for a text that ends inside a character."""
    if not pending:
        return ""
    return (
        f"The text ends inside a character: {len(pending)} of its {_needed(pending)} bytes "
        "are there. It is shown as � until the next tokens complete it."
    )


def _needed(character: bytes) -> int:
    """The number of bytes of a character, by its first byte."""
    return next(length for first, length in _LENGTHS if character[0] >= first)


def _fits(data: bytes) -> bool:
    """Whether bytes are one UTF-8 character, or the first bytes of one."""
    try:
        return _INCOMPLETE.fullmatch(data) is not None or len(data.decode("utf-8")) == 1
    except UnicodeDecodeError:
        return False


def _incomplete_end(data: bytes) -> bytes:
    """The bytes at the end that begin a character without completing it."""
    match = _INCOMPLETE.search(data)
    return b"" if match is None else match.group()


def _letters(data: bytes) -> str:
    """Bytes as vocab.json spells them."""
    return "".join(byte_alphabet()[byte] for byte in data)


def _cell_text(text: str, own: bytes) -> str:
    """A text as its cell holds it: for single bytes, formulas make the control characters."""
    return formula_text(text) if len(own) == 1 else file_text(text)
