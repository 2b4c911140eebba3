"""Typing into an open document: what an engine shows of it beside what it computes anew."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing

from xlgpt2.cells.readings import Readings
from xlgpt2.designs.inspection import Inspected
from xlgpt2.engines.engine import Editor, Engine
from xlgpt2.progress import Progress, Step
from xlgpt2.verification.open_document import OpenDocument, compared, edits
from xlgpt2.verification.result import Input


def in_open_document(
    engine: Engine, inspected: Inspected, progress: Progress
) -> Iterator[OpenDocument]:
    """The check of one workbook in an engine that people type into; none in other engines.

    The workbooks of a split model are left out: what they are given comes from `verify` itself.
    Raises what `Engine.recalculate` says.
    """
    if len(inspected.files) > 1 or not isinstance(engine, Editor):
        return
    (file,) = inspected.files
    also = {one.name: one.area for one in file.labels}
    probes = edits(inspected.checkpoint.vocabulary, inspected.sizes)
    typed = [str(Input(probe.prompt or "", probe.why, probe.token_ids)) for probe in probes]
    inputs = [probe.inputs(inspected.sizes.T) for probe in probes]

    def steps() -> Generator[tuple[str, Readings, Readings]]:
        opened = engine.edited(file.path, inputs, None, also)
        fresh = engine.recalculate(file.path, inputs, None, also)
        with closing(opened):
            for after, left_open, computed in zip(typed, opened, fresh, strict=True):
                yield after, left_open, computed
                progress(Step(f"{engine.name}: open document: {after}"))

    with closing(steps()) as running:
        yield compared(engine.name, running, file.plan)
