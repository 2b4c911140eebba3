"""Added tokens, special ones and others, which are split off a text; and their ids."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from xlgpt2.checkpoint.files import read_json_object
from xlgpt2.checkpoint.tokenizer.hints import AS_GPT2, RESAVE
from xlgpt2.checkpoint.tokenizer.tokenizer_config import has_end_of_text
from xlgpt2.errors import BadFileError, UnsupportedModelError
from xlgpt2.vocabulary.labels import file_text

Json = Mapping[str, object]

END_OF_TEXT = "<|endoftext|>"

#: Flags that would also take the spaces around a token, or not split it off inside a word.
_FLAGS = ("lstrip", "rstrip", "single_word")


@dataclass(frozen=True)
class Added:
    """A token that is split off a text, as one file declares it; some files give no id.

    `tokenizers` looks for `normalized` ones after the others.
    """

    where: str
    text: str
    token_id: int | None
    normalized: bool


def added_tokens(
    folder: Path, config: Json, tokenizer_config: Json, tokenizer: Json | None, base: Json
) -> dict[str, int]:
    """The id of each added token, in the vocabulary `base` or after it.

    Raises BadFileError if files disagree, UnsupportedModelError for what formulas can't do.
    """
    tokens = [*_listed(folder, tokenizer_config, tokenizer)]
    tokens += _named(folder / "tokenizer_config.json", tokenizer_config)
    if "added_tokens_decoder" not in tokenizer_config:
        path = folder / "special_tokens_map.json"
        tokens += _named(path, read_json_object(path) if path.exists() else {})
    if END_OF_TEXT in base and has_end_of_text(tokenizer_config, config):
        tokens.append(Added(str(folder), END_OF_TEXT, None, normalized=False))
    ids = _with_ids(tokens, base)
    _check_overlaps(tokens)
    return ids


def _listed(folder: Path, tokenizer_config: Json, tokenizer: Json | None) -> Iterator[Added]:
    """The tokens that files list with ids."""
    path = folder / "tokenizer.json"
    in_json: set[str] = set()
    if tokenizer is not None:
        for token in _list(path, "added_tokens", tokenizer.get("added_tokens", [])):
            if not isinstance(token, dict):
                raise _wrong(path, "added_tokens", "objects", token)
            in_json.add(str(token.get("content")))
            yield _added(path, token.get("id"), token)
    decoder = tokenizer_config.get("added_tokens_decoder")
    path = folder / "tokenizer_config.json"
    if isinstance(decoder, dict):
        for key, token in decoder.items():
            if not isinstance(token, dict) or not key.isdecimal():
                raise _wrong(path, "added_tokens_decoder", "objects keyed by ids", {key: token})
            yield _added(path, int(key), token)
        contents = {str(token["content"]) for token in decoder.values()}
        if tokenizer is not None and (others := sorted(contents ^ in_json)):
            raise BadFileError(
                f"{path}: added_tokens_decoder: expected the tokens of added_tokens in "
                f"tokenizer.json, got {others[0]!r} in only one of them",
                RESAVE,
            )
    elif (path := folder / "added_tokens.json").exists():
        for text, token_id in read_json_object(path).items():
            yield _added(path, token_id, {"content": text, "normalized": True})


def _named(path: Path, content: Json) -> Iterator[Added]:
    """The tokens of keys such as bos_token, and of lists of other tokens."""
    for key, value in content.items():
        if key.endswith("_token") and isinstance(value, (str, dict)):
            yield _added(path, None, value)
        elif key in ("additional_special_tokens", "extra_special_tokens"):
            values = value.values() if isinstance(value, dict) else _list(path, key, value or [])
            for token in values:
                if not isinstance(token, (str, dict)):
                    raise _wrong(path, key, "texts", token)
                yield _added(path, None, token)


def _added(path: Path, token_id: object, token: str | Json) -> Added:
    """One token; raises UnsupportedModelError for flags that do more than split it off."""
    values = {"content": token} if isinstance(token, str) else token
    text = values.get("content")
    if not isinstance(text, str) or not text:
        raise _wrong(path, "an added token", "a string", text)
    if token_id is not None and type(token_id) is not int:
        raise _wrong(path, f"added token {text!r}", "an id", token_id)
    if file_text(text) != text:
        raise UnsupportedModelError(
            f"{path}: added token {text!r}: expected characters that a cell can hold, "
            "got different ones",
            "use another model: the workbook stores each special token as the text of a cell",
        )
    for flag in _FLAGS:
        if values.get(flag) not in (None, False):
            raise UnsupportedModelError(
                f"{path}: added token {text!r}: {flag}: expected false, "
                f"got {json.dumps(values[flag])}",
                AS_GPT2,
            )
    return Added(str(path), text, token_id, values.get("normalized") is True)


def _with_ids(tokens: list[Added], base: Json) -> dict[str, int]:
    """The id of each token; those that are not in the vocabulary follow it in order."""
    ids: dict[str, int] = {}
    with_id = [(added.token_id, added) for added in tokens if added.token_id is not None]
    after = len(base)
    for token_id, added in sorted(with_id, key=lambda pair: pair[0]):
        own_id = base.get(added.text, ids.get(added.text))
        expected = after if own_id is None else own_id
        if token_id != expected:
            raise BadFileError(
                f"{added.where}: added token {added.text!r}: expected id {expected}, which "
                f"transformers assigns to it, got {token_id}",
                RESAVE,
            )
        after += own_id is None
        ids[added.text] = token_id
    for added in tokens:
        own_id = base.get(added.text, ids.get(added.text))
        if not isinstance(own_id, int):
            raise BadFileError(
                f"{added.where}: special token {added.text!r}: expected one with an id in the "
                "vocabulary or among the added tokens, got one without",
                RESAVE,
            )
        ids[added.text] = own_id
    return ids


def _check_overlaps(tokens: list[Added]) -> None:
    """Raise UnsupportedModelError if tokens can overlap and some are normalized."""
    kinds = {added.normalized for added in tokens}
    for pair in combinations({added.text for added in tokens}, 2):
        if len(kinds) > 1 and _overlap(*pair):
            first, second = sorted(pair)
            raise UnsupportedModelError(
                f"{tokens[0].where}: added tokens {first!r} and {second!r}: expected tokens "
                "that can't overlap, got two that can, of which at least one is normalized",
                AS_GPT2,
            )


def _overlap(first: str, second: str) -> bool:
    """Whether two tokens can overlap in a text."""
    ends = any(
        a.endswith(b[:n])
        for a, b in ((first, second), (second, first))
        for n in range(1, len(b) + 1)
    )
    return ends or first in second or second in first


def _list(path: Path, name: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise _wrong(path, name, "a list", value)
    return value


def _wrong(path: Path, name: str, expected: str, got: object) -> BadFileError:
    return BadFileError(f"{path}: {name}: expected {expected}, got {json.dumps(got)}", RESAVE)
