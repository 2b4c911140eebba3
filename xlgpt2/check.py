"""Running and checking a file: prompts through engines, readings against the reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from xlgpt2.build import plan_of
from xlgpt2.cells import Area
from xlgpt2.checkpoint.checkpoint import Checkpoint, Model, load_checkpoint
from xlgpt2.engines import ENGINES, Engine, get_engine
from xlgpt2.engines.package import read_contents
from xlgpt2.errors import EngineError, MissingFunctionError, WorkbookError
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
from xlgpt2.reference.trace import trace
from xlgpt2.sizes import Sizes, sizes_of
from xlgpt2.stages.templates import load_templates, shipped_templates
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
    sizes = _sizes(read_contents(file).areas, checkpoint)
    plan = plan_of(sizes, load_templates(shipped_templates()))
    inputs = [typed_prompt(prompt) for prompt in prompts] or [typed_prompt(None)]
    checks: list[PromptCheck] = []
    failures: list[EngineFailure] = []
    for chosen in [get_engine(name) for name in names]:
        try:
            for readings in chosen.recalculate(file, inputs):
                prompt = readings.text("prompt")
                checks.append(compare(readings, trace(checkpoint, sizes, prompt), plan, prompt))
                progress(Step(f"{readings.engine}: {prompt!r}"))
        except EngineError as error:
            failures.append(_failure(chosen, error))
    return Verification(file.name, checkpoint.name, tuple(checks), tuple(failures))


def _failure(engine: Engine, error: EngineError) -> EngineFailure:
    lacks = isinstance(error, MissingFunctionError)
    outcome = Outcome.MISSING_FUNCTION if lacks else Outcome.ENGINE_FAILED
    return EngineFailure(engine.name, outcome, f"{error.message} ({error.hint})")


def _sizes(areas: Mapping[str, Area], checkpoint: Checkpoint) -> Sizes:
    """The sizes of a workbook with these ranges; raises WorkbookError if it is another model's."""
    require_ranges(areas, ("token_ids", "code_point", "prompt", "wte"))
    config = checkpoint.config
    expected = (config.vocab_size, config.n_embd)
    if areas["wte"].shape != expected:
        raise WorkbookError(
            f"workbook: expected wte {list(expected)} as in model {checkpoint.name}, "
            f"got {list(areas['wte'].shape)}",
            "name the checkpoint that the file was built from with --model",
        )
    capacity, max_bytes = areas["token_ids"].rows, areas["code_point"].rows
    return sizes_of(checkpoint, capacity, max_bytes)
