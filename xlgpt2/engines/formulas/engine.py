"""The formulas engine: computes a workbook in this process, with nothing else installed."""

from __future__ import annotations

import time
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from xlgpt2.cells.address import Area
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.cells.values import Cells
from xlgpt2.engines.engine import NOTHING_ELSE, Computed, package_version
from xlgpt2.engines.formulas.evaluation import Evaluation
from xlgpt2.engines.formulas.overtyping import typed_over
from xlgpt2.engines.formulas.plan import Plan, make_plan
from xlgpt2.engines.inputs import Typed, typed
from xlgpt2.engines.range_values import as_cells, chosen
from xlgpt2.xlsx.reading.workbook_file import read_workbook


class FormulasEngine:
    """Computes workbooks with the Python package `formulas`; satisfies `Engine`."""

    name = "formulas"
    how_to_install = "pip install formulas"
    counts_utf16 = False

    def version(self) -> str | None:
        """The version of the package, or None where it is missing."""
        return package_version("formulas")

    def recalculate(
        self,
        workbook: Path,
        inputs: Iterable[Inputs],
        names: Collection[str] | None = None,
        also: Mapping[str, Area] = NOTHING_ELSE,
    ) -> Iterator[Readings]:
        """What every named range holds after a full recalculation, once for each of `inputs`.

        Formulas that no range in `names` needs are left out. Raises what `Engine.recalculate` says.
        """
        with _quiet():
            file = read_workbook(workbook)
            wanted = chosen(file.areas, names, workbook, also)
            areas = {**file.areas, **also}
            file = replace(file, areas=areas)
            plan = make_plan(file, None if names is None else wanted.values())
        for one in inputs:
            with _quiet():
                blocks = typed(one, file.areas, workbook)
                values, seconds = _compute(plan, blocks, wanted)
            yield Readings(self.name, self.version() or "", values, areas, seconds)

    @contextmanager
    def computed(self, workbook: Path, inputs: Inputs) -> Iterator[Computed]:
        """The workbook after a full recalculation; raises what `Engine.computed` says."""
        with _quiet():
            file = read_workbook(workbook)
            plan = make_plan(file)

        def read(area: Area) -> Cells:
            return as_cells(plan.grid.cells(area), truth_values=True)

        with typed_over(plan, typed(inputs, file.areas, workbook)) as replaced:
            with _quiet():
                Evaluation(plan, replaced).run()
            yield Computed(self.name, self.version() or "", read)


def _compute(
    plan: Plan, blocks: Sequence[Typed], wanted: Mapping[str, Area]
) -> tuple[dict[str, Cells], float]:
    """The wanted ranges after a computation, and the seconds it took."""
    with typed_over(plan, blocks) as replaced:
        start = time.perf_counter()
        Evaluation(plan, replaced).run()
        seconds = time.perf_counter() - start
        return {name: as_cells(plan.grid.cells(area)) for name, area in wanted.items()}, seconds


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what `formulas` and numpy warn of: an error in a cell is a value here."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
