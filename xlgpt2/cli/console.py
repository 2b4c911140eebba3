"""The progress line on stderr while a command works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text

from xlgpt2.progress import Progress, Step, silent


class _RateColumn(ProgressColumn):
    """The rate at which cells are done, computed when the line is drawn, not at each step."""

    def render(self, task: Task) -> Text:
        """The column's text."""
        speed = task.speed if task.total else None
        return Text(f"{speed / 1e6:.1f} million cells/s" if speed else "")


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
        _RateColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        line = bar.add_task(task, total=None)

        def on_step(step: Step) -> None:
            bar.update(
                line,
                description=f"{task}: {step.what}",
                completed=step.done,
                total=step.total,
            )

        yield on_step
