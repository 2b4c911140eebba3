"""Running and checking a file: prompts through engines, readings against the reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from xlgpt2.build import CONTROLS
from xlgpt2.cells import Cells, Inputs, Readings
from xlgpt2.chain import computed
from xlgpt2.checkpoint.checkpoint import Checkpoint, Model, Precision, load_checkpoint
from xlgpt2.comparison import Outcome
from xlgpt2.engines import ENGINES, SLOW, Engine, get_engine
from xlgpt2.engines.package import read_contents
from xlgpt2.errors import EngineError, MissingFunctionError, UnsuitableFileError
from xlgpt2.inspection import Inspected, InspectedFile, inspect
from xlgpt2.plan_trace import plan_trace
from xlgpt2.prediction import (
    RANGES,
    SCORE_RANGES,
    Prediction,
    check_token_ids,
    read_prediction,
    require_ranges,
    token_count,
    typed_ids,
    typed_numbers,
    typed_prompt,
)
from xlgpt2.progress import Progress, Step, silent
from xlgpt2.provenance import STATED
from xlgpt2.reference.drift import drift
from xlgpt2.reference.generation import Controls
from xlgpt2.reference.sampling import Sampling
from xlgpt2.reference.trace import trace, volume_trace
from xlgpt2.split import split_files
from xlgpt2.stages.templates import load_templates, shipped_templates
from xlgpt2.tables import part_text
from xlgpt2.verify import EngineFailure, PromptCheck, Verification, compare, joined

#: The controls of the tab Prompt as the file has them.
NO_CONTROLS: Mapping[str, float] = {}

#: What an engine was asked: the prompt, the controls, and the token ids that the file then wrote.
Asked = tuple[str, Controls, tuple[object, ...]]
Traces = dict[Asked, Mapping[str, Cells]]


def run(
    file: Path,
    prompt: str | None = None,
    token_ids: tuple[int, ...] | None = None,
    engine: str = "formulas",
    top: int = 10,
    progress: Progress = silent,
    controls: Mapping[str, float] = NO_CONTROLS,
) -> Prediction:
    """What the file answers to a prompt or to token ids; raises XlGpt2Error.

    `file` may be the folder of a split model: its workbooks are computed one after the other.
    """
    files = _files(file)
    inputs = typed_prompt(prompt)
    if token_ids is not None:
        areas = {**read_contents(files[-1]).areas, **read_contents(files[0]).areas}
        require_ranges(areas, ("found_ids", "token_ids", "logits"))
        check_token_ids(token_ids, areas["found_ids"].rows, areas["logits"].rows)
        inputs = typed_ids(token_ids, areas["found_ids"].rows)
    inputs = {**inputs, **typed_numbers(controls)}
    found: Readings | None = None
    for number, _, readings in computed(
        get_engine(engine), files, [inputs], (*RANGES, *SCORE_RANGES)
    ):
        progress(Step(files[number].name))
        if number == 0 and len(files) > 1:
            token_count(readings)  # an empty prompt, or one that is too long, ends here
        found = readings if found is None else found.and_then(readings)
    assert found is not None
    return read_prediction(found, top)


def verify(
    file: Path,
    model: Model = None,
    prompts: Sequence[str] = (),
    engine: str = "installed",
    progress: Progress = silent,
    revision: str | None = None,
    controls: Mapping[str, float] = NO_CONTROLS,
) -> Verification:
    """Every named range of the file in the engines asked for, against the reference.

    `file` may be the folder of a split model. The model is what it was built from, named as for
    `build.design`. Without prompts the one in the file is used. `engine` is a name, "all", or
    "installed", which leaves out those that are slow.
    Raises XlGpt2Error where the check can't start; an engine that fails is told in the result.
    """
    checkpoint = load_checkpoint(model, revision)
    names = [engine] if engine in ENGINES else list(ENGINES)
    if engine == "installed":
        names = [name for name in names if name not in SLOW and get_engine(name).version()]
    templates = load_templates(shipped_templates())
    inspected = inspect(_files(file), checkpoint, templates)
    numbers = typed_numbers(controls)
    typed = [typed_prompt(prompt) for prompt in prompts] or [typed_prompt(None)]
    inputs = [{**one, **numbers} for one in typed]
    traces: Traces = {}
    checks: list[PromptCheck] = []
    failures: list[EngineFailure] = []
    left_out: list[str] = []
    for chosen in [get_engine(name) for name in names]:
        found: dict[int, list[PromptCheck]] = {}
        try:
            for which, check in _checks(chosen, inspected, inputs, traces, progress):
                found.setdefault(which, []).append(check)
        except EngineError as error:
            if engine == "installed" and isinstance(error, UnsuitableFileError):
                left_out.append(f"{error.message} ({error.hint})")
            else:
                failures.append(_failure(chosen, error))
        checks += map(joined, found.values())
    checkpoint = inspected.checkpoint
    T = inspected.sizes.T
    prompts_ids = {key[0]: known["token_ids"][:T, 0] for key, known in traces.items()}
    ids = [[int(i) for i in found_ids if i != ""] for found_ids in prompts_ids.values()]
    return Verification(
        file.name,
        _described(checkpoint),
        tuple(checks),
        tuple(failures),
        drift(checkpoint, ids) if checkpoint.precision != Precision() and ids else None,
        tuple(left_out),
    )


def _files(file: Path) -> tuple[Path, ...]:
    """A workbook, or those in the folder of a split model."""
    return split_files(file) if file.is_dir() else (file,)


def _checks(
    engine: Engine,
    inspected: Inspected,
    inputs: Sequence[Inputs],
    traces: Traces,
    progress: Progress,
) -> Iterator[tuple[int, PromptCheck]]:
    """The number of inputs with the check of each file; what the reference gives is in `traces`."""
    asked: list[Asked] = []
    paths = [file.path for file in inspected.files]
    for number, which, readings in computed(engine, paths, inputs):
        if number == 0:
            wrote = tuple(readings.values["chosen_ids"][:, 0]) if len(paths) == 1 else ()
            asked.append((readings.text("prompt"), typed_controls(readings), wrote))
        key, file = asked[which], inspected.files[number]
        prompt, controls, seen = key
        if key not in traces:
            traces[key] = trace(
                inspected.checkpoint, inspected.sizes, prompt, controls=controls, seen=seen
            )
        known = _known(traces[key], file, inspected, readings)
        yield which, compare(readings, known, file.plan, prompt, file.left_out)
        where = f" in {file.path.name}" if len(paths) > 1 else ""
        progress(Step(f"{readings.engine}: {prompt!r}{where}"))


def _known(
    traced: Mapping[str, Cells], file: InspectedFile, inspected: Inspected, readings: Readings
) -> dict[str, Cells]:
    """All that is known of a file: by the reference, by its plan, and what only itself can say."""
    volume, precision = file.form.volume, inspected.checkpoint.precision
    return {
        **volume_trace(traced, volume.before, volume.after),
        **plan_trace(file.plan, inspected.sizes, precision, file.form),
        **{name: readings.values[name] for name in STATED if name in readings.values},
    }


def typed_controls(readings: Readings) -> Controls:
    """The controls of the tab Prompt as an engine read them; a split model has none."""
    if "new_tokens" not in readings.values:
        return Controls()
    names = ("new_tokens", *CONTROLS, "sampling_number")
    numbers = {name: readings.number(name) or 0.0 for name in names}
    return Controls(
        int(numbers["new_tokens"]),
        Sampling(
            numbers["temperature"],
            int(numbers["top_k"]),
            numbers["top_p"],
            int(numbers["seed"]),
        ),
        score=numbers["score"] == 1,
        shown=int(numbers["sampling_number"]),
    )


def _described(checkpoint: Checkpoint) -> str:
    """The model's name, with what of it is in the file if that is not all."""
    words = [checkpoint.name]
    if said := part_text(checkpoint.blocks, checkpoint.config.n_layer):
        words.append(said)
    if checkpoint.precision != Precision():
        digits = checkpoint.precision.digits
        words.append(checkpoint.precision.dtype + (f" of {digits} digits" if digits else ""))
    return ", ".join(words)


def _failure(engine: Engine, error: EngineError) -> EngineFailure:
    lacks = isinstance(error, MissingFunctionError)
    outcome = Outcome.MISSING_FUNCTION if lacks else Outcome.ENGINE_FAILED
    return EngineFailure(engine.name, outcome, f"{error.message} ({error.hint})")
