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

_PUBLISHED = "the published GPT-2 are gpt2, gpt2-medium, gpt2-large, gpt2-xl and distilgpt2"
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
            f"{model}: expected a folder, or all its files in the local cache, as HF_HUB_OFFLINE "
            "is set, got none or a part",
            "unset HF_HUB_OFFLINE and run it once with a connection",
        )
    if isinstance(error, HfHubHTTPError):
        return _refusal(error, repo_id, revision)
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return NoSpaceError(
            f"{model}: expected room for it in {constants.HF_HUB_CACHE}, got: {error.strerror}",
            "free some space, or name a folder on another disk with HF_HOME",
        )
    if isinstance(error, OSError) and error.filename is not None:
        return DownloadError(
            f"{model}: expected to write {error.filename}, got: {error.strerror}",
            "name a folder that you may write to with HF_HOME",
        )
    text = (str(error).splitlines() or [""])[0]
    if isinstance(error, RuntimeError):
        return DownloadError(
            f"{model}: expected its files, got: {text}",
            "run it again; with HF_HUB_DISABLE_XET=1 files come without hf_xet, as plain HTTP",
        )
    return OfflineError(
        f"{model}: expected a folder, the model in the local cache, or an answer of the hub, "
        f"got {type(error).__name__}: {text}",
        "check the connection and run it again: files that are complete are kept; or name a "
        "folder with the model",
    )


def _refusal(error: HfHubHTTPError, repo_id: str, revision: str | None) -> DownloadError:
    """The error for an HTTP error of the hub."""
    status = error.response.status_code
    if isinstance(error, GatedRepoError):
        return NoAccessError(
            f"{repo_id}: expected a model for everybody, got one whose owner lets people in",
            f"ask for access on the model's page, then {_LOG_IN}",
        )
    if isinstance(error, RevisionNotFoundError):
        return UnknownModelError(
            f"{repo_id}: expected a branch, tag or commit of the model, got {revision!r}",
            "leave --revision out for the newest, or look the commit up on the model's page",
        )
    if isinstance(error, RepositoryNotFoundError) or status == 404:
        return UnknownModelError(
            f"{repo_id}: expected a folder or a model of the hub, got neither",
            f"{_PUBLISHED}; for a private model {_LOG_IN}",
        )
    if status in (401, 403):
        return NoAccessError(
            f"{repo_id}: expected to be let in by the hub, got HTTP status {status}",
            f"the token may be wrong or too old, or not meant for this model: {_LOG_IN}",
        )
    return DownloadError(
        f"{repo_id}: expected the model's files, got HTTP status {status} of the hub",
        "run it again later: the hub is busy or has a fault; files that are complete are kept",
    )
