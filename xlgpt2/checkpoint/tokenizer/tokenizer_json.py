"""tokenizer.json: its vocabulary and merges; steps that GPT-2's lacks are rejected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from xlgpt2.checkpoint.tokenizer.hints import (
    AS_GPT2,
    BOS_BY_HAND,
    RESAVE,
    SPACE_BY_HAND,
)
from xlgpt2.errors import BadFileError, UnsupportedModelError

Json = Mapping[str, object]

#: The key of a Sequence's parts in each step.
_PARTS = {
    "normalizer": "normalizers",
    "pre_tokenizer": "pretokenizers",
    "post_processor": "processors",
    "decoder": "decoders",
}

#: Settings of the model that change ids, with the values that change none.
_MODEL: tuple[tuple[str, tuple[object, ...], str], ...] = (
    ("type", (None, "BPE"), "which sets how words become tokens"),
    ("dropout", (None, 0), "which drops merges at random"),
    ("continuing_subword_prefix", (None, ""), "which marks the parts of a word"),
    ("end_of_word_suffix", (None, ""), "which marks the end of a word"),
    ("ignore_merges", (None, False), "which looks up whole words before any merge"),
)

_LONGEST_SHOWN = 80


def check_steps(path: Path, content: Json) -> None:
    """Raise UnsupportedModelError if a step from text to ids or back is not GPT-2's."""
    for step in _steps(path, content, "normalizer"):
        raise _refused(
            path, "normalizer", "none", step, "which changes the text before it is split"
        )
    _check_pre_tokenizer(path, _steps(path, content, "pre_tokenizer"))
    for step in _steps(path, content, "post_processor"):
        if step.get("type") != "ByteLevel" and not _adds_nothing(step):
            raise UnsupportedModelError(
                f"{path}: post_processor: expected one that adds no tokens, got {_shown(step)}",
                BOS_BY_HAND,
            )
    decoders = _steps(path, content, "decoder")
    if [step.get("type") for step in decoders] != ["ByteLevel"]:
        got = decoders[0] if len(decoders) == 1 else decoders
        raise _refused(path, "decoder", "ByteLevel", got, "which converts tokens to text")
    model = _model(path, content)
    for name, allowed, what in _MODEL:
        if model.get(name) not in allowed:
            expected = json.dumps(allowed[-1])
            raise _refused(path, f"model.{name}", expected, model[name], what)


def model_ids(path: Path, content: Json) -> dict[str, object]:
    """The vocabulary of the model, of which only the type is checked."""
    return dict(_object(path, "model.vocab", _model(path, content).get("vocab")))


def model_merges(path: Path, content: Json) -> tuple[tuple[str, str], ...]:
    """The merges by rank; the file has texts with a space between, or lists of two."""
    merges = _model(path, content).get("merges")
    if not isinstance(merges, list):
        raise BadFileError(f"{path}: model.merges: expected a list, got {_shown(merges)}", RESAVE)
    pairs = []
    for rank, merge in enumerate(merges):
        parts = merge.split(" ") if isinstance(merge, str) else merge
        if (
            not isinstance(parts, list)
            or len(parts) != 2
            or not all(isinstance(part, str) and part for part in parts)
        ):
            raise BadFileError(
                f"{path}: model.merges: merge {rank}: expected two tokens, got {_shown(merge)}",
                RESAVE,
            )
        pairs.append((parts[0], parts[1]))
    return tuple(pairs)


def _check_pre_tokenizer(path: Path, steps: list[Json]) -> None:
    """Raise UnsupportedModelError if text is not split into words by GPT-2's rule alone."""
    if [step.get("type") for step in steps] != ["ByteLevel"]:
        got = steps[0] if len(steps) == 1 else steps
        raise _refused(path, "pre_tokenizer", "only ByteLevel", got, "which splits text into words")
    (byte_level,) = steps
    if byte_level.get("add_prefix_space") is not False:
        raise UnsupportedModelError(
            f"{path}: pre_tokenizer: add_prefix_space: expected false, "
            f"got {_shown(byte_level.get('add_prefix_space'))}",
            SPACE_BY_HAND,
        )
    if byte_level.get("use_regex", True) is not True:
        raise _refused(
            path,
            "pre_tokenizer.use_regex",
            "true",
            byte_level["use_regex"],
            "which is GPT-2's rule",
        )


def _adds_nothing(step: Json) -> bool:
    """Whether a template of the post-processor contains only the text."""
    single = step.get("single")
    return (
        step.get("type") == "TemplateProcessing"
        and isinstance(single, list)
        and [list(part) for part in single if isinstance(part, dict)] == [["Sequence"]]
    )


def _steps(path: Path, content: Json, name: str) -> list[Json]:
    """The components of a step of the pipeline: the parts of a Sequence; none for null."""
    return _flat(path, name, content.get(name))


def _flat(path: Path, name: str, component: object) -> list[Json]:
    if component is None:
        return []
    step = _object(path, name, component)
    if step.get("type") != "Sequence":
        return [step]
    parts = step.get(_PARTS[name])
    if not isinstance(parts, list):
        raise BadFileError(
            f"{path}: {name}: expected a list of {_PARTS[name]}, got {_shown(parts)}", RESAVE
        )
    return [step for part in parts for step in _flat(path, name, part)]


def _model(path: Path, content: Json) -> Json:
    return _object(path, "model", content.get("model"))


def _object(path: Path, name: str, value: object) -> Json:
    if not isinstance(value, dict):
        raise BadFileError(f"{path}: {name}: expected a JSON object, got {_shown(value)}", RESAVE)
    return value


def _refused(path: Path, name: str, expected: str, got: object, what: str) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"{path}: {name}, {what}: expected {expected}, got {_shown(got)}", AS_GPT2
    )


def _shown(value: object) -> str:
    """A value of a file, shortened for a message."""
    text = "none" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]} ..."
