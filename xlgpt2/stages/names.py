"""Names that spreadsheets accept for a range or a tab, and addresses of cells."""

from __future__ import annotations

import re
from collections.abc import Mapping

from xlgpt2.errors import RefusedNameError, TemplateError
from xlgpt2.formula.symbols import substitute

# Excel rejects names that are a cell in A1 notation, the letters r and c, and names that begin with
# a cell, row or column in R1C1 notation (MS-XLSB 2.5.166): r1_scores, c2_total.
_CELL = re.compile(r"[a-z]{1,3}\d{1,7}|rc?|c|(r\d+|rc\d+|c\d+).*", re.IGNORECASE)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,254}")


def check_name(name: str) -> None:
    """Raise RefusedNameError if a range can't have this name."""
    if _NAME.fullmatch(name) is None or _CELL.fullmatch(name):
        raise RefusedNameError(
            "name: expected lowercase letters, digits and underscores that do not "
            f"form a cell reference, got {name!r}",
            "choose a name such as token_ids: spreadsheets read names such as x1 or "
            "r1_a as cell references",
        )


def check_tab(name: str) -> None:
    """Raise RefusedNameError if a tab can't have this name."""
    if not 1 <= len(name) <= 31 or re.search(r"[][:*?/\\]", name) or name.strip("'") != name:
        raise RefusedNameError(
            f"tab: expected 1 to 31 characters without [ ] : * ? / \\, and no ' at the ends, "
            f"got {name!r}",
            "fix the tab's name in its template",
        )


def cell_at(address: str, symbols: Mapping[str, int]) -> str:
    """An address of a template with its symbols filled in: C{12+9*turn} becomes C12, C21, ...

    Raises TemplateError if it is then not a cell.
    """
    filled = substitute(address, symbols)
    if re.fullmatch(r"[A-Z]{1,2}[1-9]\d{0,4}", filled) is None:
        raise TemplateError(
            f"at: expected a cell such as C5, got {filled}",
            f"the symbols are {', '.join(sorted(symbols)) or 'none'}",
        )
    return filled


def with_names(formula: str, names: Mapping[str, str]) -> str:
    """The text of a formula with a family's own names of ranges.

    `names` maps names in templates of all families to these: {final_norm[i]} becomes {ln_f[i]}.
    """
    for alias, name in names.items():
        for end in ("}", "["):
            formula = formula.replace(f"{{{alias}{end}", f"{{{name}{end}")
    return formula
