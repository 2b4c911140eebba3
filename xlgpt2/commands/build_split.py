"""The command build --split: writes a design as a folder of workbooks."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from xlgpt2.commands.build import DEFAULT_PROMPT, build
from xlgpt2.designs.design import Design
from xlgpt2.designs.split import file_name, split
from xlgpt2.errors import WorkbookError
from xlgpt2.progress import Progress, Step, silent
from xlgpt2.stages.variant import split_parts
from xlgpt2.writer.writer import DEFAULT_WRITING, Summary, Writing


def build_split(
    decided: Design,
    folder: str | Path | None = None,
    prompt: str = DEFAULT_PROMPT,
    progress: Progress = silent,
    writing: Writing = DEFAULT_WRITING,
) -> tuple[Summary, ...]:
    """Write the workbooks of a split model to a folder, by default output/<model>.

    They are moved there when all are written. Raises WorkbookError for a folder with other
    workbooks in it, and what `build` raises.
    """
    folder = Path(folder or Path("output") / decided.checkpoint.name)
    names = [file_name(part) for part in split_parts(decided.form.blocks)]
    try:
        _check_no_others(folder, names)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".xlgpt2-", dir=folder) as temporary:
            summaries = []
            for design, name in zip(split(decided), names, strict=True):

                def on_step(step: Step, name: str = name) -> None:
                    progress(replace(step, what=f"{name}: {step.what}"))

                summaries.append(build(design, Path(temporary) / name, prompt, on_step, writing))
            for summary in summaries:
                summary.path.replace(folder / summary.path.name)
    except OSError as error:
        raise WorkbookError(
            f"folder {folder}: expected a writable folder, got {error.strerror or error}",
            "choose another path with -o",
        ) from error
    return tuple(replace(summary, path=folder / summary.path.name) for summary in summaries)


def _check_no_others(folder: Path, names: Sequence[str]) -> None:
    """Raise WorkbookError if a folder has workbooks that would look like parts of this model."""
    others = sorted(file.name for file in folder.glob("*.xlsx") if file.name not in names)
    if others:
        raise WorkbookError(
            f"folder {folder}: expected no other workbooks, got {', '.join(others[:3])}",
            "choose another folder with -o",
        )
