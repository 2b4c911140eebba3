"""Readings of probes in an engine, each with the request that it amounts to."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from xlgpt2.designs.inspection import Inspected
from xlgpt2.engines import Engine
from xlgpt2.engines.chain import compute_chain
from xlgpt2.verification.probes import Probe
from xlgpt2.verification.requests import Reading, Request, request_of


def read_probes(
    engine: Engine, inspected: Inspected, probes: Sequence[Probe]
) -> Generator[Reading]:
    """What an engine reads from each file for each probe; raises what `compute_chain` does.

    In a split model all probes pass through one file before the next one is opened.
    """
    workbooks = [file.workbook for file in inspected.files]
    areas = [{labels.name: labels.area for labels in file.labels} for file in inspected.files]
    inputs = [probe.inputs(inspected.sizes.T) for probe in probes]
    whole = len(workbooks) == 1
    requests: list[Request] = []  # as the first workbook, which has the prompt, was read
    for number, index, readings in compute_chain(engine, workbooks, inputs, extra_areas=areas):
        probe = probes[index]
        if number == 0:
            requests.append(request_of(probe, readings, whole, engine.counts_utf16))
        yield Reading(inspected.files[number], index, probe, requests[index], readings)
