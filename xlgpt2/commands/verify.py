"""The command verify: a workbook in several engines, compared with the reference."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from xlgpt2.cells.readings import Readings
from xlgpt2.cells.values import Cells
from xlgpt2.checkpoint.checkpoint import Checkpoint, Model, Precision, load_checkpoint
from xlgpt2.commands.open_document import in_open_document
from xlgpt2.commands.prediction import control_notes
from xlgpt2.commands.run import NO_CONTROLS
from xlgpt2.constants.tables import part_text
from xlgpt2.designs.inspection import Inspected, InspectedFile, inspect
from xlgpt2.designs.own_prompt import check_own_prompt
from xlgpt2.designs.provenance import STATED
from xlgpt2.engines import ENGINES, SLOW, WITNESSES, Engine, get_engine
from xlgpt2.engines.chain import compute_chain
from xlgpt2.errors import EngineError, MissingFunctionError, UnsuitableFileError
from xlgpt2.progress import Progress, Step, silent
from xlgpt2.reference.drift import Drift, drift
from xlgpt2.reference.tokenization import prompt_ids
from xlgpt2.reference.trace import part_trace
from xlgpt2.stages.template_files import load_templates, shipped_templates
from xlgpt2.verification.compare import compare
from xlgpt2.verification.difference import Outcome
from xlgpt2.verification.expected import label_trace, number_as_prompt, plan_trace
from xlgpt2.verification.file_properties import other_settings
from xlgpt2.verification.open_document import OpenDocument
from xlgpt2.verification.probes import AS_IT_STANDS, Probe, probes
from xlgpt2.verification.requests import Asked, Traces, answer, asked
from xlgpt2.verification.result import (
    EngineFailure,
    Input,
    PromptCheck,
    RangeCheck,
    Verification,
    joined,
)
from xlgpt2.verification.same_model import with_labels
from xlgpt2.verification.static_checks import differences
from xlgpt2.verification.tampering import spoilt, spoilt_trace
from xlgpt2.xlsx.package import read_charts
from xlgpt2.xlsx.reading.calculation_settings import CalculationSettings, read_calculation_settings
from xlgpt2.xlsx.reading.formulas import file_formulas
from xlgpt2.xlsx.split_folder import workbook_files


def verify(
    file: str | Path,
    model: Model = None,
    prompts: Sequence[str] = (),
    engine: str = "installed",
    progress: Progress = silent,
    revision: str | None = None,
    controls: Mapping[str, float] = NO_CONTROLS,
    probe: bool | None = None,
    templates: str | Path | None = None,
) -> Verification:
    """Every named range of the file in the engines asked for, against the reference.

    `file` may be the folder of a split model. The model is what it was built from, named as for
    `design`. Without prompts the one in the file is used. `probe` says whether inputs are
    typed that reach what these don't (None: for small models, where nothing else is asked for).
    `engine` is a name, "all", or "installed", which leaves out those that are slow. `templates` are
    those that the file was built with.
    Raises XlGpt2Error where the check can't start; an engine that fails is told in the result.
    """
    file = Path(file)
    checkpoint = load_checkpoint(model, revision)
    usual = [name for name in ENGINES if name not in WITNESSES]
    names = usual if engine in ("all", "installed") else [engine]
    engines = [get_engine(name) for name in names]
    if engine == "installed":
        engines = [entry for entry in engines if entry.name not in SLOW and entry.version()]
    folder = Path(templates) if templates else shipped_templates()
    read = load_templates(folder, checkpoint.family.name)
    inspected = inspect(workbook_files(file), checkpoint, read)
    given = [Probe("as asked for", prompt, controls) for prompt in prompts]
    if not given:
        given = [Probe("as asked for", None, controls) if controls else AS_IT_STANDS]
    if probe is None:
        probe = given == [AS_IT_STANDS] and not inspected.sizes.large
    if any(one.prompt is None for one in given):
        check_own_prompt(inspected.files[0].path, inspected.files[0].contents)
    typed = with_probes(given, inspected) if probe else given
    traces: Traces = {}
    found: list[PromptCheck] = []
    failures: list[EngineFailure] = []
    left_out: list[str] = []
    opened: list[OpenDocument] = []
    settings = [read_calculation_settings(file.path, file.contents) for file in inspected.files]
    for chosen in engines:
        try:
            checks = _checked_by(chosen, inspected, typed, len(given), traces, progress)
            found += checks
            if probe and all(check.good for check in checks):
                opened += in_open_document(chosen, inspected, progress)
        except EngineError as error:
            if engine == "installed" and isinstance(error, UnsuitableFileError):
                left_out.append(f"{error.message} ({error.hint})")
            else:
                failures.append(_failure(chosen, error))
    return Verification(
        file.name,
        _described(inspected.checkpoint),
        tuple(found),
        tuple(failures),
        tuple(_as_written(inspected, settings)),
        _drift(inspected, list(traces)[: len(set(prompts)) or 1]),
        tuple(left_out),
        inputs=len(typed),
        manual=any(one.manual for one in settings),
        open_documents=tuple(opened),
    )


def with_probes(given: Sequence[Probe], inspected: Inspected) -> list[Probe]:
    """What was asked for, and then what else files of these sizes are checked with."""
    has_controls = "new_tokens" in inspected.files[0].plan.places
    found = probes(inspected.checkpoint, inspected.sizes, has_controls)
    spoiling = spoilt(inspected.checkpoint, inspected.files[0].plan)
    return [*given, *(probe for probe in found if probe not in given), *spoiling]


def _checked_by(
    engine: Engine,
    inspected: Inspected,
    typed: Sequence[Probe],
    given: int,
    traces: Traces,
    progress: Progress,
) -> list[PromptCheck]:
    """The checks of all inputs in one engine.

    The first `given` were asked for; after them it ends with the first that shows a difference.
    """
    found: dict[int, list[PromptCheck]] = {}
    with closing(_checks(engine, inspected, typed, given, traces, progress)) as running:
        for which, check in running:
            found.setdefault(which, []).append(check)
            whole = len(inspected.files) == 1
            if (
                whole
                and which >= given - 1
                and not all(c.good for cs in found.values() for c in cs)
            ):
                break
    return list(map(joined, found.values()))


def _checks(
    engine: Engine,
    inspected: Inspected,
    typed: Sequence[Probe],
    given: int,
    traces: Traces,
    progress: Progress,
) -> Generator[tuple[int, PromptCheck]]:
    """The number of each probe with the check of each file; the reference's part is in `traces`."""
    found: list[Asked] = []
    paths = [file.path for file in inspected.files]
    areas = [{one.name: one.area for one in file.labels} for file in inspected.files]
    inputs = [probe.inputs(inspected.sizes.T) for probe in typed]
    for number, which, readings in compute_chain(engine, paths, inputs, extra_areas=areas):
        if number == 0:
            whole = len(paths) == 1
            found.append(asked(typed[which], readings, whole, engine.counts_utf16))
        one, file = found[which], inspected.files[number]
        about = Input(one.prompt, typed[which].why, one.token_ids)
        if typed[which].over:
            known = spoilt_trace(readings, file.plan, inspected.checkpoint)
            shown = {name: readings.values[name] for name in known if name in readings.values}
            yield which, compare(replace(readings, values=shown), known, file.plan, about)
        else:
            traced = answer(traces, one, inspected.checkpoint, inspected.sizes)
            known = _known(traced, file, inspected, readings)
            known |= label_trace(file.labels, known)
            check = compare(readings, known, file.plan, about, file.left_out, file.labels)
            check = with_labels(check, readings, inspected.checkpoint.sha256)
            yield which, replace(check, notes=control_notes(readings) if which < given else ())
        where = f" in {file.path.name}" if len(paths) > 1 else ""
        progress(Step(f"{readings.engine}: {about}{where}"))


