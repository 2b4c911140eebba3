"""Edits of an open document: an engine's values after each, compared with a full recalculation."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing

from xlgpt2.cells.readings import Readings
from xlgpt2.designs.inspection import Inspected
from xlgpt2.engines.engine import Editor, Engine
from xlgpt2.progress import Progress, Step
from xlgpt2.verification.open_document import (
    Editing,
    OpenDocument,
    check_steps,
    edits,
)
from xlgpt2.verification.result import Input


def open_document_checks(
    engine: Engine, inspected: Inspected, progress: Progress
) -> Iterator[OpenDocument]:
    """The check of one workbook in an engine with interactive editing; none in other engines.

    Workbooks of a split model are skipped: `verify` itself enters their inputs.
    Raises what `Engine.recalculate` does.
    """
    if len(inspected.files) > 1:
        return
    (file,) = inspected.files
    everything = edits(inspected.checkpoint.vocabulary, inspected.sizes)
    probes = [probe.with_cells(file.plan.places) for probe in everything]
    typed = [
        (
            str(Input(probe.prompt or "", probe.why, probe.token_ids)),
            probe.inputs(inspected.sizes.T),
        )
        for probe in probes
    ]
    areas = {labels.name: labels.area for labels in file.labels}
    editing = Editing(file.workbook, file.plan, typed, areas)
    yield from edited_document_checks(engine, editing, progress)


def edited_document_checks(
    engine: Engine, editing: Editing, progress: Progress
) -> Iterator[OpenDocument]:
    """The check of inputs that are typed into one document; none without interactive editing.

    Raises what `Engine.recalculate` does.
    """
    if not isinstance(engine, Editor):
        return
    inputs = [typed for _, typed in editing.typed]

    def steps() -> Generator[tuple[str, Readings, Readings]]:
        opened = engine.edited(editing.workbook, inputs, None, editing.areas)
        fresh = engine.recalculate(editing.workbook, inputs, None, editing.areas)
        with closing(opened):
            for (after, _), left_open, computed in zip(editing.typed, opened, fresh, strict=True):
                yield after, left_open, computed
                progress(Step(f"{engine.name}: open document: {after}"))

    with closing(steps()) as running:
        yield check_steps(engine.name, running, editing.plan)
