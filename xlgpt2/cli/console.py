"""The progress line on stderr while a command works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar

from xlgpt2.progress import Progress, Step, silent


@contextmanager
def progress(task: str) -> Iterator[Progress]:
    """A context with a progress line; silent if stderr is no terminal.

    While cells are counted it has a bar, the rate and the time left.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield silent
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        line = bar.add_task(task, total=None, rate="")

        def on_step(step: Step) -> None:
            speed = bar.tasks[0].speed if step.total else None
            bar.update(
                line,
                description=f"{task}: {step.what}",
                completed=step.done,
                total=step.total,
                rate=f"{speed / 1e6:.1f} million cells/s" if speed else "",
            )

        yield on_step
