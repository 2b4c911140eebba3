"""A chain of workbooks: what one passes on in an engine is typed into the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from xlgpt2.cells.address import Area
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.cells.values import CellError
from xlgpt2.engines import Engine
from xlgpt2.engines.engine import NOTHING_ELSE
from xlgpt2.errors import EngineFailedError, WorkbookError
from xlgpt2.xlsx.package import read_contents

#: Ranges of a tab Output N, and those of the next workbook's tab Input N that they belong in.
PASSED: Mapping[str, str] = {
    "passed_token_labels": "given_token_labels",
    "passed_token_ids": "token_ids",
    "passed_token_count": "token_count",
    "passed_residual": "residual_",
}


def computed(
    engine: Engine,
    files: Sequence[Path],
    inputs: Sequence[Inputs],
    names: Sequence[str] | None = None,
    also: Sequence[Mapping[str, Area]] = (),
) -> Iterator[tuple[int, int, Readings]]:
    """What every workbook of a split model holds, once for each of `inputs` to the first one.

    Each reading comes with the numbers of its file and of its inputs; each file is opened once.
    Only those of `names` that a file has are read where they are given, and what it passes on;
    `also` are the further areas of each file.
    Raises what `Engine.recalculate` says, and EngineFailedError for an error in what is passed on.
    """
    areas = [read_contents(file).areas for file in files]
    for number, file in enumerate(files):
        last = number == len(files) - 1
        wanted = None
        if names is not None:
            read = (*names, *(() if last else PASSED))
            wanted = [name for name in areas[number] if name in read]
        others = also[number] if also else NOTHING_ELSE
        given: list[Inputs] = []
        for which, readings in enumerate(engine.recalculate(file, inputs, wanted, others)):
            yield number, which, readings
            if not last:
                given.append(passed_on(readings, file, areas[number + 1], files[number + 1]))
        inputs = given


def passed_on(readings: Readings, file: Path, areas: Mapping[str, object], after: Path) -> Inputs:
    """What the workbook `after` a file, which has the ranges `areas`, is given of its readings."""
    inputs: dict[str, list[list[float | str]]] = {}
    for name, target in PASSED.items():
        if name not in readings.values:
            raise WorkbookError(
                f"workbook {file.name}: expected a range named {name}, got none",
                "give the folder that xlgpt2 build --split wrote",
            )
        for i, j in _errors(readings, name):
            raise EngineFailedError(
                f"range {name} at {readings.areas[name].cell(i, j)}: expected a value to pass on, "
                f"{readings.engine} gave {readings.values[name][i, j]}",
                "run xlgpt2 verify FOLDER for the first stage that differs",
            )
        inputs[_taken(target, areas, after)] = readings.values[name].tolist()
    return inputs


def _errors(readings: Readings, name: str) -> Iterator[tuple[int, int]]:
    for i, row in enumerate(readings.values[name].tolist()):
        yield from ((i, j) for j, value in enumerate(row) if isinstance(value, CellError))


def _taken(target: str, areas: Mapping[str, object], file: Path) -> str:
    """The range that takes what is passed on; of the residual streams, the first."""
    if not target.endswith("_"):
        return target
    streams = [name for name in areas if name.startswith(target) and name.count("_") == 1]
    if not streams:
        raise WorkbookError(
            f"workbook {file.name}: expected a range with the residual stream, got none",
            "give the folder that xlgpt2 build --split wrote",
        )
    return min(streams, key=lambda name: int(name.removeprefix(target)))
