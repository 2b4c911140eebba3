"""Where a model is: in the package, in a folder, or on the hub."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

from xlgpt2.checkpoint.other_places import is_web_address, not_a_folder
from xlgpt2.errors import DownloadError, MissingExtraError

#: The hub's rules for names: letters, digits, _ - . and no - or . at the ends.
_NAME = r"\w(?:[\w.-]{0,94}\w)?"
_HUB_ID = re.compile(rf"(?!.*(?:--|\.\.|\.git$))(?:{_NAME}/)?{_NAME}", re.ASCII)


@dataclass(frozen=True)
class ModelFolder:
    """A model's folder, its name, and `source`: what names it without a local path.

    The source is the hub's id with the commit, as in gpt2@607a30d7..., or the folder's name.
    """

    folder: Path
    name: str
    source: str


#: A model by name: None is the shipped one, a string is a folder or else a model of the hub.
Model: TypeAlias = str | Path | ModelFolder | None


def locate(model: Model = None, revision: str | None = None) -> ModelFolder:
    """The folder of a model, downloaded if it is one of the hub.

    A string such as gpt2 or owner/name, with or without @revision, is a model of the hub unless a
    file or folder has that name. Raises MissingFileError if there is no such folder, and
    DownloadError.
    """
    if isinstance(model, ModelFolder):
        return model
    folder = shipped_model() if model is None else Path(model)
    is_folder = _is_folder(folder)
    if isinstance(model, str) and not is_folder and not is_web_address(model):
        repo_id, at, pinned = model.partition("@")
        if is_hub_id(repo_id) and not folder.exists():
            return _hub_model(repo_id, _one_revision(pinned if at else None, revision))
    if not is_folder:
        raise not_a_folder(folder if model is None else model)
    if revision is not None:
        raise DownloadError(
            f"revision {revision!r}: expected a model on the Hub, got the folder {folder}",
            "omit --revision: a folder has no revisions",
        )
    # A file name is bytes, and not always a text that a cell can hold.
    name = os.fsencode(folder.resolve().name).decode("utf-8", "replace")
    return ModelFolder(folder, name, name)


def is_hub_id(text: str) -> bool:
    """Whether a text can be a hub id, such as gpt2 or owner/name but not ./gpt2 or a/b/c."""
    return _HUB_ID.fullmatch(text) is not None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that no file system accepts
        return False


def shipped_model() -> Path:
    """The folder of the tiny model that comes with the package."""
    return Path(__file__).parent.parent / "models" / "tiny"


def _one_revision(pinned: str | None, revision: str | None) -> str | None:
    """The revision after @ or in the option; raises DownloadError if both are given."""
    if pinned is not None and revision is not None:
        raise DownloadError(
            f"revision: expected only one, got {pinned!r} in the name of the model and "
            f"{revision!r}",
            "use either --model gpt2@REV or --revision REV",
        )
    return revision if pinned is None else pinned


def _hub_model(repo_id: str, revision: str | None) -> ModelFolder:
    if find_spec("huggingface_hub") is None:
        raise MissingExtraError(
            f"{repo_id}: expected a folder, or the package huggingface_hub to find a model on "
            "the Hub, got neither",
            "pip install huggingface_hub",
        )
    # Here, because the library is an extra, and slower to import than a small model is to read.
    from xlgpt2.checkpoint.hub import download  # noqa: PLC0415

    snapshot = download(repo_id, revision)
    name = repo_id.rpartition("/")[2]
    return ModelFolder(snapshot.folder, name, f"{repo_id}@{snapshot.commit}")
