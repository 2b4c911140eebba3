"""Asked: what was typed into a workbook, as an engine read it, and the reference's answer to it."""

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
from xlgpt2.verification.chosen_logits import Typed
from xlgpt2.verification.probes import Probe


@dataclass(frozen=True)
class Asked:
    """Prompt, ids typed over its tokens, controls, and numbers typed over ranges of weights.

    `seen` are the ids that a file then wrote. `utf16` says whether the answer depends on the engine
    counting UTF-16 units and not characters: the prompt has one of two units.

    What was typed counts as typed, and only what was not is taken from the file.
    """

    prompt: str
    token_ids: tuple[Value, ...] | None
    controls: Controls
    seen: tuple[object, ...]
    weights: tuple[tuple[str, Typed], ...] = ()
    utf16: bool = False


Traces = dict[Asked, Mapping[str, Cells]]


def asked(probe: Probe, readings: Readings, whole: bool, utf16: bool = False) -> Asked:
    """What a probe asks; `readings` are those of the first workbook, or of the `whole` model.

    They are of an engine that counts characters, or UTF-16 units.
    """
    typed = {name: _value(value) for name, value in probe.controls.items()}
    prompt = readings.text("prompt") if probe.prompt is None else probe.prompt
    return Asked(
        prompt,
        probe.token_ids,
        replace(typed_controls(readings), **typed),
        tuple(readings.values["chosen_ids"][:, 0]) if whole else (),
        tuple(probe.weights.items()),
        utf16 and utf16_length(prompt) != len(prompt),
    )


def answer(known: Traces, one: Asked, checkpoint: Checkpoint, sizes: Sizes) -> Mapping[str, Cells]:
    """What the reference gives for it; what was asked before is among what is known."""
    if one not in known:
        typed = {name: np.array(rows, dtype=np.float64) for name, rows in one.weights}
        held = checkpoint.with_overrides(typed) if typed else checkpoint
        known[one] = trace(
            held, sizes, one.prompt, one.token_ids, one.controls, one.seen, one.utf16
        )
    return known[one]


def typed_controls(readings: Readings) -> Controls:
    """The controls of the tab Prompt as an engine read them; a split model has none."""
    names = [name for name in vars(Controls()) if name in readings.values]
    return Controls(**{name: _value(readings.values[name][0, 0]) for name in names})


def _value(value: object) -> float | str:
    """A cell's value; an error in a cell is a text, which is no number."""
    return float(value) if isinstance(value, (int, float)) else str(value)
