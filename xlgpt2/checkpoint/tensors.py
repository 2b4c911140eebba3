"""Tensors that stay in their file until rows of them are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from xlgpt2.checkpoint.files import unreadable
from xlgpt2.errors import BadFileError

Weights = NDArray[np.float32]

#: Numbers in memory at a time when a whole tensor is read: 4 MB of float32.
CHUNK = 1_000_000


class Tensor(Protocol):
    """A matrix [rows, columns] or a vector [columns] of float32 numbers, in a file or in memory."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its one or two sizes."""

    def rows(self, start: int, stop: int) -> Weights:
        """Some of its rows, [stop - start, columns]; a vector is one row."""

    def part(self, start: int, stop: int) -> Tensor:
        """Some of its rows as a tensor [stop - start, columns], not read yet."""


@dataclass(frozen=True)
class StoredTensor:
    """A tensor in a file of raw numbers, row by row; `code` is its dtype: F32, F16 or BF16.

    Rows are read, not memory-mapped: a file that is truncated meanwhile is then an error to catch,
    and what was read does not count as memory in use.
    """

    path: Path
    name: str
    code: str
    shape: tuple[int, ...]
    offset: int

    def rows(self, start: int, stop: int) -> Weights:
        """Some of its rows as float32; raises BadFileError if the file has become shorter."""
        width = self.shape[-1]
        decode, size = DECODERS[self.code]
        count = (stop - start) * width
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset + start * width * size)
                data = file.read(count * size)
        except OSError as error:
            raise unreadable(self.path, error) from error
        if len(data) < count * size:
            raise BadFileError(
                f"{self.path}: {self.name}: expected {count * size:,} bytes, got {len(data):,}",
                "the file changed while it was being read; copy it again",
            )
        return decode(data).reshape(stop - start, width)

    def part(self, start: int, stop: int) -> StoredTensor:
        """Some of its rows, not read yet."""
        width = self.shape[-1]
        offset = self.offset + start * width * DECODERS[self.code][1]
        return replace(self, shape=(stop - start, width), offset=offset)


@dataclass(frozen=True, eq=False)
class ArrayTensor:
    """A tensor that is in memory."""

    array: Weights

    @property
    def shape(self) -> tuple[int, ...]:
        """Its one or two sizes."""
        return self.array.shape

    def rows(self, start: int, stop: int) -> Weights:
        """Some of its rows."""
        return np.atleast_2d(self.array)[start:stop]

    def part(self, start: int, stop: int) -> ArrayTensor:
        """Some of its rows."""
        return ArrayTensor(self.rows(start, stop))


@dataclass(frozen=True, eq=False)
class TransposedTensor:
    """A matrix that is stored transposed; read as a whole on first use."""

    stored: Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        """Its two sizes."""
        return self.stored.shape[::-1]

    @cached_property
    def array(self) -> Weights:
        """All of it."""
        return np.ascontiguousarray(whole(self.stored).T)

    def rows(self, start: int, stop: int) -> Weights:
        """Some of its rows."""
        return self.array[start:stop]

    def part(self, start: int, stop: int) -> ArrayTensor:
        """Some of its rows, in memory."""
        return ArrayTensor(self.rows(start, stop))


def chunks(tensor: Tensor) -> Iterator[tuple[int, Weights]]:
    """All rows of a tensor in chunks, each with the number of its first row."""
    for start, stop in row_ranges(tensor):
        yield start, tensor.rows(start, stop)


def row_ranges(tensor: Tensor) -> Iterator[tuple[int, int]]:
    """The first row of each chunk, and the row after its last one."""
    rows = 1 if len(tensor.shape) == 1 else tensor.shape[0]
    step = max(1, CHUNK // tensor.shape[-1])
    for start in range(0, rows, step):
        yield start, min(start + step, rows)


def whole(tensor: Tensor) -> Weights:
    """All of a tensor, in its own shape."""
    rows = 1 if len(tensor.shape) == 1 else tensor.shape[0]
    return tensor.rows(0, rows).reshape(tensor.shape)


def _float32(data: bytes) -> Weights:
    return np.frombuffer(data, dtype="<f4").astype(np.float32, copy=False)


def _float16(data: bytes) -> Weights:
    return np.frombuffer(data, dtype="<f2").astype(np.float32)


def _bfloat16(data: bytes) -> Weights:
    """The upper half of a float32 is a bfloat16, so the lower half is zeros."""
    return (np.frombuffer(data, dtype="<u2").astype(np.uint32) << 16).view(np.float32)


#: By dtype code of safetensors: the decoder to float32, and the bytes of one number.
DECODERS: dict[str, tuple[Callable[[bytes], Weights], int]] = {
    "F32": (_float32, 4),
    "F16": (_float16, 2),
    "BF16": (_bfloat16, 2),
}
