"""The command build: writes a design as a workbook."""

from __future__ import annotations

from pathlib import Path

from xlgpt2.cells.values import MOST_CHARACTERS, unpaired_surrogate, utf16_length
from xlgpt2.designs.constants import constant_cells, table_cells
from xlgpt2.designs.design import Design
from xlgpt2.designs.provenance import provenance
from xlgpt2.errors import LimitError, PromptError
from xlgpt2.garbage_collection import collection_paused
from xlgpt2.progress import Progress, silent
from xlgpt2.writer.writer import DEFAULT_WRITING, Summary, Writing, write_workbook

#: The shipped model continues it with " quickly".
DEFAULT_PROMPT = "Mike is quick. He moves"


@collection_paused()
def build(
    decided: Design,
    path: str | Path | None = None,
    prompt: str = DEFAULT_PROMPT,
    progress: Progress = silent,
    writing: Writing = DEFAULT_WRITING,
) -> Summary:
    """Write the workbook to a file, by default output/<model>.xlsx.

    Raises LimitError or PromptError for a prompt that no cell can hold, and WorkbookError.
    """
    if (length := utf16_length(prompt)) > MOST_CHARACTERS:
        raise LimitError(
            f"prompt: expected at most {MOST_CHARACTERS:,} characters, the limit of a cell, "
            f"got {length:,}",
            "shorten the prompt",
        )
    if (surrogate := unpaired_surrogate(prompt)) is not None:
        raise PromptError(
            f"prompt: expected valid Unicode, got an unpaired surrogate, {surrogate!r}",
            "pass text in the encoding of the terminal, such as UTF-8",
        )
    build_record = provenance(
        decided.sizes, decided.checkpoint.precision, decided.form, decided.templates
    )
    return write_workbook(
        decided.plan,
        decided.templates.palette,
        lambda target: constant_cells(target, decided, prompt, build_record),
        lambda name: table_cells(name, decided.checkpoint, build_record),
        Path(path or Path("output") / f"{decided.checkpoint.name}.xlsx"),
        writing,
        progress,
    )
