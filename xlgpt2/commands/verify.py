"""The command verify: compares a workbook, in several engines, with the reference."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from xlgpt2.cells.readings import Readings
from xlgpt2.cells.values import Cells
from xlgpt2.checkpoint.checkpoint import Checkpoint, Model, Precision, load_checkpoint
from xlgpt2.commands.open_document import open_document_checks
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
from xlgpt2.stages.template_files import load_templates
from xlgpt2.verification.compare import compare
from xlgpt2.verification.difference import Outcome
from xlgpt2.verification.expected import label_trace, number_as_prompt, plan_trace
from xlgpt2.verification.file_properties import other_settings
from xlgpt2.verification.open_document import OpenDocument
from xlgpt2.verification.probes import OWN_INPUTS, Probe, probes
from xlgpt2.verification.requests import Request, Traces, expected_trace, request_of
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
from xlgpt2.verification.tampering import tampered_trace, tampering_probes
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
    """Compare every named range of the file, in the requested engines, with the reference.

    `file` may be the folder of a split model. The model is what it was built from, named as for
    `design`. Without prompts the one in the file is used. `probe` says whether to add inputs that
    reach what these don't (None: for small models, if no prompt and no control is given).
    `engine` is a name, "all", or "installed", which leaves out those that are slow. `templates` are
    those that the file was built with.
    Raises XlGpt2Error if the check can't start; an engine that fails is reported in the result.
    """
    file = Path(file)
    checkpoint = load_checkpoint(model, revision)
    default_names = [name for name in ENGINES if name not in WITNESSES]
    names = default_names if engine in ("all", "installed") else [engine]
    engines = [get_engine(name) for name in names]
    if engine == "installed":
        engines = [entry for entry in engines if entry.name not in SLOW and entry.version()]
    loaded = load_templates(templates, checkpoint.family.name)
    inspected = inspect(workbook_files(file), checkpoint, loaded)
    requested = [Probe("as requested", prompt, controls) for prompt in prompts]
    if not requested:
        requested = [Probe("as requested", None, controls) if controls else OWN_INPUTS]
    if probe is None:
        probe = requested == [OWN_INPUTS] and not inspected.sizes.large
    if any(entry.prompt is None for entry in requested):
        check_own_prompt(inspected.files[0].path, inspected.files[0].contents)
    inputs = with_probes(requested, inspected) if probe else requested
    traces: Traces = {}
    checks: list[PromptCheck] = []
    failures: list[EngineFailure] = []
    left_out: list[str] = []
    open_documents: list[OpenDocument] = []
    settings = [read_calculation_settings(file.path, file.contents) for file in inspected.files]
    for entry in engines:
        try:
            engine_checks = _checks_in(entry, inspected, inputs, len(requested), traces, progress)
            checks += engine_checks
            if probe and all(check.good for check in engine_checks):
                open_documents += open_document_checks(entry, inspected, progress)
        except EngineError as error:
            if engine == "installed" and isinstance(error, UnsuitableFileError):
                left_out.append(f"{error.message} ({error.hint})")
            else:
                failures.append(_failure(entry, error))
    return Verification(
        file.name,
        _description(inspected.checkpoint),
        tuple(checks),
        tuple(failures),
        tuple(_static_differences(inspected, settings)),
        _drift(inspected, list(traces)[: len(set(prompts)) or 1]),
        tuple(left_out),
        inputs=len(inputs),
        manual=any(of_file.manual for of_file in settings),
        open_documents=tuple(open_documents),
    )


def with_probes(requested: Sequence[Probe], inspected: Inspected) -> list[Probe]:
    """The requested inputs, then the other ones for files of these sizes."""
    has_controls = "new_tokens" in inspected.files[0].plan.places
    all_probes = probes(inspected.checkpoint, inspected.sizes, has_controls)
    tampering = tampering_probes(inspected.checkpoint, inspected.files[0].plan)
    return [*requested, *(probe for probe in all_probes if probe not in requested), *tampering]


def _checks_in(
    engine: Engine,
    inspected: Inspected,
    inputs: Sequence[Probe],
    requested: int,
    traces: Traces,
    progress: Progress,
) -> list[PromptCheck]:
    """The checks of all inputs in one engine.

    The first `requested` of them were requested; after these, the first difference ends it.
    """
    by_input: dict[int, list[PromptCheck]] = {}
    with closing(_file_checks(engine, inspected, inputs, requested, traces, progress)) as running:
        for index, check in running:
            by_input.setdefault(index, []).append(check)
            whole = len(inspected.files) == 1
            if (
                whole
                and index >= requested - 1
                and not all(c.good for cs in by_input.values() for c in cs)
            ):
                break
    return list(map(joined, by_input.values()))


def _file_checks(
    engine: Engine,
    inspected: Inspected,
    inputs: Sequence[Probe],
    requested: int,
    traces: Traces,
    progress: Progress,
) -> Generator[tuple[int, PromptCheck]]:
    """The index of each input with the check of each file; the reference's traces are reused."""
    requests: list[Request] = []
    paths = [file.path for file in inspected.files]
    areas = [{labels.name: labels.area for labels in file.labels} for file in inspected.files]
    input_cells = [probe.inputs(inspected.sizes.T) for probe in inputs]
    for number, index, readings in compute_chain(engine, paths, input_cells, extra_areas=areas):
        probe = inputs[index]
        if number == 0:
            whole = len(paths) == 1
            requests.append(request_of(probe, readings, whole, engine.counts_utf16))
        request, file = requests[index], inspected.files[number]
        input_ = Input(request.prompt, probe.why, request.token_ids)
        if probe.overrides:
            expected = tampered_trace(readings, file.plan, inspected.checkpoint)
            values = {name: readings.values[name] for name in expected if name in readings.values}
            yield index, compare(replace(readings, values=values), expected, file.plan, input_)
        else:
            trace = expected_trace(traces, request, inspected.checkpoint, inspected.sizes)
            expected = _expected(trace, file, inspected, readings)
            expected |= label_trace(file.labels, expected)
            check = compare(readings, expected, file.plan, input_, file.left_out, file.labels)
            check = with_labels(check, readings, inspected.checkpoint.sha256)
            yield index, replace(check, notes=control_notes(readings) if index < requested else ())
        where = f" in {file.path.name}" if len(paths) > 1 else ""
        progress(Step(f"{readings.engine}: {input_}{where}"))


