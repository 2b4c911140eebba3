"""Requests: a workbook's inputs, as an engine read them, and the reference's trace for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from xlgpt2.cells.readings import Readings
from xlgpt2.cells.values import Cells, Value, utf16_length
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.constants.sizes import Sizes
from xlgpt2.reference.tabs.prompt import Controls
from xlgpt2.reference.trace import trace
from xlgpt2.verification.chosen_logits import OverrideRows
from xlgpt2.verification.probes import Probe


@dataclass(frozen=True)
class Request:
    """A prompt, ids that override its tokens, controls, and numbers that override weights.

    `workbook_ids` are the new tokens of the workbook. `utf16` is set if the engine counts UTF-16
    units and not characters, and the prompt has a character of two units.

    Inputs are taken as they were typed; only what was not typed is read from the file.
    """

    prompt: str
    token_ids: tuple[Value, ...] | None
    controls: Controls
    workbook_ids: tuple[object, ...]
    weights: tuple[tuple[str, OverrideRows], ...] = ()
    utf16: bool = False


#: The reference's traces that have been computed.
Traces = dict[Request, Mapping[str, Cells]]


def request_of(probe: Probe, readings: Readings, whole: bool, utf16: bool = False) -> Request:
    """The request of a probe; `readings` are those of the first workbook, or of the `whole` model.

    `utf16` says whether their engine counts UTF-16 units and not characters.
    """
    controls = {name: _value(value) for name, value in probe.controls.items()}
    prompt = readings.text("prompt") if probe.prompt is None else probe.prompt
    return Request(
        prompt,
        probe.token_ids,
        replace(typed_controls(readings), **controls),
        tuple(readings.values["chosen_ids"][:, 0]) if whole else (),
        tuple(probe.weights.items()),
        utf16 and utf16_length(prompt) != len(prompt),
    )


def expected_trace(
    traces: Traces, request: Request, checkpoint: Checkpoint, sizes: Sizes
) -> Mapping[str, Cells]:
    """The reference's trace for a request, taken from `traces` or added to them."""
    if request not in traces:
        weights = {name: np.array(rows, dtype=np.float64) for name, rows in request.weights}
        traces[request] = trace(
            checkpoint.with_overrides(weights) if weights else checkpoint,
            sizes,
            request.prompt,
            request.token_ids,
            request.controls,
            request.workbook_ids,
            request.utf16,
        )
    return traces[request]


def typed_controls(readings: Readings) -> Controls:
    """The controls of the tab Prompt as an engine read them; a split model has none."""
    names = [name for name in vars(Controls()) if name in readings.values]
    return Controls(**{name: _value(readings.values[name][0, 0]) for name in names})


def _value(value: object) -> float | str:
    """A cell's value; an error becomes its text."""
    return float(value) if isinstance(value, (int, float)) else str(value)
