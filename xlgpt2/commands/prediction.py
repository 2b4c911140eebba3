"""Predictions: a workbook's results in an engine, read from its named ranges."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from xlgpt2.cells.readings import Readings
from xlgpt2.cells.values import CellError, Cells
from xlgpt2.constants.controls import CONTROLS
from xlgpt2.errors import EngineFailedError, PromptError, WorkbookError
from xlgpt2.xlsx.package import require_ranges

#: The ranges that a prediction is read from.
RANGES = (
    "prompt",
    "prompt_message",
    "token_ids",
    "token_labels",
    "token_texts",
    "token_count",
    "next_token_id",
    "continued_text",
    "vocabulary_texts",
    "logits",
    "probabilities",
    "ids_typed_over",
    "generated_count",
    "chosen_ids",
    "chosen_probabilities",
)

#: The ranges of the score, which a split model does not have.
SCORE_RANGES = ("scored_count", "log_probability", "loss", "perplexity")

#: The messages of the tab Prompt about its controls; a split model has none.
CONTROL_MESSAGES = tuple(control.message for control in CONTROLS)

#: Whether the workbook is still as built, on the tab Prompt.
VERDICT = "prompt_check"

#: How a message begins, after the control's name, if another value is used.
_IS_CHANGED = ("expected ", "type ")


@dataclass(frozen=True)
class Candidate:
    """A candidate for the next token."""

    id: int
    token: str
    logit: float
    probability: float


@dataclass(frozen=True)
class GeneratedToken:
    """A token that the model generated, and its probability."""

    id: int
    token: str
    probability: float


@dataclass(frozen=True)
class Score:
    """The log probability of each token of a prompt except the first, and their negative mean.

    `loss` is in nats; perplexity is e to the loss.
    """

    log_probabilities: tuple[float, ...]
    loss: float
    perplexity: float


@dataclass(frozen=True)
class Prediction:
    """The tokens of a prompt and their continuation; spaces are part of the tokens' texts.

    `prompt` is None if token ids override the prompt's tokens. `notes` are the workbook's messages
    about controls that are out of range, for which it uses other values, and its verdict on itself
    if the control *check* was set.
    """

    engine: str
    prompt: str | None
    token_ids: tuple[int, ...]
    tokens: tuple[str, ...]
    next_token_id: int
    next_token: str
    top: tuple[Candidate, ...]
    generated: tuple[GeneratedToken, ...]
    score: Score | None
    text: str
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The prediction as plain values."""
        return asdict(self)


def control_notes(readings: Readings) -> tuple[str, ...]:
    """The workbook's messages about controls for which it uses other values."""
    notes = []
    for control in CONTROLS:
        if control.message not in readings.values:
            continue
        message = readings.text(control.message).removeprefix(f"{control.title}: ")
        message = message[:1].lower() + message[1:]
        if message.startswith(_IS_CHANGED):
            notes.append(f"{control.title}: {message}")
    return tuple(notes)


def _verdict(readings: Readings) -> Iterator[str]:
    """The workbook's verdict on itself, if it was read."""
    if VERDICT in readings.values:
        yield f"check: {readings.text(VERDICT)}"


def token_count(readings: Readings) -> int:
    """The number of tokens; raises PromptError with the workbook's message if there are none."""
    count = _whole(readings, "token_count", len(readings.values["token_ids"]))
    if count == 0 and readings.text("prompt") == "":
        raise PromptError(
            f"prompt: {readings.text('prompt_message')}",
            "pass one with --prompt, or type it into the workbook and save it",
        )
    if count == 0:
        raise PromptError(
            f"prompt: {readings.text('prompt_message')}",
            "use another prompt, or build with larger limits: --capacity N --max-bytes N",
        )
    return count


