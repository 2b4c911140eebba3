"""The functions of `formulas`, our replacements, and how each treats arrays."""

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


class ArrayKind(Enum):
    """How a function treats arrays."""

    ELEMENTWISE = "each result depends on the arguments at its own position"
    LOOKUP = "elementwise, except for one argument that is searched as a whole"
    REDUCTION = "one result from all values of the arguments"


@dataclass(frozen=True)
class Traits:
    """The properties of a function; `table` is the argument that a lookup searches."""

    kind: ArrayKind
    table: int = -1


_ELEMENTWISE = (
    "IF IFERROR EXP TANH SQRT LN ABS INT MOD ROUND NOT ISNUMBER ISTEXT "
    "LEN MID LEFT RIGHT FIND SUBSTITUTE REPT EXACT CODE CHAR UNICODE UNICHAR"
).split()
_REDUCTIONS = "SUM SUMSQ MIN MAX COUNT AVERAGE VARP SUMPRODUCT AND OR".split()
_LOOKUPS = {"INDEX": 0, "MATCH": 1, "LARGE": 0, "SMALL": 0, "COUNTIF": 0, "VLOOKUP": 1}
_OPERATORS = ("+", "-", "U-", "U+", "*", "/", "^", "%", "&", "=", "<>", "<", "<=", ">", ">=")

#: Functions that need the address of their argument; here only values are passed.
_OF_REFERENCES = {"ROW", "COLUMN", "AREAS", "ISREF", "ISFORMULA", "SINGLE", "OFFSET", "INDIRECT"}


#: Functions of which one call may take unlimited time or memory: for numbers such as a billion, for
#: regular expressions with exponential backtracking, for the texts of many cells joined.
_UNBOUNDED = set(
    "DB FACT PERCENTRANK.EXC PERMUT PERMUTATIONA XMATCH REGEXEXTRACT REGEXREPLACE REGEXTEST "
    "CONCAT TEXTJOIN".split()
)


@functools.cache
def install() -> Mapping[Function, Traits]:
    """Put our functions into the registry of `formulas`, and return the traits of functions."""
    functions = formulas.get_functions()
    functions.update(
        {
            "MATCH": lookup.fast_match(functions["MATCH"]),
            "MMULT": lookup.fast_mmult(functions["MMULT"]),
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
            "CONCATENATE": text.limited_concatenate(functions["CONCATENATE"]),
            "LEN": text.LEN,
            "REPT": text.REPT,
            "SUBSTITUTE": text.SUBSTITUTE,
            "UNICODE": text.UNICODE,
            "UNICHAR": text.UNICHAR,
        }
    )
    OPERATORS["^"] = numbers.POWER_OPERATOR
    for name, ufunc in arrays.ARITHMETIC.items():
        OPERATORS[name] = arrays.vectorized(OPERATORS[name], ufunc)
    for name, ufunc in arrays.COMPARISONS.items():
        OPERATORS[name] = arrays.vectorized(OPERATORS[name], ufunc, truth=False)
    for name, ufunc in arrays.FUNCTIONS.items():
        functions[name] = arrays.vectorized(_function(name), ufunc)
    functions["IF"] = arrays.vectorized_if(_function("IF"))
    OPERATORS["&"] = text.CONCATENATION
    traits = {OPERATORS[name]: Traits(ArrayKind.ELEMENTWISE) for name in _OPERATORS}
    traits |= {_function(name): Traits(ArrayKind.ELEMENTWISE) for name in _ELEMENTWISE}
    traits |= {_function(name): Traits(ArrayKind.REDUCTION) for name in _REDUCTIONS}
    traits |= {_function(name): Traits(ArrayKind.LOOKUP, at) for name, at in _LOOKUPS.items()}
    return traits


def exists(name: str) -> bool:
    """Whether a function can be computed."""
    function = formulas.get_functions().get(name.upper())
    plain = name.upper().removeprefix("_XLFN.")
    return function not in (None, not_implemented) and plain not in _OF_REFERENCES | _UNBOUNDED


def _function(name: str) -> Function:
    """A function of the registry, where some are in a dictionary with options."""
    entry: Any = formulas.get_functions()[name]
    function: Function = entry["function"] if isinstance(entry, dict) else entry
    return function