def _static_differences(
    inspected: Inspected, settings: Sequence[CalculationSettings]
) -> Iterator[RangeCheck]:
    """Differences found without an engine; `settings` are each file's."""
    for file, of_file in zip(inspected.files, settings, strict=True):
        yield from other_settings(of_file.computing)
        formulas, charts = file_formulas(file.path), read_charts(file.path)
        yield from differences(file.plan, file.contents, formulas, charts)


def _expected(
    trace: Mapping[str, Cells], file: InspectedFile, inspected: Inspected, readings: Readings
) -> dict[str, Cells]:
    """The expected ranges of a file: from the reference, its plan, or else the file itself."""
    part, precision = file.variant.part, inspected.checkpoint.precision
    return {
        **part_trace(trace, part.before, part.after),
        **plan_trace(file.plan, inspected.sizes, precision, file.variant),
        **{name: readings.values[name] for name in STATED if name in readings.values},
        **number_as_prompt(readings),
    }


def _drift(inspected: Inspected, requests: Sequence[Request]) -> Drift | None:
    """The effect of rounded weights on some requests; None if they were not rounded."""
    checkpoint, sizes = inspected.checkpoint, inspected.sizes
    if checkpoint.precision == Precision():
        return None
    prompts = dict.fromkeys(request.prompt for request in requests)
    token_ids = [
        prompt_ids(checkpoint.vocabulary, prompt, sizes.max_bytes, sizes.T) for prompt in prompts
    ]
    return drift(checkpoint, [ids for ids in token_ids if ids]) if any(token_ids) else None


def _description(checkpoint: Checkpoint) -> str:
    """The model's name, and which part of it is in the file if not all."""
    words = [checkpoint.name]
    if part := part_text(checkpoint.blocks, checkpoint.config.n_layer):
        words.append(part)
    if checkpoint.precision != Precision():
        digits = checkpoint.precision.digits
        words.append(checkpoint.precision.dtype + (f" of {digits} digits" if digits else ""))
    return ", ".join(words)


def _failure(engine: Engine, error: EngineError) -> EngineFailure:
    lacks_function = isinstance(error, MissingFunctionError)
    outcome = Outcome.MISSING_FUNCTION if lacks_function else Outcome.ENGINE_FAILED
    return EngineFailure(engine.name, outcome, f"{error.message} ({error.hint})")
