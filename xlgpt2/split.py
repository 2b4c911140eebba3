"""Splitting: a model as a folder of workbooks, for the text, each block and the answer.

Each takes on its tab Input N what the one before it has on its tab Output N, so that no program has
to hold more than one block.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from xlgpt2.building import DEFAULT_PROMPT, Design, build, design_of
from xlgpt2.errors import WorkbookError
from xlgpt2.progress import Progress, Step, silent
from xlgpt2.stages.form import Volume, volumes
from xlgpt2.workbook.writer import AS_USUAL, Summary, Writing


def split(decided: Design) -> Iterator[Design]:
    """The workbooks of a split model on paper, in the order of the data."""
    for volume in volumes(decided.form.blocks):
        form = replace(decided.form, volume=volume)
        yield design_of(decided.checkpoint, decided.sizes, decided.templates, form)


def file_name(volume: Volume) -> str:
    """What a workbook of a split model is called: 01-text.xlsx, 02-h0.xlsx, ..."""
    return f"{volume.number:02}-{volume.name}.xlsx"


def build_split(
    decided: Design,
    folder: str | Path | None = None,
    prompt: str = DEFAULT_PROMPT,
    progress: Progress = silent,
    writing: Writing = AS_USUAL,
) -> tuple[Summary, ...]:
    """The workbooks of a split model in a folder, by default output/<model>.

    They are put in place when all are written. Raises WorkbookError for a folder with other
    workbooks in it, and what `build` raises.
    """
    folder = Path(folder or Path("output") / decided.checkpoint.name)
    names = [file_name(volume) for volume in volumes(decided.form.blocks)]
    try:
        _refuse_others(folder, names)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".xlgpt2-", dir=folder) as beside:
            built = []
            for design, name in zip(split(decided), names, strict=True):

                def tell(step: Step, name: str = name) -> None:
                    progress(replace(step, what=f"{name}: {step.what}"))

                built.append(build(design, Path(beside) / name, prompt, tell, writing))
            for summary in built:
                summary.path.replace(folder / summary.path.name)
    except OSError as error:
        raise WorkbookError(
            f"folder {folder}: expected one that can be written, got {error.strerror or error}",
            "choose another place with -o",
        ) from error
    return tuple(replace(summary, path=folder / summary.path.name) for summary in built)


def split_files(folder: Path) -> tuple[Path, ...]:
    """The workbooks of a split model in order; raises WorkbookError where one is missing."""
    files = tuple(sorted(folder.glob("[0-9][0-9]-*.xlsx")))
    numbers = [int(file.name[:2]) for file in files]
    complete = numbers == list(range(1, len(files) + 1)) and len(files) > 2
    if not complete or not files[-1].name.endswith("-output.xlsx"):
        raise WorkbookError(
            f"folder {folder}: expected workbooks 01-text.xlsx, 02-h0.xlsx and so on to one named "
            f"NN-output.xlsx, got {', '.join(file.name for file in files) or 'none'}",
            "build them again with xlgpt2 build --split",
        )
    return files


def _refuse_others(folder: Path, names: Sequence[str]) -> None:
    """Nothing, unless a folder has workbooks that would look like parts of this model."""
    others = sorted(file.name for file in folder.glob("*.xlsx") if file.name not in names)
    if others:
        raise WorkbookError(
            f"folder {folder}: expected no other workbooks, got {', '.join(others[:3])}",
            "choose another folder with -o",
        )
