"""A prediction: what a workbook answered in an engine, read from its named ranges."""

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

#: Those that a split model does not have.
SCORE_RANGES = ("scored_count", "log_probability", "loss", "perplexity")

#: What the tab Prompt says of each of its controls; a split model has none.
CONTROL_MESSAGES = tuple(control.message for control in CONTROLS)

#: How a message begins, after the name of the control, where another number is used.
_IS_CHANGED = ("expected ", "type ")


@dataclass(frozen=True)
class Candidate:
    """A token that may come next."""

    id: int
    token: str
    logit: float
    probability: float


@dataclass(frozen=True)
class GeneratedToken:
    """A token that the model wrote, and how likely it was to the model."""

    id: int
    token: str
    probability: float


@dataclass(frozen=True)
class Score:
    """How likely a prompt is: ln of the probability of each token but the first, and their mean.

    `loss` is in nats; perplexity is e to that.
    """

    log_probabilities: tuple[float, ...]
    loss: float
    perplexity: float


@dataclass(frozen=True)
class Prediction:
    """The tokens of a prompt and what follows; texts are the tokens' own, spaces included.

    `prompt` is None where token ids were typed over the prompt's tokens. `notes` are what the
    workbook says of controls that are out of range, in whose place others are used.
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
        """The same as plain values."""
        return asdict(self)


def control_notes(readings: Readings) -> tuple[str, ...]:
    """What a workbook says of its controls where it uses others than those that are typed."""
    found = []
    for control in CONTROLS:
        if control.message not in readings.values:
            continue
        said = readings.text(control.message).removeprefix(f"{control.title}: ")
        said = said[:1].lower() + said[1:]
        if said.startswith(_IS_CHANGED):
            found.append(f"{control.title}: {said}")
    return tuple(found)


def token_count(readings: Readings) -> int:
    """How many tokens there are; raises PromptError with the workbook's message where none are."""
    count = _whole(readings, "token_count", len(readings.values["token_ids"]))
    if count == 0 and readings.text("prompt") == "":
        raise PromptError(
            f"prompt: {readings.text('prompt_message')}",
            "give one with --prompt, or type it into the workbook and save that",
        )
    if count == 0:
        raise PromptError(
            f"prompt: {readings.text('prompt_message')}",
            "give another prompt, or build with more room: --capacity N --max-bytes N",
        )
    return count


def read_prediction(readings: Readings, top: int) -> Prediction:
    """The prediction in an engine's readings.

    Raises PromptError with the workbook's own message where it predicts nothing, WorkbookError
    where a range is missing, and EngineFailedError where a cell holds an error.
    """
    require_ranges(readings.values, RANGES)
    count = token_count(readings)
    logits = _numbers(readings, "logits")
    vocabulary = _column(readings, "vocabulary_texts", len(logits))
    probabilities = _numbers(readings, "probabilities", len(logits))
    # The largest logit first, the lower id first among equals: a stable sort keeps their order.
    order = sorted(range(len(logits)), key=lambda i: -float(logits[i]))[:top]
    generated = tuple(_generated(readings, count))
    likeliest = _whole(readings, "next_token_id", len(logits) - 1)
    first = _first_new(readings, count)
    texts = _column(readings, "token_texts", first + 1)
    return Prediction(
        engine=readings.engine,
        prompt=None if _number(readings, "ids_typed_over") else readings.text("prompt"),
        token_ids=_ids(readings, "token_ids", count),
        tokens=tuple(str(text) for text in texts[:count]),
        next_token_id=likeliest,
        # As the tab Text shows it, which knows control characters, unless another one was drawn.
        next_token=str(texts[first] if generated[0].id == likeliest else vocabulary[likeliest]),
        top=tuple(
            Candidate(i, str(vocabulary[i]), float(logits[i]), float(probabilities[i]))
            for i in order
        ),
        generated=generated,
        score=_score(readings, count),
        text=readings.text("continued_text"),
        notes=control_notes(readings),
    )


def _generated(readings: Readings, count: int) -> Iterator[GeneratedToken]:
    """The tokens that were written after those of the prompt; one at least."""
    written = _whole(readings, "generated_count", len(readings.values["chosen_ids"]), least=1)
    first = _first_new(readings, count)
    texts = _column(readings, "token_texts", first + written)[first:]
    ids = _ids(readings, "chosen_ids", written)
    shares = _numbers(readings, "chosen_probabilities", written)
    for i, text, share in zip(ids, texts, shares, strict=True):
        yield GeneratedToken(i, str(text), float(share))


def _first_new(readings: Readings, count: int) -> int:
    """The row of the first new token: below those of the prompt, however many these are."""
    rows = [len(readings.values[name]) for name in ("token_ids", "chosen_ids")]
    return max(count, rows[0] - rows[1] + 1)


def _score(readings: Readings, count: int) -> Score | None:
    """The score of the prompt; None where it is off, or there is one token only."""
    if "scored_count" not in readings.values or not _number(readings, "scored_count"):
        return None
    found = _numbers(readings, "log_probability", count)[1:]
    return Score(
        tuple(map(float, found)), _number(readings, "loss"), _number(readings, "perplexity")
    )


def _number(readings: Readings, name: str) -> float:
    number = readings.number(name)
    if number is None or not math.isfinite(number):
        raise _unexpected(readings, name, "a number")
    return number


def _whole(readings: Readings, name: str, most: int, least: int = 0) -> int:
    """A number of things or of a thing, which a changed workbook may have made anything."""
    number = _number(readings, name)
    if not (number.is_integer() and least <= number <= most):
        raise _unexpected(readings, name, f"a whole number from {least} to {most}")
    return int(number)


def _column(readings: Readings, name: str, rows: int) -> Cells:
    """The first rows of a range of one column; raises WorkbookError where there are fewer."""
    cells = readings.values[name]
    if len(cells) < rows:
        raise WorkbookError(
            f"range {name} at {readings.areas[name].absolute}: expected {rows} rows or more, "
            f"got {len(cells)}",
            "give a workbook that xlgpt2 build wrote, with its names where they were",
        )
    return cells[:rows, 0]


def _numbers(readings: Readings, name: str, rows: int | None = None) -> Cells:
    """The first rows of a range, or all, where they are numbers."""
    found = _column(readings, name, len(readings.values[name]) if rows is None else rows)
    for i, value in enumerate(found):
        if isinstance(value, (CellError, str)):
            raise _unexpected(readings, name, "a number", i)
    return found


def _ids(readings: Readings, name: str, rows: int) -> tuple[int, ...]:
    """The first rows of a range that holds ids of tokens."""
    found = _numbers(readings, name, rows)
    for i, value in enumerate(found):
        if not float(value).is_integer():
            raise _unexpected(readings, name, "the id of a token", i)
    return tuple(int(value) for value in found)


def _unexpected(readings: Readings, name: str, expected: str, row: int = 0) -> EngineFailedError:
    """The error for a cell that holds something else than a workbook of ours has there."""
    value = readings.values[name][row, 0]
    return EngineFailedError(
        f"range {name} at {readings.areas[name].cell(row, 0)}: expected {expected}, "
        f"{readings.engine} gave {'nothing' if value == '' else value}",
        "run xlgpt2 verify FILE for the first stage that differs",
    )