def _as_written(
    inspected: Inspected, settings: Sequence[CalculationSettings]
) -> Iterator[RangeCheck]:
    """What is wrong in files as they are written; each has its settings."""
    for file, of_file in zip(inspected.files, settings, strict=True):
        yield from other_settings(of_file.computing)
        formulas, charts = file_formulas(file.path), read_charts(file.path)
        yield from differences(file.plan, file.contents, formulas, charts)


def _known(
    traced: Mapping[str, Cells], file: InspectedFile, inspected: Inspected, readings: Readings
) -> dict[str, Cells]:
    """All that is known of a file: by the reference, by its plan, and what only itself can say."""
    part, precision = file.variant.part, inspected.checkpoint.precision
    return {
        **part_trace(traced, part.before, part.after),
        **plan_trace(file.plan, inspected.sizes, precision, file.variant),
        **{name: readings.values[name] for name in STATED if name in readings.values},
        **number_as_prompt(readings),
    }


def _drift(inspected: Inspected, given: Sequence[Asked]) -> Drift | None:
    """What rounding does to the answers to some prompts; None where no weight was rounded."""
    checkpoint, sizes = inspected.checkpoint, inspected.sizes
    if checkpoint.precision == Precision():
        return None
    prompts = dict.fromkeys(one.prompt for one in given)
    found = [
        prompt_ids(checkpoint.vocabulary, prompt, sizes.max_bytes, sizes.T) for prompt in prompts
    ]
    return drift(checkpoint, [ids for ids in found if ids]) if any(found) else None


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
