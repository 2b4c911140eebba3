"""The functions that formulas call: those of `formulas`, ours in their place, and of what kind."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import formulas
from formulas.functions import not_implemented
from formulas.functions.operators import OPERATORS

from xlgpt2.engines.formulas import functions_arrays as arrays
from xlgpt2.engines.formulas import functions_lookup as lookup
from xlgpt2.engines.formulas import functions_numbers as numbers
from xlgpt2.engines.formulas import functions_ranges as ranges
from xlgpt2.engines.formulas import functions_text as text
from xlgpt2.engines.formulas.grid import Function


class Kind(Enum):
    """How a function treats many cells at once."""

    EACH = "each result hangs on the arguments in its own place"
    TABLE = "like EACH, but for one argument that is searched as a whole"
    WHOLE = "one result from all that the arguments hold"


@dataclass(frozen=True)
class Traits:
    """What is known of a function; `table` is the argument that a TABLE function searches."""

    kind: Kind
    table: int = -1


_EACH = (
    "IF IFERROR EXP TANH SQRT LN ABS INT MOD ROUND NOT ISNUMBER ISTEXT "
    "LEN MID LEFT RIGHT FIND SUBSTITUTE REPT EXACT CODE CHAR UNICODE UNICHAR"
).split()
_WHOLE = "SUM SUMSQ MIN MAX COUNT AVERAGE VARP SUMPRODUCT AND OR".split()
_TABLE = {"INDEX": 0, "MATCH": 1, "LARGE": 0, "SMALL": 0, "COUNTIF": 0, "VLOOKUP": 1}
_OPERATORS = ("+", "-", "U-", "U+", "*", "/", "^", "%", "&", "=", "<>", "<", "<=", ">", ">=")

#: They need to know where their argument stands; we pass values only.
_OF_REFERENCES = {"ROW", "COLUMN", "AREAS", "ISREF", "ISFORMULA", "SINGLE", "OFFSET", "INDIRECT"}


#: One call of them can take longer than anybody waits, or more memory than there is: for numbers
#: such as a billion, for patterns that are tried in all ways, for texts of many cells joined.
_UNBOUNDED = set(
    "DB FACT PERCENTRANK.EXC PERMUT PERMUTATIONA XMATCH REGEXEXTRACT REGEXREPLACE REGEXTEST "
    "CONCAT TEXTJOIN".split()
)


@functools.cache
def install() -> Mapping[Function, Traits]:
    """Put our functions into the registry of `formulas`, and say how each function behaves."""
    functions = formulas.get_functions()
    functions.update(
        {
            "MATCH": lookup.match_after(functions["MATCH"]),
            "MMULT": lookup.mmult_after(functions["MMULT"]),
            "INDEX": lookup.index,
            "ROWS": lookup.rows,
            "COLUMNS": lookup.columns,
            "SUM": ranges.SUM,
            "SUMSQ": ranges.SUM_OF_SQUARES,
            "MIN": ranges.MIN,
            "MAX": ranges.MAX,
            "AVERAGE": ranges.AVERAGE,
            "VARP": ranges.VARP,
            "VAR.P": ranges.VARP,
            "COUNT": ranges.count,
            "SUMPRODUCT": ranges.sum_product,
            "ISNUMBER": numbers.IS_NUMBER,
            "INT": numbers.INT,
            "ROUND": numbers.ROUND,
            "ROUNDUP": numbers.ROUND_AWAY,
            "ROUNDDOWN": numbers.ROUND_DOWNWARDS,
            "TRUNC": numbers.ROUND_DOWNWARDS,
            "CODE": text.CODE,
            "CONCATENATE": text.concatenate_after(functions["CONCATENATE"]),
            "LEN": text.LEN,
            "REPT": text.REPT,
            "SUBSTITUTE": text.SUBSTITUTE,
            "UNICODE": text.UNICODE,
            "UNICHAR": text.UNICHAR,
        }
    )
    OPERATORS["^"] = numbers.POWER_OPERATOR
    for name, ours in arrays.ARITHMETIC.items():
        OPERATORS[name] = arrays.at_once(OPERATORS[name], ours)
    for name, ours in arrays.COMPARISONS.items():
        OPERATORS[name] = arrays.at_once(OPERATORS[name], ours, truth=False)
    for name, ours in arrays.FUNCTIONS.items():
        functions[name] = arrays.at_once(_function(name), ours)
    functions["IF"] = arrays.choice_after(_function("IF"))
    OPERATORS["&"] = text.JOINED
    traits = {OPERATORS[name]: Traits(Kind.EACH) for name in _OPERATORS}
    traits |= {_function(name): Traits(Kind.EACH) for name in _EACH}
    traits |= {_function(name): Traits(Kind.WHOLE) for name in _WHOLE}
    traits |= {_function(name): Traits(Kind.TABLE, at) for name, at in _TABLE.items()}
    return traits


def exists(name: str) -> bool:
    """Whether a function can be computed."""
    found = formulas.get_functions().get(name.upper())
    plain = name.upper().removeprefix("_XLFN.")
    return found not in (None, not_implemented) and plain not in _OF_REFERENCES | _UNBOUNDED


def _function(name: str) -> Function:
    """A function of the registry; it holds some of them with directions for its own use."""
    found: Any = formulas.get_functions()[name]
    function: Function = found["function"] if isinstance(found, dict) else found
    return function
