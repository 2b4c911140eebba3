"""Running and checking a file: prompts through engines, readings against the reference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xlgpt2.checkpoint.checkpoint import Checkpoint, Model, Precision, load_checkpoint
from xlgpt2.engines import ENGINES, Engine, get_engine
from xlgpt2.engines.package import read_contents
from xlgpt2.errors import EngineError, MissingFunctionError, UnsuitableFileError
from xlgpt2.inspection import inspect
from xlgpt2.prediction import (
    RANGES,
    Prediction,
    check_token_ids,
    read_prediction,
    require_ranges,
    typed_ids,
    typed_prompt,
)
from xlgpt2.progress import Progress, Step, silent
from xlgpt2.reference.drift import drift
from xlgpt2.reference.trace import trace
from xlgpt2.stages.templates import load_templates, shipped_templates
from xlgpt2.tables import part_text
from xlgpt2.verify import EngineFailure, Outcome, PromptCheck, Verification, compare


def run(
    file: Path,
    prompt: str | None = None,
    token_ids: tuple[int, ...] | None = None,
    engine: str = "formulas",
    top: int = 10,
) -> Prediction:
    """What the file answers to a prompt or to token ids; raises XlGpt2Error."""
    chosen = get_engine(engine)
    inputs = typed_prompt(prompt)
    if token_ids is not None:
        areas = read_contents(file).areas
        require_ranges(areas, ("token_ids", "logits"))
        check_token_ids(token_ids, areas["token_ids"].rows, areas["logits"].rows)
        inputs = typed_ids(token_ids, areas["token_ids"].rows)
    readings = next(iter(chosen.recalculate(file, [inputs], RANGES)))
    return read_prediction(readings, top)


def verify(
    file: Path,
    model: Model = None,
    prompts: Sequence[str] = (),
    engine: str = "installed",
    progress: Progress = silent,
    revision: str | None = None,
) -> Verification:
    """Every named range of the file in the engines asked for, against the reference.

    The model is what the file was built from, named as for `build.design`. Without prompts the
    one in the file is used. `engine` is a name, "all", or "installed".
    Raises XlGpt2Error where the check can't start; an engine that fails is told in the result.
    """
    checkpoint = load_checkpoint(model, revision)
    names = [engine] if engine in ENGINES else list(ENGINES)
    if engine == "installed":
        names = [name for name in names if get_engine(name).version()]
    inspected = inspect(file, checkpoint, load_templates(shipped_templates()))
    checkpoint, sizes = inspected.checkpoint, inspected.sizes
    ids: dict[str, list[int]] = {}
    inputs = [typed_prompt(prompt) for prompt in prompts] or [typed_prompt(None)]
    checks: list[PromptCheck] = []
    failures: list[EngineFailure] = []
    left_out: list[str] = []
    for chosen in [get_engine(name) for name in names]:
        try:
            for readings in chosen.recalculate(file, inputs):
                prompt = readings.text("prompt")
                expected = trace(checkpoint, sizes, prompt)
                ids[prompt] = [int(i) for i in expected["token_ids"][:, 0] if i != ""]
                known = {n: expected[n] for n in expected if n not in inspected.left_out}
                checks.append(compare(readings, known, inspected.plan, prompt))
                progress(Step(f"{readings.engine}: {prompt!r}"))
        except EngineError as error:
            if engine == "installed" and isinstance(error, UnsuitableFileError):
                left_out.append(f"{error.message} ({error.hint})")
            else:
                failures.append(_failure(chosen, error))
    rounded = checkpoint.precision != Precision() and ids
    return Verification(
        file.name,
        _described(checkpoint),
        tuple(checks),
        tuple(failures),
        drift(checkpoint, ids.values()) if rounded else None,
        tuple(left_out),
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
