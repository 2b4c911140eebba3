"""Labels of tokens and characters: what can't be seen or stored is replaced."""

from __future__ import annotations

import re
from functools import cache

#: Signs for common white space.
_SIGNS = {" ": "·", "\n": "↵", "\t": "→", "\r": "␍"}

#: First and last code points of characters that have no visible form of their own.
UNPRINTABLE: tuple[tuple[int, int], ...] = (
    (0x00, 0x1F),  # control characters
    (0x7F, 0xA0),  # delete, control characters, no-break space
    (0xAD, 0xAD),  # soft hyphen
    (0x2000, 0x200F),  # wide and narrow spaces, zero width, directions
    (0x2028, 0x202F),  # line and paragraph separators, directions
    (0x205F, 0x206F),  # mathematical space, invisible operators, directions
    (0x3000, 0x3000),  # ideographic space
    (0xD800, 0xF8FF),  # surrogates, private use
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFF0, 0xFFFB),  # specials
    (0xFFFE, 0xFFFF),  # noncharacters
    (0xE0000, 0x10FFFF),  # tags, variation selectors, private use
)

#: bytes.decode turns a byte that is not UTF-8 into U+DC00 + byte ("surrogateescape", PEP 383).
_SURROGATE_ESCAPE = 0xDC00

#: Replaces bytes that are not UTF-8, and characters that a cell can't hold.
REPLACEMENT = "\ufffd"

#: Characters that XML 1.0 (2.2 Characters) can't hold, and the carriage return, which it changes.
_NOT_IN_FILES = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")

#: Characters that no cell can hold, even as the result of a formula.
_NOT_IN_FORMULAS = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")


def is_printable(code_point: int) -> bool:
    """Whether a character is visible by itself; the space is not."""
    return code_point != 0x20 and not any(a <= code_point <= b for a, b in UNPRINTABLE)


def character_label(code_point: int) -> str:
    """A character as the tab Characters shows it: itself, a sign, or <U+0007> for a control."""
    character = chr(code_point)
    control = code_point < 0x20 or 0x7F <= code_point <= 0x9F  # Unicode's category Cc
    return _SIGNS.get(character, f"<U+{code_point:04X}>" if control else character)


def word_label(word: str) -> str:
    """A word with signs for its white space."""
    return "".join(_SIGNS.get(character, character) for character in word)


@cache  # a vocabulary has a million characters, few of them different
def _visible(character: str) -> str:
    code_point = ord(character)
    if is_printable(code_point):
        return character
    if character in _SIGNS:
        return _SIGNS[character]
    escaped = _SURROGATE_ESCAPE < code_point <= _SURROGATE_ESCAPE + 0xFF
    data = bytes([code_point - _SURROGATE_ESCAPE]) if escaped else character.encode("utf-8")
    return "".join(f"<{byte:02X}>" for byte in data)


def bytes_label(data: bytes) -> str:
    """Bytes in visible form: UTF-8 as characters, signs for white space, the rest as <E2>."""
    return "".join(map(_visible, data.decode("utf-8", "surrogateescape")))


def bytes_text(data: bytes) -> str:
    """Bytes as text that a file can hold in a cell; U+FFFD replaces what it can't hold."""
    return file_text(data.decode("utf-8", "replace"))


def file_text(text: str) -> str:
    """A text as a file can hold it in a cell; U+FFFD replaces what it can't hold."""
    return _NOT_IN_FILES.sub(REPLACEMENT, text)


def formula_text(text: str) -> str:
    """A text as a formula can return it: with control characters, unlike in a file."""
    return _NOT_IN_FORMULAS.sub(REPLACEMENT, text)
