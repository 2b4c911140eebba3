"""GPT-2 as a spreadsheet: build the workbook, run it, verify it.

What stands in `__all__` is what other programs may rely on; tests/cases/public_api.txt spells it
out. Everything but the errors is imported when it is first asked for: the libraries behind it take
a second to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from xlgpt2 import errors
from xlgpt2.errors import XlGpt2Error

if TYPE_CHECKING:
    from xlgpt2.building import Design, build, design
    from xlgpt2.check import run, verify
    from xlgpt2.checkpoint.precision import Precision
    from xlgpt2.prediction import Candidate, GeneratedToken, Prediction, Score
    from xlgpt2.progress import Step
    from xlgpt2.reference.drift import Drift
    from xlgpt2.split import build_split
    from xlgpt2.verification.comparison import Difference, Outcome
    from xlgpt2.verification.verification import (
        EngineFailure,
        Input,
        PromptCheck,
        RangeCheck,
        StageCheck,
        Verification,
    )
    from xlgpt2.workbook.writer import Summary, Writing

__version__ = "0.1.0"

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
    "run",
    "verify",
]

#: Where each of the names stands that are imported when they are asked for.
_MODULES = {
    "xlgpt2.building": ("Design", "build", "design"),
    "xlgpt2.check": ("run", "verify"),
    "xlgpt2.checkpoint.precision": ("Precision",),
    "xlgpt2.verification.comparison": ("Difference", "Outcome"),
    "xlgpt2.prediction": ("Candidate", "GeneratedToken", "Prediction", "Score"),
    "xlgpt2.progress": ("Step",),
    "xlgpt2.reference.drift": ("Drift",),
    "xlgpt2.split": ("build_split",),
    "xlgpt2.verification.verification": (
        "EngineFailure",
        "Input",
        "PromptCheck",
        "RangeCheck",
        "StageCheck",
        "Verification",
    ),
    "xlgpt2.workbook.writer": ("Summary", "Writing"),
}


def _public(name: str) -> object:
    """A public name, from the module in which it stands."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if not TYPE_CHECKING:  # a type checker is to know the names above, and no others
    __getattr__ = _public


def __dir__() -> list[str]:
    """The public names, for completion."""
    return [*__all__, "__version__"]
