"""The command verify: compares a workbook, in several engines, with the reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from xlgpt2.checkpoint.checkpoint import Checkpoint, Model, Precision, load_checkpoint
from xlgpt2.commands.engine_results import EngineResult, engine_result, requested_engines
from xlgpt2.commands.open_document import open_document_checks
from xlgpt2.commands.prediction import control_notes
from xlgpt2.commands.readings import read_probes
from xlgpt2.commands.run import NO_CONTROLS
from xlgpt2.commands.verify_lessons import no_prompt, verify_lessons
from xlgpt2.constants.tables import part_text
from xlgpt2.designs.inspection import Inspected, inspect
from xlgpt2.designs.lessons import is_lessons
from xlgpt2.designs.own_prompt import check_own_prompt
from xlgpt2.engines import Engine
from xlgpt2.progress import Progress, Step, silent
from xlgpt2.reference.drift import Drift, drift
from xlgpt2.reference.tokenization import prompt_ids
from xlgpt2.stages.template_files import load_templates
from xlgpt2.verification.compare import compare
from xlgpt2.verification.expected import Reference
from xlgpt2.verification.file_properties import other_settings
from xlgpt2.verification.open_document import OpenDocument
from xlgpt2.verification.probes import OWN_INPUTS, Probe, probes
from xlgpt2.verification.requests import Reading
from xlgpt2.verification.result import (
    PromptCheck,
    RangeCheck,
    Verification,
    joined,
)
from xlgpt2.verification.same_model import with_labels
from xlgpt2.verification.static_checks import differences
from xlgpt2.verification.tampering import tampering_probes
from xlgpt2.xlsx.package import read_charts
from xlgpt2.xlsx.reading.calculation_settings import CalculationSettings, read_calculation_settings
from xlgpt2.xlsx.reading.workbook import open_workbook
from xlgpt2.xlsx.split_folder import workbook_files


@dataclass(frozen=True)
class _Task:
    """What is compared in each engine: the inputs, of which the first ones were requested."""

    inspected: Inspected
    inputs: Sequence[Probe]
    requested: int
    reference: Reference
    with_open_document: bool
    progress: Progress


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
    engines = requested_engines(engine)
    workbooks = [open_workbook(path) for path in workbook_files(file)]
    if is_lessons(workbooks[0]):
        if prompts or controls:
            raise no_prompt(file)
        return verify_lessons(workbooks[0], engine, progress, probe, templates)
    loaded = load_templates(templates, checkpoint.family.name)
    inspected = inspect(workbooks, checkpoint, loaded)
    requested = requested_probes(prompts, controls)
    if any(entry.prompt is None for entry in requested):
        check_own_prompt(workbooks[0])
    if probe is None:
        probe = requested == [OWN_INPUTS] and not inspected.sizes.large
    inputs = with_probes(requested, inspected) if probe else requested
    settings = [read_calculation_settings(workbook) for workbook in workbooks]
    reference = Reference(inspected.checkpoint, inspected.sizes)
    task = _Task(inspected, inputs, len(requested), reference, probe, progress)
    results = [_result(entry, task) for entry in engines]
    left_out = [entry for entry in results if entry.unsuitable and engine == "installed"]
    prompts_checked = [
        check.input.prompt or "" for entry in results for check in entry.checks[: len(requested)]
    ]
    return Verification(
        file.name,
        _description(inspected.checkpoint),
        tuple(check for entry in results for check in entry.checks),
        tuple(entry.failure for entry in results if entry.error and entry not in left_out),
        tuple(_static_differences(inspected, settings)),
        _drift(inspected, prompts_checked),
        tuple(entry.error_text for entry in left_out),
        inputs=len(inputs),
        manual=any(of_file.manual for of_file in settings),
        open_documents=tuple(opened for entry in results for opened in entry.open_documents),
    )


def requested_probes(prompts: Sequence[str], controls: Mapping[str, float]) -> list[Probe]:
    """The inputs that somebody asked for: prompts and controls, or else the file's own."""
    if prompts:
        return [Probe("as requested", prompt, controls) for prompt in prompts]
    return [Probe("as requested", None, controls) if controls else OWN_INPUTS]


def with_probes(requested: Sequence[Probe], inspected: Inspected) -> list[Probe]:
    """The requested inputs, then the other ones for files of these sizes."""
    has_controls = "new_tokens" in inspected.files[0].plan.places
    cells = inspected.files[0].plan.places.keys()
    all_probes = [
        probe.with_cells(cells)
        for probe in probes(inspected.checkpoint, inspected.sizes, has_controls)
    ]
    tampering = tampering_probes(inspected.checkpoint, inspected.files[0].plan)
    return [*requested, *(probe for probe in all_probes if probe not in requested), *tampering]


def _result(engine: Engine, task: _Task) -> EngineResult:
    """The checks of all inputs in one engine, and of its open document if these are all good."""

    def open_documents(engine: Engine) -> Iterable[OpenDocument]:
        if not task.with_open_document:
            return ()
        return open_document_checks(engine, task.inspected, task.progress)

    return engine_result(engine, lambda engine: _checks_in(engine, task), open_documents)


def _checks_in(engine: Engine, task: _Task) -> list[PromptCheck]:
    """The checks of all inputs in one engine, those of a split model's files joined.

    After the requested inputs, the first difference ends it.
    """
    by_input: dict[int, list[PromptCheck]] = {}
    whole = len(task.inspected.files) == 1
    good = True
    with closing(read_probes(engine, task.inspected, task.inputs)) as readings:
        for reading in readings:
            check = _check(reading, task.reference, task.inspected.checkpoint.sha256)
            if reading.index < task.requested:
                check = replace(check, notes=control_notes(reading.readings))
            by_input.setdefault(reading.index, []).append(check)
            where = "" if whole else f" in {reading.file.workbook.path.name}"
            task.progress(Step(f"{engine.name}: {reading.input}{where}"))
            good = good and check.good
            if whole and reading.index >= task.requested - 1 and not good:
                break
    return list(map(joined, by_input.values()))


def _check(reading: Reading, reference: Reference, sha256: str) -> PromptCheck:
    """The check of one reading."""
    expected = reference.expected(reading)
    check = compare(
        expected.compared_part(reading.readings),
        expected.ranges,
        reading.file.plan,
        reading.input,
        expected.left_out,
        expected.labels,
    )
    return with_labels(check, reading.readings, sha256)


def _static_differences(
    inspected: Inspected, settings: Sequence[CalculationSettings]
) -> Iterator[RangeCheck]:
    """Differences found without an engine; `settings` are each file's."""
    for file, of_file in zip(inspected.files, settings, strict=True):
        yield from other_settings(of_file.computing)
        workbook = file.workbook
        formulas, charts = workbook.all_formulas(), read_charts(workbook.path)
        yield from differences(file.plan, workbook.contents, formulas, charts)


def _drift(inspected: Inspected, prompts: Iterable[str]) -> Drift | None:
    """The effect of rounded weights on the prompts; None if they were not rounded."""
    checkpoint, sizes = inspected.checkpoint, inspected.sizes
    if checkpoint.precision == Precision():
        return None
    token_ids = [
        prompt_ids(checkpoint.vocabulary, prompt, sizes.max_bytes, sizes.T)
        for prompt in dict.fromkeys(prompts)
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
