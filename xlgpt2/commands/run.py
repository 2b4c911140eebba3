"""The command run: a workbook's prediction for a prompt, in an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.commands.broken_workbook import check_not_broken
from xlgpt2.commands.prediction import (
    CONTROL_MESSAGES,
    RANGES,
    SCORE_RANGES,
    VERDICT,
    Prediction,
    read_prediction,
    token_count,
)
from xlgpt2.designs.inputs import check_token_ids, control_inputs, prompt_inputs, token_id_inputs
from xlgpt2.designs.own_prompt import check_own_prompt
from xlgpt2.engines import get_engine, libreoffice
from xlgpt2.engines.chain import compute_chain
from xlgpt2.progress import Progress, Step, silent
from xlgpt2.xlsx.package import require_ranges
from xlgpt2.xlsx.reading.workbook import Workbook, open_workbook
from xlgpt2.xlsx.split_folder import workbook_files

#: No change to the file's own controls.
NO_CONTROLS: Mapping[str, float] = {}


def run(
    file: str | Path,
    prompt: str | None = None,
    token_ids: Sequence[int] | None = None,
    engine: str = "formulas",
    top: int = 10,
    progress: Progress = silent,
    controls: Mapping[str, float] = NO_CONTROLS,
) -> Prediction:
    """The file's prediction for a prompt or for token ids; raises XlGpt2Error.

    `file` may be the folder of a split model: its workbooks are computed in order.
    """
    workbooks = [open_workbook(path) for path in workbook_files(Path(file))]
    inputs = prompt_inputs(prompt)
    if token_ids is not None:
        areas = {**workbooks[-1].areas, **workbooks[0].areas}
        require_ranges(areas, ("found_ids", "token_ids", "logits"))
        check_token_ids(token_ids, areas["found_ids"].rows, areas["logits"].rows)
        inputs = token_id_inputs(token_ids, areas["found_ids"].rows)
    elif prompt is None:
        check_own_prompt(workbooks[0])
    inputs = {**inputs, **control_inputs(controls)}
    with libreoffice.running():
        return read_prediction(_merged_readings(workbooks, inputs, engine, progress), top)


def _merged_readings(
    workbooks: Sequence[Workbook], inputs: Inputs, engine: str, progress: Progress
) -> Readings:
    """The readings of all workbooks of a model, merged."""
    merged: Readings | None = None
    names = [*RANGES, *SCORE_RANGES, *CONTROL_MESSAGES]
    if inputs.get("check") == [[1.0]]:  # else it would be computed for nothing
        names.append(VERDICT)
    for number, _, readings in compute_chain(get_engine(engine), workbooks, [inputs], names):
        progress(Step(workbooks[number].path.name))
        if number == 0:
            require_ranges(readings.values, ("token_count", "prompt", "prompt_message"))
            check_not_broken(get_engine(engine), workbooks[0], inputs, readings)
        if number == 0 and len(workbooks) > 1:
            token_count(readings)  # raises an error for a prompt that is empty or too long
        merged = readings if merged is None else merged.merged_with(readings)
    assert merged is not None
    return merged
