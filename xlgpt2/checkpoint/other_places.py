"""Names that are no folders: web addresses, unexpanded paths, files; and what to write instead."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from xlgpt2.checkpoint.files import LAYOUT_HINT
from xlgpt2.checkpoint.folder_contents import hub_id, meaning_of
from xlgpt2.errors import MissingFileError

#: An address of a model on the hub, with or without the page of a commit, branch or file.
_HUB_ADDRESS = re.compile(
    r"(?:(?:https?:)?//)?(?:www\.)?(?:huggingface\.co|hf\.co)/(?:models/)?([^/?#]+(?:/[^/?#]+)?)"
    r"(?:/(?:tree|blob|resolve)/([^/?#]+))?(?:[/?#].*)?"
    r"|hf://(?:models/)?([^/]+/[^/@]+).*|git@hf\.co:([^/]+/[^/]+?)(?:\.git)?",
    re.IGNORECASE,
)

_QUOTES = " \t\n'\"“”‘’`"

#: Pages of the hub, in the place of a name in an address.
_PAGES = {"tree", "blob", "resolve", "discussions", "commits", "raw"}


def is_web_address(text: str) -> bool:
    """Whether a text is a web address, which is not looked up on the disk or the hub."""
    return "://" in text or _HUB_ADDRESS.fullmatch(text) is not None


def not_a_folder(model: str | Path) -> MissingFileError:
    """The error for something that is neither a folder nor a model of the hub."""
    text, path = str(model), Path(model)
    got, hint = _of_file(path) if _exists(path) else next(_of_text(text))
    return MissingFileError(f"{model}: expected a folder, got {got}", hint)


def _of_file(path: Path) -> tuple[str, str]:
    """What a file is, and the folder to name instead."""
    if path.suffix in (".safetensors", ".json", ".csv") or path.name == "merges.txt":
        return "a file", f"use its folder: --model {path.parent}"
    meaning, hint = meaning_of(path.name) or ("a file", LAYOUT_HINT)
    return ("a file" if meaning == "a file" else f"a file, {meaning}"), hint


def _of_text(text: str) -> Iterator[tuple[str, str]]:
    """What a text that names nothing is, and what to write instead; the first result counts."""
    if text != (inner := text.strip(_QUOTES)) and inner:
        yield "a path with quotes or spaces around it", f"remove them: --model {inner}"
    if match := _HUB_ADDRESS.fullmatch(text):
        yield "a URL", _hub_hint(match)
    if text.startswith("file://"):
        yield "a file URL", f"write the path: --model {text.removeprefix('file://')}"
    if "://" in text:
        yield "a URL", f"download the model, then {LAYOUT_HINT}"
    if text.startswith("~"):
        yield (
            "none",
            "only the shell expands ~ to your home folder: remove the quotes, or write "
            f"--model {os.path.expanduser(text)}",
        )
    if re.match(r"\$\w|\$\{|%\w+%", text):
        yield "none", "only the shell expands a variable: remove the quotes around it"
    if os.name != "nt" and re.match(r"[A-Za-z]:[\\/]|\\\\", text):
        yield (
            "a Windows path",
            "write the path as this system does, with /; in WSL, C:\\ is the folder /mnt/c",
        )
    if text.endswith("/") and text.count("/") < 3 and not text.startswith((".", "/")):
        yield (
            "none",
            f"the name of a model on the Hub has no / at the end: --model {text.rstrip('/')}",
        )
    if (name := Path(text).name).startswith("models--"):
        yield (
            "none",
            "this is a folder of the Hub's cache: use the name of the model, --model "
            f"{hub_id(name)}",
        )
    yield "none", LAYOUT_HINT


def _hub_hint(match: re.Match[str]) -> str:
    """The id in an address of the hub, and the commit or branch if it names one."""
    page, revision, *others = match.groups()
    model_id = page or next((other for other in others if other), "")
    owner, _, name = model_id.partition("/")
    if name in _PAGES:
        model_id = owner
    if owner in ("datasets", "spaces"):
        return "use a model on the Hub, written owner/name, not a dataset or a Space"
    at = f" --revision {revision}" if revision and revision != "main" else ""
    return f"write a model on the Hub as owner/name, without https: --model {model_id}{at}"


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that no file system accepts
        return False
