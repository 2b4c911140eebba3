"""The command run: a workbook's prediction, as lines or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from xlgpt2.cli.console import progress
from xlgpt2.cli.control_options import control_options
from xlgpt2.cli.options import ENGINE, FILE_OR_FOLDER
from xlgpt2.cli.printing import as_json as as_json_text
from xlgpt2.commands.prediction import Prediction, Score
from xlgpt2.commands.run import run as run_workbook
from xlgpt2.errors import on_one_line

#: Where the list of tokens is wrapped.
MOST_COLUMNS = 100


@click.command()
@click.argument("file", type=FILE_OR_FOLDER)
@click.option(
    "--prompt", metavar="TEXT", help="Text to put into the prompt cell. [default: the file's]"
)
@click.option(
    "--token-ids", metavar="I,J,...", help="Token ids that override the token column instead."
)
@ENGINE
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=10,
    metavar="K",
    show_default=True,
    help="Number of most likely tokens to print.",
)
@control_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def run(
    file: Path,
    prompt: str | None,
    token_ids: str | None,
    engine: str,
    top: int,
    controls: dict[str, float],
    as_json: bool,
) -> None:
    """Recalculate a workbook in an engine and print what it predicts.

    \b
    Example:
      xlgpt2 run output/tiny.xlsx --prompt "The capital of France is" --engine libreoffice --top 3
    """
    if prompt is not None and token_ids is not None:
        raise click.UsageError("--prompt and --token-ids: expected only one of them, got both")
    with progress(f"recalculating in {engine}") as on_step:
        result = run_workbook(file, prompt, _ids(token_ids), engine, top, on_step, controls)
    for note in result.notes:
        click.echo(f"note: {on_one_line(note)}", err=True)
    if as_json:
        click.echo(as_json_text(result.as_json()))
    else:
        click.echo(prediction(result))


def prediction(result: Prediction) -> str:
    """The tokens, the new ones, and the most likely next ones."""
    tokens = [f"{text!r} {i}" for text, i in zip(result.tokens, result.token_ids, strict=True)]
    generated = [f"{t.token!r} {t.id} {t.probability:.1%}" for t in result.generated]
    rows = [
        f"{rank:>4}  {entry.id:>6}  {entry.token!r:<18}"
        f"{entry.logit:>10.4f}  {entry.probability:>11.4%}"
        for rank, entry in enumerate(result.top, 1)
    ]
    return "\n".join(
        [
            f"engine      {result.engine}",
            wrapped("tokens", tokens),
            f"likeliest next token  {result.next_token!r} {result.next_token_id}",
            wrapped("chosen", generated),
            f"text        {result.text!r}",
            *([] if result.score is None else [_score(result.score)]),
            "",
            "rank      id  token                  logit  probability",
            *rows,
        ]
    )


def wrapped(title: str, entries: Sequence[str]) -> str:
    """A title and entries, on as many lines as they need."""
    lines = [f"{title:<12}"]
    for entry in entries:
        if lines[-1].strip() and len(lines[-1] + entry) > MOST_COLUMNS:
            lines.append(" " * 12)
        lines[-1] += f"{entry}  "
    return "\n".join(line.rstrip() for line in lines)


def _score(score: Score) -> str:
    return f"score       loss {score.loss:.6f} nats, perplexity {score.perplexity:.4f}"


def _ids(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise click.UsageError(
            f"--token-ids: expected integers separated by commas, got {text!r}"
        ) from error
