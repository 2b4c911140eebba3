"""Several inputs of one workbook in an engine that opens it once, each compared with the reference.

`verify` does so for inputs that are prompts with the same controls.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xlgpt2.cells.readings import Readings
from xlgpt2.designs.design import Design
from xlgpt2.engines import Engine
from xlgpt2.layout.labels import labels
from xlgpt2.verification.compare import compare
from xlgpt2.verification.expected import Reference, label_trace, plan_trace
from xlgpt2.verification.probes import Probe
from xlgpt2.verification.requests import request_of
from xlgpt2.verification.result import Input
from xlgpt2.xlsx.reading.workbook import open_workbook


def assert_agrees(
    engine: Engine, file: Path, decided: Design, probes: Sequence[Probe]
) -> list[Readings]:
    """The readings of all inputs, of which every range and label must agree with the reference.

    Nothing may be unchecked but the ranges that state a file's own origin.
    """
    of_labels = [label for tab in decided.plan.tabs for label in labels(decided.plan, tab)]
    areas = {label.name: label.area for label in of_labels}
    inputs = [probe.inputs(decided.sizes.T) for probe in probes]
    reference = Reference(decided.checkpoint, decided.sizes)
    result = []
    for probe, readings in zip(
        probes, engine.recalculate(open_workbook(file), inputs, None, areas), strict=True
    ):
        request = request_of(probe, readings, True, engine.counts_utf16)
        expected = {
            **reference.trace(request),
            **plan_trace(decided.plan, decided.sizes, decided.checkpoint.precision, decided.form),
        }
        expected |= label_trace(of_labels, expected)
        input_ = Input(request.prompt, probe.why, request.token_ids)
        check = compare(readings, expected, decided.plan, input_, labels=of_labels)
        wrong = [entry for entry in check.ranges if not entry.outcome.good]
        assert not wrong, f"{engine.name}: {input_}, {dict(probe.controls)}: {wrong[0]}"
        result.append(readings)
    return result
