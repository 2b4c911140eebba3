"""The constants of a workbook: the cells of each range without formulas."""

from __future__ import annotations

from collections.abc import Mapping

from xlgpt2.cells.values import Cells, Value, column, grid, single
from xlgpt2.checkpoint.cell_tensors import SCALE, CellTensor
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.constants.controls import CONTROLS
from xlgpt2.constants.records import recorded
from xlgpt2.constants.tables import table, table_names
from xlgpt2.designs.design import Design
from xlgpt2.errors import UnknownNameError
from xlgpt2.stages.sources import Index, Input, Record, Scale, Table, Tensor, Values, View
from xlgpt2.stages.stages import Range


def constant_cells(
    target: Range, design: Design, prompt: str, provenance: Mapping[str, str]
) -> Cells | CellTensor:
    """The cells of a range without formulas; raises UnknownNameError."""
    checkpoint = design.checkpoint
    match target.source:
        case Tensor(name):
            return checkpoint.cell_tensors[_range_name(name, checkpoint)]
        case Scale(name):
            return checkpoint.cell_tensors[_range_name(name, checkpoint) + SCALE]
        case Table(name):
            return table_cells(name, checkpoint, provenance)
        case Record(quantity, ranges):
            return recorded(quantity, ranges, checkpoint.cell_tensors)
        case Input(name, default):
            return _filled(target, _initial_values(design, prompt).get(name, default))
        case Index() | Values() as source:
            return template_cells(source, target)
        case View() | None:
            raise AssertionError(f"{target.name} has no constants of its own")


def _initial_values(design: Design, prompt: str) -> dict[str, Value]:
    """The initial values of input cells, unless their template gives them."""
    controls = {c.name: c.default for c in CONTROLS if c.default is not None}
    sizes = design.sizes
    by_size = {"new_tokens": sizes.initial_new_tokens, "check": int(not sizes.frugal)}
    return {**controls, **by_size, "prompt": prompt}


def template_cells(source: Index | Values, target: Range) -> Cells:
    """The constants that a template itself contains."""
    if isinstance(source, Index):
        return column(range(source.start, source.start + target.rows))
    return grid(source.rows)


def _filled(target: Range, value: Value) -> Cells:
    """A range with one value in every cell; blank cells are for typing or pasting."""
    return grid([[value] * target.columns] * target.rows)


def _range_name(name: str, checkpoint: Checkpoint) -> str:
    """The range of a tensor that a template names; raises UnknownNameError."""
    if name not in checkpoint.tensors:
        raise UnknownNameError(
            f"tensor: expected a tensor of {checkpoint.name}, got {name!r}",
            f"its tensors are {', '.join(list(checkpoint.tensors)[:4])} and so on",
        )
    return checkpoint.family.range_name(name)


def table_cells(name: str, checkpoint: Checkpoint, provenance: Mapping[str, str]) -> Cells:
    """The cells of a table or of a statement of provenance; raises UnknownNameError."""
    if name in provenance:
        return single(provenance[name])
    names = table_names(checkpoint.family)
    if name not in names:
        raise UnknownNameError(
            f"table: expected the name of a table of the checkpoint, got {name!r}",
            f"the tables are {', '.join([*names, *provenance])}",
        )
    return table(name, checkpoint)