def read_prediction(readings: Readings, top: int) -> Prediction:
    """The prediction in an engine's readings.

    Raises PromptError with the workbook's own message if it predicts nothing, WorkbookError if a
    range is missing, and EngineFailedError if a cell has an error.
    """
    require_ranges(readings.values, RANGES)
    count = token_count(readings)
    logits = _numbers(readings, "logits")
    vocabulary = _column(readings, "vocabulary_texts", len(logits))
    probabilities = _numbers(readings, "probabilities", len(logits))
    # The largest logit first, and the lower id first among equals, because the sort is stable.
    order = sorted(range(len(logits)), key=lambda i: -float(logits[i]))[:top]
    generated = tuple(_generated(readings, count))
    most_likely = _whole(readings, "next_token_id", len(logits) - 1)
    first = _first_new(readings, count)
    texts = _column(readings, "token_texts", first + 1)
    return Prediction(
        engine=readings.engine,
        prompt=None if _number(readings, "ids_typed_over") else readings.text("prompt"),
        token_ids=_ids(readings, "token_ids", count),
        tokens=tuple(str(text) for text in texts[:count]),
        next_token_id=most_likely,
        # As on the tab Text, which handles control characters, unless another token was sampled.
        next_token=str(texts[first] if generated[0].id == most_likely else vocabulary[most_likely]),
        top=tuple(
            Candidate(i, str(vocabulary[i]), float(logits[i]), float(probabilities[i]))
            for i in order
        ),
        generated=generated,
        score=_score(readings, count),
        text=readings.text("continued_text"),
        notes=(*control_notes(readings), *_verdict(readings)),
    )


def _generated(readings: Readings, count: int) -> Iterator[GeneratedToken]:
    """The tokens generated after those of the prompt; at least one."""
    new_count = _whole(readings, "generated_count", len(readings.values["chosen_ids"]), least=1)
    first = _first_new(readings, count)
    texts = _column(readings, "token_texts", first + new_count)[first:]
    ids = _ids(readings, "chosen_ids", new_count)
    probabilities = _numbers(readings, "chosen_probabilities", new_count)
    for i, text, probability in zip(ids, texts, probabilities, strict=True):
        yield GeneratedToken(i, str(text), float(probability))


def _first_new(readings: Readings, count: int) -> int:
    """The row of the first new token, below those of the prompt."""
    rows = [len(readings.values[name]) for name in ("token_ids", "chosen_ids")]
    return max(count, rows[0] - rows[1] + 1)


def _score(readings: Readings, count: int) -> Score | None:
    """The score of the prompt; None if it is off, or there is only one token."""
    if "scored_count" not in readings.values or not _number(readings, "scored_count"):
        return None
    log_probabilities = _numbers(readings, "log_probability", count)[1:]
    return Score(
        tuple(map(float, log_probabilities)),
        _number(readings, "loss"),
        _number(readings, "perplexity"),
    )


def _number(readings: Readings, name: str) -> float:
    number = readings.number(name)
    if number is None or not math.isfinite(number):
        raise _unexpected(readings, name, "a number")
    return number


def _whole(readings: Readings, name: str, most: int, least: int = 0) -> int:
    """A count or an id, checked because a modified workbook may have any value there."""
    number = _number(readings, name)
    if not (number.is_integer() and least <= number <= most):
        raise _unexpected(readings, name, f"an integer from {least} to {most}")
    return int(number)


def _column(readings: Readings, name: str, rows: int) -> Cells:
    """The first rows of a range of one column; raises WorkbookError if it has fewer."""
    cells = readings.values[name]
    if len(cells) < rows:
        raise WorkbookError(
            f"range {name} at {readings.areas[name].absolute}: expected {rows} rows or more, "
            f"got {len(cells)}",
            "use a workbook written by xlgpt2 build, with its names unchanged",
        )
    return cells[:rows, 0]


def _numbers(readings: Readings, name: str, rows: int | None = None) -> Cells:
    """The first rows of a range of numbers, or all; raises EngineFailedError."""
    numbers = _column(readings, name, len(readings.values[name]) if rows is None else rows)
    for i, value in enumerate(numbers):
        if isinstance(value, (CellError, str)):
            raise _unexpected(readings, name, "a number", i)
    return numbers


def _ids(readings: Readings, name: str, rows: int) -> tuple[int, ...]:
    """The first rows of a range of token ids."""
    ids = _numbers(readings, name, rows)
    for i, value in enumerate(ids):
        if not float(value).is_integer():
            raise _unexpected(readings, name, "the id of a token", i)
    return tuple(int(value) for value in ids)


def _unexpected(readings: Readings, name: str, expected: str, row: int = 0) -> EngineFailedError:
    """The error for a cell whose value no workbook of xlgpt2 has there."""
    value = readings.values[name][row, 0]
    return EngineFailedError(
        f"range {name} at {readings.areas[name].cell(row, 0)}: expected {expected}, "
        f"{readings.engine} returned {'nothing' if value == '' else value}",
        "run xlgpt2 verify FILE to find the first stage that differs",
    )
