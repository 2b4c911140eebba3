"""The command build --split: a design written as a folder of workbooks."""

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
from xlgpt2.writer.writer import AS_USUAL, Summary, Writing


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
    names = [file_name(part) for part in split_parts(decided.form.blocks)]
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


def _refuse_others(folder: Path, names: Sequence[str]) -> None:
    """Nothing, unless a folder has workbooks that would look like parts of this model."""
    others = sorted(file.name for file in folder.glob("*.xlsx") if file.name not in names)
    if others:
        raise WorkbookError(
            f"folder {folder}: expected no other workbooks, got {', '.join(others[:3])}",
            "choose another folder with -o",
        )
