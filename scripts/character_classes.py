r"""Write xlgpt2/data/character_classes.csv: the character classes of GPT-2's word rule.

The rule of encoder.py (Radford et al. 2019) is
    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
so a character is a letter (category L*), a number (N*), white space or anything else.
Run with Python 3.14, or with any Python that has unicodedata2==16.0.0:

    python scripts/character_classes.py
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

#: The version of Unicode that the `tokenizers` library (0.23) splits words by.
UNICODE_VERSION = "16.0.0"

TARGET = Path(__file__).parents[1] / "xlgpt2" / "data" / "character_classes.csv"

#: The White_Space property, which \s means in Unicode mode (PropList.txt).
#: U+001C-001F are not in it, unlike in Python's str.isspace and \s.
WHITE_SPACE = frozenset(
    {0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}.union(
        range(0x09, 0x0E), range(0x2000, 0x200B)
    )
)


def unicode_data() -> ModuleType:
    """The character database: unicodedata2 if it is installed, else Python's own."""
    installed = importlib.util.find_spec("unicodedata2") is not None
    return importlib.import_module("unicodedata2" if installed else "unicodedata")


def class_of(code_point: int, data: ModuleType) -> str:
    """The class of a code point; surrogates and unassigned ones are "other"."""
    if code_point in WHITE_SPACE:
        return "space"
    category: str = data.category(chr(code_point))
    return {"L": "letter", "N": "number"}.get(category[0], "other")


def runs(data: ModuleType) -> list[tuple[int, str]]:
    """The first code point and the class of every run of one class, in order."""
    result: list[tuple[int, str]] = []
    for code_point in range(sys.maxunicode + 1):
        name = class_of(code_point, data)
        if not result or result[-1][1] != name:
            result.append((code_point, name))
    return result


def main() -> None:
    """Write the file; exit with an error if the character database has another version."""
    data = unicode_data()
    if data.unidata_version != UNICODE_VERSION:
        sys.exit(
            f"error: Unicode {UNICODE_VERSION} is needed, got {data.unidata_version}\n"
            f"hint: use Python 3.14 or install unicodedata2=={UNICODE_VERSION}"
        )
    lines = [f"# Unicode {UNICODE_VERSION}: first code point (hexadecimal) of a run, its class"]
    lines += [f"{start:04X},{name}" for start, name in runs(data)]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
