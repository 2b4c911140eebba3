"""The command verify for a lessons workbook: its ranges in several engines, and its verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlgpt2.commands.engine_results import engine_result, requested_engines
from xlgpt2.commands.open_document import edited_document_checks
from xlgpt2.designs.lessons import LESSONS, LessonsDesign, lessons_design
from xlgpt2.engines import Engine
from xlgpt2.errors import PromptError
from xlgpt2.progress import Progress, Step
from xlgpt2.verification.compare import compare
from xlgpt2.verification.file_properties import other_settings
from xlgpt2.verification.lesson_inputs import AS_SAVED, LessonInputs, lesson_inputs
from xlgpt2.verification.lessons_expected import lessons_expected
from xlgpt2.verification.open_document import Editing, OpenDocument
from xlgpt2.verification.result import PromptCheck, RangeCheck, Verification
from xlgpt2.verification.static_checks import differences
from xlgpt2.xlsx.package import read_charts
from xlgpt2.xlsx.reading.calculation_settings import CalculationSettings, read_calculation_settings
from xlgpt2.xlsx.reading.workbook import Workbook


@dataclass(frozen=True)
class _Task:
    """What is compared in each engine."""

    workbook: Workbook
    design: LessonsDesign
    sets: Sequence[LessonInputs]
    progress: Progress

    def checks_in(self, engine: Engine) -> Iterator[PromptCheck]:
        """The checks of all inputs in one engine; the first difference ends them."""
        plan = self.design.plan
        inputs = [each.inputs for each in self.sets]
        all_readings = engine.recalculate(self.workbook, inputs)
        for typed, readings in zip(self.sets, all_readings, strict=False):
            expected = lessons_expected(plan, typed, readings)
            check = compare(readings, expected, plan, typed.reported)
            self.progress(Step(f"{engine.name}: {typed.why}"))
            yield check
            if not check.good:
                return

    def open_documents_in(self, engine: Engine) -> Iterable[OpenDocument]:
        """The check of an open document into which all inputs are typed in turn."""
        typed = [(each.why, each.inputs) for each in self.sets if each is not AS_SAVED]
        if not typed:
            return ()
        editing = Editing(self.workbook, self.design.plan, typed, {})
        return edited_document_checks(engine, editing, self.progress)


def verify_lessons(
    workbook: Workbook,
    engine: str,
    progress: Progress,
    probe: bool | None,
    templates: str | Path | None,
) -> Verification:
    """Compare every named range of a lessons workbook, in some engines, with the reference.

    Each exercise gets its solution, a wrong answer and none; `probe` says whether to add these and
    other inputs to the file's own (None: yes). Raises what `verify` does.
    """
    design = lessons_design(templates)
    sets = [AS_SAVED] if probe is False else lesson_inputs(design.plan)
    task = _Task(workbook, design, sets, progress)
    settings = read_calculation_settings(workbook)
    results = [
        engine_result(entry, task.checks_in, task.open_documents_in)
        for entry in requested_engines(engine)
    ]
    left_out = [entry for entry in results if entry.unsuitable and engine == "installed"]
    return Verification(
        workbook.path.name,
        LESSONS,
        tuple(check for entry in results for check in entry.checks),
        tuple(entry.failure for entry in results if entry.error and entry not in left_out),
        tuple(_static_differences(task, settings)),
        left_out=tuple(entry.error_text for entry in left_out),
        inputs=len(sets),
        manual=settings.manual,
        open_documents=tuple(opened for entry in results for opened in entry.open_documents),
    )


def _static_differences(task: _Task, settings: CalculationSettings) -> Iterator[RangeCheck]:
    """Differences found without an engine."""
    workbook = task.workbook
    yield from other_settings(settings.computing)
    formulas, charts = workbook.all_formulas(), read_charts(workbook.path)
    yield from differences(task.design.plan, workbook.contents, formulas, charts)


def no_prompt(file: Path) -> PromptError:
    """The error for a prompt or a control of a model's workbook."""
    return PromptError(
        f"workbook {file}: expected no prompt and no controls for lessons, got some",
        "omit --prompt and the options of the tab Prompt: lessons have inputs of their own",
    )
