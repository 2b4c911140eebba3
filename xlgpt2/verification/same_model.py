"""The same model under another name: where the weights are the same, its name is a label."""

from __future__ import annotations

from dataclasses import replace

from xlgpt2.cells.readings import Readings
from xlgpt2.verification.difference import Outcome
from xlgpt2.verification.result import PromptCheck, RangeCheck

#: What a file calls its model by: the name of a folder, or that of the hub.
LABELS = ("model_name", "model_source")


def with_labels(check: PromptCheck, readings: Readings, sha256: str) -> PromptCheck:
    """A check in which other names are no fault, where a file states the sha256 of these weights.

    The sums of all weights, and every weight, are compared all the same.
    """
    stated = readings.values.get("checkpoint_sha256")
    if stated is None or stated.shape != (1, 1) or stated[0, 0] != sha256:
        return check
    return replace(check, ranges=tuple(map(_as_label, check.ranges)))


def _as_label(found: RangeCheck) -> RangeCheck:
    if found.name not in LABELS or found.outcome is not Outcome.OVER_TOLERANCE:
        return found
    return replace(found, worst=replace(found.worst, outcome=Outcome.LABEL), root=False)
