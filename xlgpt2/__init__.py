"""GPT-2 as a spreadsheet: build the workbook, run it, verify it.

`__all__` is the public API, which tests/cases/public_api.txt lists in full. Everything except the
errors is imported on first use: the libraries behind it take a second to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from xlgpt2 import errors
from xlgpt2._version import __version__ as __version__
from xlgpt2.errors import XlGpt2Error

if TYPE_CHECKING:
    from xlgpt2.checkpoint.precision import Precision
    from xlgpt2.commands.build import build
    from xlgpt2.commands.build_split import build_split
    from xlgpt2.commands.lessons import lessons
    from xlgpt2.commands.prediction import (
        Candidate,
        GeneratedToken,
        Prediction,
        Score,
    )
    from xlgpt2.commands.run import run
    from xlgpt2.commands.verify import verify
    from xlgpt2.designs.design import Design
    from xlgpt2.designs.model_workbook import design
    from xlgpt2.progress import Step
    from xlgpt2.reference.drift import Drift
    from xlgpt2.verification.difference import Difference, Outcome
    from xlgpt2.verification.result import (
        EngineFailure,
        Input,
        PromptCheck,
        RangeCheck,
        StageCheck,
        Verification,
    )
    from xlgpt2.writer.writer import Summary, Writing

__all__ = [
    "Candidate",
    "Design",
    "Difference",
    "Drift",
    "EngineFailure",
    "GeneratedToken",
    "Input",
    "Outcome",
    "Precision",
    "Prediction",
    "PromptCheck",
    "RangeCheck",
    "Score",
    "StageCheck",
    "Step",
    "Summary",
    "Verification",
    "Writing",
    "XlGpt2Error",
    "build",
    "build_split",
    "design",
    "errors",
    "lessons",
    "run",
    "verify",
]

#: The modules of the names that are imported on first use.
_MODULES = {
    "xlgpt2.checkpoint.precision": ("Precision",),
    "xlgpt2.commands.build": ("build",),
    "xlgpt2.commands.build_split": ("build_split",),
    "xlgpt2.commands.lessons": ("lessons",),
    "xlgpt2.commands.prediction": ("Candidate", "GeneratedToken", "Prediction", "Score"),
    "xlgpt2.commands.run": ("run",),
    "xlgpt2.commands.verify": ("verify",),
    "xlgpt2.designs.design": ("Design",),
    "xlgpt2.designs.model_workbook": ("design",),
    "xlgpt2.progress": ("Step",),
    "xlgpt2.reference.drift": ("Drift",),
    "xlgpt2.verification.difference": ("Difference", "Outcome"),
    "xlgpt2.verification.result": (
        "EngineFailure",
        "Input",
        "PromptCheck",
        "RangeCheck",
        "StageCheck",
        "Verification",
    ),
    "xlgpt2.writer.writer": ("Summary", "Writing"),
}


def _public(name: str) -> object:
    """A public name, imported from its module."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if not TYPE_CHECKING:  # type checkers should see only the names above
    __getattr__ = _public


def __dir__() -> list[str]:
    """The public names, for completion."""
    return [*__all__, "__version__"]
