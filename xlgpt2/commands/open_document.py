"""Edits of an open document: an engine's values after each, compared with a full recalculation."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing

from xlgpt2.cells.readings import Readings
from xlgpt2.designs.inspection import Inspected
from xlgpt2.engines.engine import Editor, Engine
from xlgpt2.progress import Progress, Step
from xlgpt2.verification.open_document import OpenDocument, check_steps, edits
from xlgpt2.verification.result import Input


def open_document_checks(
    engine: Engine, inspected: Inspected, progress: Progress
) -> Iterator[OpenDocument]:
    """The check of one workbook in an engine with interactive editing; none in other engines.

    Workbooks of a split model are skipped: `verify` itself enters their inputs.
    Raises what `Engine.recalculate` does.
    """
    if len(inspected.files) > 1 or not isinstance(engine, Editor):
        return
    (file,) = inspected.files
    label_areas = {labels.name: labels.area for labels in file.labels}
    everything = edits(inspected.checkpoint.vocabulary, inspected.sizes)
    probes = [probe.with_cells(file.plan.places) for probe in everything]
    descriptions = [str(Input(probe.prompt or "", probe.why, probe.token_ids)) for probe in probes]
    inputs = [probe.inputs(inspected.sizes.T) for probe in probes]

    def steps() -> Generator[tuple[str, Readings, Readings]]:
        opened = engine.edited(file.workbook, inputs, None, label_areas)
        fresh = engine.recalculate(file.workbook, inputs, None, label_areas)
        with closing(opened):
            for after, left_open, computed in zip(descriptions, opened, fresh, strict=True):
                yield after, left_open, computed
                progress(Step(f"{engine.name}: open document: {after}"))

    with closing(steps()) as running:
        yield check_steps(engine.name, running, file.plan)
