"""The constants of a workbook: what is in each range that has no formulas."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from xlgpt2.cells.values import Cells, Value, column, single
from xlgpt2.checkpoint.cell_tensors import SCALE, CellTensor
from xlgpt2.checkpoint.checkpoint import Checkpoint, cell_name
from xlgpt2.constants.records import recorded
from xlgpt2.constants.tables import TABLES, table
from xlgpt2.designs.controls import CONTROLS
from xlgpt2.designs.design import Design
from xlgpt2.errors import UnknownNameError
from xlgpt2.stages.stages import Range


def constant_cells(
    target: Range, decided: Design, prompt: str, said: Mapping[str, str]
) -> Cells | CellTensor:
    """The cells of a range that holds no formulas."""
    source, checkpoint = target.source, decided.checkpoint
    assert source is not None, target.name
    if source.kind in ("tensor", "scale"):
        return _tensor(source.name, target, checkpoint)
    if source.kind == "table":
        return table_cells(source.name, checkpoint, said)
    if source.kind == "record":
        return recorded(source.name, source.of, checkpoint.cell_tensors)
    if source.kind == "index":
        return column(range(source.start, source.start + target.rows))
    typed: dict[str, Value] = {
        **CONTROLS,
        "sampling_number": 1,
        "prompt": prompt,
        "new_tokens": decided.sizes.asked,
    }
    if source.name in typed:
        return single(typed[source.name])
    return np.full((target.rows, target.columns), "", dtype=object)  # to be pasted into


def _tensor(name: str, target: Range, checkpoint: Checkpoint) -> CellTensor:
    if name not in checkpoint.tensors:
        raise UnknownNameError(
            f"tensor: expected one that {checkpoint.name} has, got {name!r}",
            f"it has {', '.join(list(checkpoint.tensors)[:4])} and so on",
        )
    scale = SCALE if target.source is not None and target.source.kind == "scale" else ""
    return checkpoint.cell_tensors[cell_name(name) + scale]


def table_cells(name: str, checkpoint: Checkpoint, said: Mapping[str, str]) -> Cells:
    """The cells of a table, or of what the workbook says of its making; raises UnknownNameError."""
    if name in said:
        return single(said[name])
    if name not in TABLES:
        raise UnknownNameError(
            f"table: expected the name of one that the checkpoint gives, got {name!r}",
            f"the tables are {', '.join([*TABLES, *said])}",
        )
    return table(name, checkpoint)
