"""The precision of written weights: the dtype they are rounded to, and the digits of their text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

import numpy as np
import orjson
from numpy.typing import NDArray

from xlgpt2.checkpoint.tensors import Tensor, Weights, chunks
from xlgpt2.errors import LimitError

Dtype = Literal["float32", "float16", "bfloat16", "int8"]
DTYPES: tuple[Dtype, ...] = get_args(Dtype)

#: The numbers of cells: float32, float64 or int8; their shortest text is written.
Written = NDArray[Any]
Numbers = NDArray[np.float64]

#: A signed byte without -128, so that the range is symmetric.
_LARGEST_INT8 = 127

#: Decimals that identify a float16 need at most 5 digits, a bfloat16 at most 4 (11 and 8 bits).
_MOST_DIGITS = 5

# Powers of ten up to this one are float64 numbers without rounding.
_EXACT_POWER = 22


@dataclass(frozen=True)
class Precision:
    """The dtype that weights are rounded to, and to how many digits, if not to the shortest text.

    float32 writes the shortest decimal that identifies the float32; float16 and bfloat16 round
    first and write the shortest decimal that identifies the rounded number. int8 writes integers
    from -127 to 127 for the matrices, with a scale for each column beside them.
    """

    dtype: Dtype = "float32"
    digits: int | None = None

    def __post_init__(self) -> None:
        if self.digits is not None and not 1 <= self.digits <= 9:
            raise LimitError(
                f"digits: expected 1 to 9, got {self.digits}",
                "choose --digits 1 to 9, or omit it for the fewest digits that "
                "identify each float32",
            )

    @property
    def scaled(self) -> bool:
        """Whether matrices have a scale for each column."""
        return self.dtype == "int8"

    def written(self, numbers: Weights) -> Written:
        """The cells of some float32 numbers, in the same shape; raises LimitError."""
        result: Written = numbers
        if self.dtype == "bfloat16":
            result = _half_decimals("bfloat16")[_bfloat16_bits(numbers)]
        elif self.dtype == "float16":
            with np.errstate(over="ignore"):
                result = _half_decimals("float16")[numbers.astype(np.float16).view(np.uint16)]
        if not np.isfinite(result).all():
            raise LimitError(
                f"dtype: expected weights that {self.dtype} can represent, got "
                f"{np.abs(numbers).max():g}",
                "choose --dtype float32, which represents them all",
            )
        return result if self.digits is None else rounded(result, self.digits)


def as_written(written: Written) -> Numbers:
    """The numbers that a spreadsheet reads from cells, in the same shape.

    The shortest text that identifies a float32, such as 0.1, is not the float32's own value; a
    spreadsheet takes the text.
    """
    if written.dtype != np.float32:
        return written.astype(np.float64)
    text = orjson.dumps(np.ascontiguousarray(written).ravel(), option=orjson.OPT_SERIALIZE_NUMPY)
    return np.array(orjson.loads(text), dtype=np.float64).reshape(written.shape)


def rounded(numbers: Written, digits: int) -> Numbers:
    """Each number as the float64 nearest to its decimal of so many significant digits."""
    values = numbers.astype(np.float64)
    with np.errstate(divide="ignore"):
        exponents = np.floor(np.log10(np.abs(values)))
    powers = digits - 1 - np.where(values == 0, 0, exponents).astype(np.int64)
    small = np.clip(powers, -_EXACT_POWER, _EXACT_POWER)
    # A whole number times or over an exact power of ten is rounded once, as parsing a text is.
    factors = 10.0 ** np.abs(small)
    whole = np.rint(np.where(small >= 0, values * factors, values / factors))
    result = np.where(small >= 0, whole / factors, whole * factors)
    for place in np.argwhere(np.abs(powers) > _EXACT_POWER):
        result[tuple(place)] = float(f"{values[tuple(place)]:.{digits - 1}e}")
    return result


def column_scales(tensor: Tensor) -> Weights:
    """The scales of int8 numbers, one for each column [columns].

    The largest number of a column becomes 127 or -127; a column of zeros has the scale 1.
    """
    largest = np.zeros(tensor.shape[-1], dtype=np.float32)
    for _, numbers in chunks(tensor):
        np.maximum(largest, np.abs(numbers).max(axis=0), out=largest)
    scales: Weights = np.where(largest > 0, largest / np.float32(_LARGEST_INT8), np.float32(1))
    return scales


def quantized(numbers: Weights, scales: Numbers) -> Written:
    """The integers from -127 to 127 that, times the scales of their columns, come nearest."""
    steps = np.rint(numbers / scales)
    return np.clip(steps, -_LARGEST_INT8, _LARGEST_INT8).astype(np.int8)


@cache
def _half_decimals(dtype: Dtype) -> Numbers:
    """For each of the 65,536 bit patterns the shortest decimal that identifies it."""
    bits = np.arange(1 << 16, dtype=np.uint16)
    exact = bits.view(np.float16).astype(np.float64) if dtype == "float16" else _widened(bits)
    result: Numbers = exact.copy()
    missing = np.flatnonzero(np.isfinite(exact))
    for digits in range(1, _MOST_DIGITS + 1):
        decimals = np.array([float(f"{number:.{digits - 1}e}") for number in exact[missing]])
        with np.errstate(over="ignore"):
            narrow = decimals.astype(np.float32)
            again = (
                decimals.astype(np.float16).view(np.uint16)
                if dtype == "float16"
                else _bfloat16_bits(narrow)
            )
        named = again == bits[missing]
        result[missing[named]] = decimals[named]
        missing = missing[~named]
    assert not missing.size, "every 16-bit number has a decimal of so many digits"
    return result


def _widened(bits: NDArray[np.uint16]) -> Numbers:
    """The numbers that bfloat16 bits stand for: the upper halves of float32 numbers."""
    numbers: Weights = (bits.astype(np.uint32) << 16).view(np.float32)
    with np.errstate(invalid="ignore"):  # some patterns are signalling NaNs
        return np.asarray(numbers, dtype=np.float64)


def _bfloat16_bits(numbers: Weights) -> NDArray[np.uint16]:
    """The nearest bfloat16 of each number, ties to even, as torch and the hardware round."""
    bits = np.ascontiguousarray(numbers).view(np.uint32)
    half = np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    nearest: NDArray[np.uint16] = ((bits + half) >> np.uint32(16)).astype(np.uint16)
    return nearest
