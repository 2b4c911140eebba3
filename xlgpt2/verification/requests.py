"""Requests: a workbook's inputs, as an engine read them, and all that it read with them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from xlgpt2.cells.readings import Readings
from xlgpt2.cells.values import Value, utf16_length
from xlgpt2.designs.inspection import InspectedFile
from xlgpt2.reference.tabs.prompt import Controls
from xlgpt2.verification.chosen_logits import OverrideRows
from xlgpt2.verification.probes import Probe
from xlgpt2.verification.result import Input


@dataclass(frozen=True)
class Request:
    """A prompt, ids that override its tokens, controls, and numbers that override weights.

    `switches` are those of the tab Switches. `workbook_ids` are the new tokens of the workbook.
    `utf16` is set if the engine counts UTF-16 units and not characters, and the prompt has a
    character of two units.

    Inputs are taken as they were typed; only what was not typed is read from the file.
    """

    prompt: str
    token_ids: tuple[Value, ...] | None
    controls: Controls
    workbook_ids: tuple[object, ...]
    weights: tuple[tuple[str, OverrideRows], ...] = ()
    utf16: bool = False
    switches: OverrideRows = ()


@dataclass(frozen=True)
class Reading:
    """What an engine read from a workbook for a probe, and the request that it amounts to.

    `index` is the probe's position among the requested ones.
    """

    file: InspectedFile
    index: int
    probe: Probe
    request: Request
    readings: Readings

    @property
    def input(self) -> Input:
        """The input as reports name it."""
        return Input(self.request.prompt, self.probe.why, self.request.token_ids)


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
        probe.switches or _typed_switches(readings),
    )


def _typed_switches(readings: Readings) -> OverrideRows:
    """The switches as an engine read them; a workbook without the tab Switches has none."""
    rows = readings.values["switches"].tolist() if "switches" in readings.values else []
    return tuple(tuple(_value(value) for value in row) for row in rows)


def typed_controls(readings: Readings) -> Controls:
    """The controls of the tab Prompt as an engine read them; a split model has none."""
    names = [name for name in vars(Controls()) if name in readings.values]
    return Controls(**{name: _value(readings.values[name][0, 0]) for name in names})


def _value(value: object) -> float | str:
    """A cell's value; an error becomes its text."""
    return float(value) if isinstance(value, (int, float)) else str(value)
