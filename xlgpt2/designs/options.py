"""The build options of a workbook, each declared once.

The command line takes its options from here, and a workbook's Guide states them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, get_type_hints

from xlgpt2.checkpoint.precision import Dtype, Precision
from xlgpt2.constants.sizes import Sizes
from xlgpt2.stages.variant import Variant


@dataclass(frozen=True)
class Flag:
    """How the command line spells an option."""

    takes: Literal["N", "choice", "blocks", "yes or no"]
    help: str
    otherwise: str = ""  # the flag for no


@dataclass(frozen=True)
class Options:
    """How to build a workbook; None leaves the choice to the sizes of the model."""

    capacity: Annotated[
        int | None,
        Flag("N", "Token rows: the most tokens of the prompt. [default: 32; 20 for large models]"),
    ] = None
    max_bytes: Annotated[
        int | None,
        Flag("N", "Byte rows: the most bytes of the prompt. [default: 6 per token]"),
    ] = None
    new_tokens: Annotated[
        int | None,
        Flag(
            "N",
            "Most tokens that the model can write. [default: 16; 8 for large models]",
        ),
    ] = None
    dtype: Annotated[
        Dtype,
        Flag(
            "choice",
            "Type that weights are rounded to; int8 has one scale per column.",
        ),
    ] = "float32"
    digits: Annotated[
        int | None,
        Flag("N", "Round weights to N significant digits, 1 to 9."),
    ] = None
    blocks: Annotated[
        tuple[int, ...] | None,
        Flag("blocks", "Include only these blocks, such as 0 or 0-3. [default: all]"),
    ] = None
    lean: Annotated[
        bool | None,
        Flag(
            "yes or no",
            "Whether some steps of a block are inlined and have no cells, which halves the "
            "memory that a program needs. [default: lean for large models]",
            "every-step",
        ),
    ] = None
    split: Annotated[
        bool,
        Flag(
            "yes or no",
            "Write a folder of workbooks, one per block, for models that are too large for "
            "one workbook.",
        ),
    ] = False

    @property
    def precision(self) -> Precision:
        """How weights are written."""
        return Precision(self.dtype, self.digits)

    def arguments(self) -> list[str]:
        """These options as arguments of `xlgpt2 build`."""
        return [word for name, flag in flags() for word in self._words(name, flag)]

    def text(self) -> str:
        """These options as they are typed."""
        return " ".join(self.arguments())

    def _words(self, name: str, flag: Flag) -> Iterator[str]:
        value = getattr(self, name)
        option = option_name(name)
        if flag.takes == "yes or no":
            if value:
                yield option
            elif value is not None and flag.otherwise:
                yield f"--{flag.otherwise}"
        elif value is not None:
            yield option
            yield ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def option_name(name: str) -> str:
    """The command line's name of an option: --max-bytes for max_bytes."""
    return f"--{name.replace('_', '-')}"


def flags() -> Iterator[tuple[str, Flag]]:
    """Every option by its name, with its flag."""
    for name, hint in get_type_hints(Options, include_extras=True).items():
        (flag,) = hint.__metadata__
        yield name, flag


def options_of(sizes: Sizes, precision: Precision, variant: Variant) -> Options:
    """The options that rebuild a workbook, with defaults spelled out."""
    split = variant.part.count > 1
    return Options(
        capacity=sizes.T,
        max_bytes=sizes.max_bytes,
        new_tokens=None if split else sizes.G,
        dtype=precision.dtype,
        digits=precision.digits,
        blocks=variant.blocks if len(variant.blocks) < sizes.L else None,
        lean=variant.lean,
        split=split,
    )
