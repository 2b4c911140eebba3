"""The command build --split: writes a design as a folder of workbooks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from xlgpt2.commands.build import DEFAULT_PROMPT, build
from xlgpt2.designs.design import Design
from xlgpt2.designs.provenance import provenance
from xlgpt2.designs.split import file_name, split
from xlgpt2.errors import LimitError, WorkbookError
from xlgpt2.progress import Progress, Step, silent
from xlgpt2.stages.variant import split_parts
from xlgpt2.writer.writer import DEFAULT_WRITING, Summary, Writing
from xlgpt2.xlsx.package import require_ranges
from xlgpt2.xlsx.reading.workbook import open_workbook
from xlgpt2.xlsx.reading.workbook_file import read_single_cells


def build_split(
    decided: Design,
    folder: str | Path | None = None,
    prompt: str = DEFAULT_PROMPT,
    progress: Progress = silent,
    writing: Writing = DEFAULT_WRITING,
    parts: Sequence[int] | None = None,
) -> tuple[Summary, ...]:
    """Write the workbooks of a split model to a folder, by default output/<model>.

    They are moved there when all are written. `parts` are the numbers of some of them, from 1:
    each is moved as soon as it is written, so that several programs can share the work. Raises
    WorkbookError for a folder with other workbooks in it, LimitError for a number that no workbook
    has, and what `build` raises.
    """
    folder = Path(folder or Path("output") / decided.checkpoint.name)
    names = part_names(decided)
    numbers = _part_numbers(parts, len(names))
    try:
        _check_no_others(folder, names)
        folder.mkdir(parents=True, exist_ok=True)
        if parts is not None:
            return tuple(_built(decided, numbers, folder, prompt, progress, writing))
        with tempfile.TemporaryDirectory(prefix=".xlgpt2-", dir=folder) as temporary:
            summaries = [*_built(decided, numbers, Path(temporary), prompt, progress, writing)]
            for summary in summaries:
                summary.path.replace(folder / summary.path.name)
    except OSError as error:
        raise WorkbookError(
            f"folder {folder}: expected a writable folder, got {error.strerror or error}",
            "choose another path with -o",
        ) from error
    return tuple(replace(summary, path=folder / summary.path.name) for summary in summaries)


def parts_to_build(
    decided: Design, folder: Path, parts: Sequence[int] | None, resume: bool
) -> list[int]:
    """The numbers of the workbooks that a folder lacks, or of all without `resume`.

    Raises WorkbookError for a workbook that is not a part of this model, built as requested.
    """
    names = part_names(decided)
    _check_no_others(folder, names)
    numbers = _part_numbers(parts, len(names))
    if not resume:
        return list(numbers)
    variant = replace(decided.form, part=split_parts(decided.form.blocks)[0])  # all say the same
    stated = provenance(decided.sizes, decided.checkpoint.precision, variant, decided.templates)
    stated["checkpoint_sha256"] = decided.checkpoint.sha256
    return [n for n in numbers if not _is_built(folder / names[n - 1], stated)]


def _part_numbers(parts: Sequence[int] | None, count: int) -> Sequence[int]:
    """The numbers of the requested parts, or of all; raises LimitError for one that none has."""
    numbers = range(1, count + 1)
    if wrong := [number for number in parts or () if number not in numbers]:
        raise LimitError(
            f"parts: expected numbers from 1 to {count}, got {wrong[0]}",
            "1 is the workbook of the text, the last one that of the output",
        )
    return numbers if parts is None else parts


def _is_built(file: Path, stated: Mapping[str, str]) -> bool:
    """Whether a part has been written; raises WorkbookError if it states something else."""
    if not file.exists():
        return False
    workbook = open_workbook(file)
    require_ranges(workbook.areas, stated)
    values = read_single_cells(workbook, [workbook.areas[name] for name in stated])
    for name, value in zip(stated, values, strict=True):
        if value != stated[name]:
            raise WorkbookError(
                f"workbook {file}: {name}: expected {stated[name]!r}, as requested, got {value!r}",
                "omit --resume to build it again, or choose another folder with -o",
            )
    return True


def part_names(decided: Design) -> list[str]:
    """The file names of all workbooks of a split model, in order."""
    return [file_name(part) for part in split_parts(decided.form.blocks)]


def _built(
    decided: Design,
    numbers: Sequence[int],
    folder: Path,
    prompt: str,
    progress: Progress,
    writing: Writing,
) -> Iterator[Summary]:
    """Write some workbooks of a split model to a folder."""
    for design in split(decided, numbers):
        name = file_name(design.form.part)

        def on_step(step: Step, name: str = name) -> None:
            progress(replace(step, what=f"{name}: {step.what}"))

        yield build(design, folder / name, prompt, on_step, writing)


def _check_no_others(folder: Path, names: Sequence[str]) -> None:
    """Raise WorkbookError if a folder has workbooks that would look like parts of this model."""
    others = sorted(file.name for file in folder.glob("*.xlsx") if file.name not in names)
    if others:
        raise WorkbookError(
            f"folder {folder}: expected no other workbooks, got {', '.join(others[:3])}",
            "choose another folder with -o",
        )
