"""A chain of workbooks: outputs of one are inputs of the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xlgpt2.cells.address import Area
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.cells.values import CellError
from xlgpt2.engines import Engine
from xlgpt2.engines.engine import NO_AREAS
from xlgpt2.errors import EngineFailedError, WorkbookError
from xlgpt2.xlsx.reading.workbook import Workbook

#: Ranges of a tab Output N, and the ranges of the next workbook's tab Input N that receive them.
PASSED: Mapping[str, str] = {
    "passed_token_labels": "given_token_labels",
    "passed_token_ids": "token_ids",
    "passed_token_count": "token_count",
    "passed_residual": "residual_",
}


def compute_chain(
    engine: Engine,
    workbooks: Sequence[Workbook],
    inputs: Sequence[Inputs],
    names: Sequence[str] | None = None,
    extra_areas: Sequence[Mapping[str, Area]] = (),
) -> Iterator[tuple[int, int, Readings]]:
    """Readings of every workbook of a split model, for each of `inputs` to the first one.

    Each reading comes with the indices of its file and of its inputs; each file is opened once.
    If `names` are given, only those that a file has, and the ranges that it passes on, are read;
    `extra_areas` are the further areas of each file.
    Raises what `Engine.recalculate` does, and EngineFailedError if a value to pass on is an error.
    """
    for number, workbook in enumerate(workbooks):
        last = number == len(workbooks) - 1
        names_to_read = None
        if names is not None:
            read = (*names, *(() if last else PASSED))
            names_to_read = [name for name in workbook.areas if name in read]
        extra = extra_areas[number] if extra_areas else NO_AREAS
        next_inputs: list[Inputs] = []
        for input_index, readings in enumerate(
            engine.recalculate(workbook, inputs, names_to_read, extra)
        ):
            yield number, input_index, readings
            if not last:
                next_inputs.append(passed_on(readings, workbook, workbooks[number + 1]))
        inputs = next_inputs


def passed_on(readings: Readings, workbook: Workbook, after: Workbook) -> Inputs:
    """The inputs of the workbook `after`, from the readings of the one before it."""
    inputs: dict[str, list[list[float | str]]] = {}
    for name, target in PASSED.items():
        if name not in readings.values:
            raise WorkbookError(
                f"workbook {workbook.path.name}: expected a range named {name}, got none",
                "use the folder written by xlgpt2 build --split",
            )
        for i, j in _errors(readings, name):
            raise EngineFailedError(
                f"range {name} at {readings.areas[name].cell(i, j)}: expected a value to pass "
                f"on, {readings.engine} returned {readings.values[name][i, j]}",
                "run xlgpt2 verify FOLDER to find the first stage that differs",
            )
        inputs[_receiving_range(target, after)] = readings.values[name].tolist()
    return inputs


def _errors(readings: Readings, name: str) -> Iterator[tuple[int, int]]:
    for i, row in enumerate(readings.values[name].tolist()):
        yield from ((i, j) for j, value in enumerate(row) if isinstance(value, CellError))


def _receiving_range(target: str, workbook: Workbook) -> str:
    """The range that receives a passed range; for the residual stream, the first one."""
    if not target.endswith("_"):
        return target
    streams = [name for name in workbook.areas if name.startswith(target) and name.count("_") == 1]
    if not streams:
        raise WorkbookError(
            f"workbook {workbook.path.name}: expected a range with the residual stream, got none",
            "use the folder written by xlgpt2 build --split",
        )
    return min(streams, key=lambda name: int(name.removeprefix(target)))
