"""Models of the hub: their files, from the local cache or downloaded into it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

from xlgpt2.checkpoint.formats.choice import SINGLE_FILE
from xlgpt2.checkpoint.formats.safetensors_file import SAVE_HINT
from xlgpt2.checkpoint.formats.shards import INDEX, weight_map
from xlgpt2.checkpoint.hub_errors import download_error
from xlgpt2.errors import MissingFileError

#: What every model needs besides its weights: config.json, and either tokenizer.json or both of the
#: others.
_CONFIG = "config.json"
_TOKENIZER = "tokenizer.json"
_VOCABULARY = ("vocab.json", "merges.txt")

#: Optional files that change ids or the end of a text.
_SETTINGS = (
    "tokenizer_config.json",
    "added_tokens.json",
    "special_tokens_map.json",
    "generation_config.json",
)

#: What is requested first; a model without the last has shards.
_FILES = [_CONFIG, _TOKENIZER, *_VOCABULARY, *_SETTINGS, SINGLE_FILE]

_OF_GPT2 = (
    "use another model: one with GPT-2's tokenizer has its vocabulary in tokenizer.json, or "
    "in vocab.json and merges.txt"
)

_COMMIT = re.compile("[0-9a-f]{40}")

#: The base of all errors of the HTTP client, which differs between versions of the library.
_HTTP_ERROR: type[Exception] = HfHubHTTPError.__bases__[0]


@dataclass(frozen=True)
class Snapshot:
    """The files of a model at one commit, in a folder of the local cache."""

    folder: Path
    commit: str


def download(repo_id: str, revision: str | None = None) -> Snapshot:
    """A model of the hub by its id, at a branch, tag or commit; by default `main`.

    Cached files are not downloaded again; without a connection only these are used. Raises
    DownloadError, and MissingFileError if the model lacks a file.
    """
    folder = _cached(repo_id, revision) or _fetched(repo_id, revision, _FILES)
    if not (folder / SINGLE_FILE).exists():
        _fetch_shards(repo_id, folder)
    if missing := _missing_file(folder):
        raise MissingFileError(
            f"{repo_id}@{folder.name}: expected {missing} among the files of the model, got none",
            f"{SAVE_HINT if SINGLE_FILE in missing else _OF_GPT2}; offline, only files in the "
            "local cache are available",
        )
    return Snapshot(folder, folder.name)


def _cached(repo_id: str, revision: str | None) -> Path | None:
    """The folder of a commit whose files are in the cache; None for a branch.

    A commit never changes, so the hub is not asked: without a connection that takes long.
    """
    if revision is None or not _COMMIT.fullmatch(revision):
        return None
    try:
        folder = Path(
            snapshot_download(
                repo_id, revision=revision, allow_patterns=_FILES, local_files_only=True
            )
        )
    except LocalEntryNotFoundError:
        return None
    return None if _missing_file(folder) else folder


def _missing_file(folder: Path) -> str | None:
    """The first file that a model needs and a folder lacks; an index counts for its shards."""
    if not (folder / _CONFIG).exists():
        return _CONFIG
    if not (folder / _TOKENIZER).exists():
        for name in _VOCABULARY:
            if not (folder / name).exists():
                return f"{_TOKENIZER} or {name}"
    if (folder / SINGLE_FILE).exists() or (folder / INDEX).exists():
        return None
    return f"{SINGLE_FILE} or {INDEX}"


def _fetch_shards(repo_id: str, folder: Path) -> None:
    """Download the index into a commit's folder, if the model has one, and the shards in it."""
    if not (folder / INDEX).exists():
        _fetched(repo_id, folder.name, [INDEX])
    if (folder / INDEX).exists():
        shards = sorted(set(weight_map(folder / INDEX).values()))
        if absent := [shard for shard in shards if not (folder / shard).exists()]:
            _fetched(repo_id, folder.name, absent)


def _fetched(repo_id: str, revision: str | None, names: list[str]) -> Path:
    """The folder of a commit, with those of the files that the model has."""
    try:
        return Path(snapshot_download(repo_id, revision=revision, allow_patterns=names))
    # OSError: no connection, no answer, no room. RuntimeError: what hf_xet, which fetches large
    # files, raises. JSONDecodeError: an answer that is not the hub's.
    except (_HTTP_ERROR, OSError, RuntimeError, json.JSONDecodeError) as error:
        raise download_error(error, repo_id, revision) from error
