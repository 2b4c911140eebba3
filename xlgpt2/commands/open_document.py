"""Edits of an open document: an engine's values after each, compared with a full recalculation."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing

from xlgpt2.cells.address import Area
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.designs.inspection import Inspected
from xlgpt2.engines.engine import Editor, Engine
from xlgpt2.layout.layout import Plan
from xlgpt2.progress import Progress, Step
from xlgpt2.verification.open_document import OpenDocument, check_steps, edits
from xlgpt2.verification.result import Input
from xlgpt2.xlsx.reading.workbook import Workbook


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
    yield from edited_document_checks(engine, file.workbook, file.plan, typed, areas, progress)


def edited_document_checks(
    engine: Engine,
    workbook: Workbook,
    plan: Plan,
    typed: Sequence[tuple[str, Inputs]],
    areas: Mapping[str, Area],
    progress: Progress,
) -> Iterator[OpenDocument]:
    """The check of a workbook into which inputs, each with a description, are typed in turn.

    None in engines without interactive editing. Raises what `Engine.recalculate` does.
    """
    if not isinstance(engine, Editor):
        return
    descriptions, inputs = [what for what, _ in typed], [cells for _, cells in typed]

    def steps() -> Generator[tuple[str, Readings, Readings]]:
        opened = engine.edited(workbook, inputs, None, areas)
        fresh = engine.recalculate(workbook, inputs, None, areas)
        with closing(opened):
            for after, left_open, computed in zip(descriptions, opened, fresh, strict=True):
                yield after, left_open, computed
                progress(Step(f"{engine.name}: open document: {after}"))

    with closing(steps()) as running:
        yield check_steps(engine.name, running, plan)
