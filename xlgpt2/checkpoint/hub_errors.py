"""Errors of the hub, with hints that say what to do."""

from __future__ import annotations

import errno

from huggingface_hub import constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from xlgpt2.errors import (
    DownloadError,
    NoAccessError,
    NoSpaceError,
    OfflineError,
    UnknownModelError,
)

_PUBLISHED = "the published GPT-2 models are gpt2, gpt2-medium, gpt2-large, gpt2-xl and distilgpt2"
_LOG_IN = "log in with `hf auth login`, or set HF_TOKEN"

#: No space on the disk or in the user's quota, or a file too large for the file system.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def download_error(error: Exception, repo_id: str, revision: str | None) -> DownloadError:
    """The error to raise in place of one of huggingface_hub or of its HTTP client."""
    model = repo_id if revision is None else f"{repo_id}@{revision}"
    # This error hides why the hub was not reached.
    if isinstance(error, LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    if isinstance(error, (OfflineModeIsEnabled, LocalEntryNotFoundError)):
        return OfflineError(
            f"{model}: expected a folder, or all files of the model in the local cache, since "
            "HF_HUB_OFFLINE is set, got none or only some",
            "unset HF_HUB_OFFLINE and run the command once online",
        )
    if isinstance(error, HfHubHTTPError):
        return _refusal(error, repo_id, revision)
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return NoSpaceError(
            f"{model}: expected enough space in {constants.HF_HUB_CACHE}, got: {error.strerror}",
            "free some space, or set HF_HOME to a folder on another disk",
        )
    if isinstance(error, OSError) and error.filename is not None:
        return DownloadError(
            f"{model}: expected {error.filename} to be writable, got: {error.strerror}",
            "set HF_HOME to a folder that you have permission to write to",
        )
    text = (str(error).splitlines() or [""])[0]
    if isinstance(error, RuntimeError):
        return DownloadError(
            f"{model}: expected the files of the model, got: {text}",
            "run the command again; with HF_HUB_DISABLE_XET=1 files are downloaded "
            "over plain HTTP, without hf_xet",
        )
    return OfflineError(
        f"{model}: expected a folder, the model in the local cache, or a response from the "
        f"Hub, got none of them ({type(error).__name__}: {text})",
        "check the folder's name, or the connection, and run the command again: complete files "
        "are kept",
    )


def _refusal(error: HfHubHTTPError, repo_id: str, revision: str | None) -> DownloadError:
    """The error for an HTTP error of the hub."""
    status = error.response.status_code
    if isinstance(error, GatedRepoError):
        return NoAccessError(
            f"{repo_id}: expected a public model, got a gated one",
            f"request access on the page of the model, then {_LOG_IN}",
        )
    if isinstance(error, RevisionNotFoundError):
        return UnknownModelError(
            f"{repo_id}: expected a branch, tag or commit of the model, got {revision!r}",
            "omit --revision for the latest commit, or look the commit up on the page of the model",
        )
    if isinstance(error, RepositoryNotFoundError) or status == 404:
        return UnknownModelError(
            f"{repo_id}: expected a folder or a model on the Hub, got neither",
            f"{_PUBLISHED}; for a private model {_LOG_IN}",
        )
    if status in (401, 403):
        return NoAccessError(
            f"{repo_id}: expected access to the model on the Hub, got HTTP status {status}",
            f"the access token may be invalid or expired, or lack access to this model: {_LOG_IN}",
        )
    return DownloadError(
        f"{repo_id}: expected the files of the model, got HTTP status {status} from the Hub",
        "run the command again later: the Hub is overloaded or down; complete files are kept",
    )
