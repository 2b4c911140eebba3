"""The same model under another name: if the weights are equal, its name is only a label."""

from __future__ import annotations

from dataclasses import replace

from xlgpt2.cells.readings import Readings
from xlgpt2.verification.difference import Outcome
from xlgpt2.verification.result import PromptCheck, RangeCheck

#: A file's names for its model: that of a folder, or that on the hub.
LABELS = ("model_name", "model_source")


def with_labels(check: PromptCheck, readings: Readings, sha256: str) -> PromptCheck:
    """A check in which another name is no fault, if the file states the sha256 of these weights.

    The sums of all weights, and every weight, are compared nevertheless.
    """
    stated = readings.values.get("checkpoint_sha256")
    if stated is None or stated.shape != (1, 1) or stated[0, 0] != sha256:
        return check
    return replace(check, ranges=tuple(map(_as_label, check.ranges)))


def _as_label(check: RangeCheck) -> RangeCheck:
    if check.name not in LABELS or check.outcome is not Outcome.OVER_TOLERANCE:
        return check
    return replace(check, worst=replace(check.worst, outcome=Outcome.LABEL), root=False)
