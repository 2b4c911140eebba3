"""A local server with the part of the hub's protocol that downloads need."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote, urlsplit

import pytest
from huggingface_hub import constants

#: The commit of a model that is in a cache without a download.
COMMIT = "0123456789" * 4

#: The code that the hub sends with a status, which tells its client what is missing.
CODES = {"model": "RepoNotFound", "revision": "RevisionNotFound", "file": "EntryNotFound"}

_API = re.compile(r"/api/models/(.+?)/(revision|tree)/([^/]+)")
_FILE = re.compile(r"/(.+?)/resolve/([^/]+)/(.+)")


@dataclass
class Hub:
    """Models with their commits and files, the requests, and the faults.

    `refusal` is a status and a code for every request; `refused_files` the same for files only;
    `cut` has the files whose next responses are cut off, and how often that happens.
    """

    models: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    branches: dict[tuple[str, str], str] = field(default_factory=dict)
    refusal: tuple[int, str] | None = None
    refused_files: tuple[int, str] | None = None
    cut: dict[str, int] = field(default_factory=dict)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)

    def publish(self, repo_id: str, folder: Path, branch: str = "main") -> str:
        """Make a folder's files the newest commit of a branch; returns the commit's hash."""
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        commit = hashlib.sha1(repr(sorted(files.items())).encode()).hexdigest()
        self.models.setdefault(repo_id, {})[commit] = files
        self.branches[repo_id, branch] = commit
        return commit

    def fetched(self) -> list[str]:
        """The names of the files whose contents were requested, sorted."""
        files = [_FILE.fullmatch(path) for method, path, _ in self.requests if method == "GET"]
        return sorted(match.group(3) for match in files if match)


class HubServer:
    """A hub at a local address, as a context manager."""

    def __init__(self, hub: Hub) -> None:
        handler = type("_BoundHandler", (_Handler,), {"hub": hub})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> HubServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write nothing to stderr, which the tests read."""

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append((self.command, path, self.headers.get("Range")))
        if self.hub.refusal is not None:
            self._refuse(*self.hub.refusal)
        elif match := _API.fullmatch(path):
            self._answer_api(*match.groups())
        elif match := _FILE.fullmatch(path):
            self._answer_file(*match.groups())
        else:
            self._refuse(404, "")

    def _commit(self, repo_id: str, revision: str) -> str | None:
        """The requested commit; None, after an error response, if there is none."""
        if repo_id not in self.hub.models:
            self._refuse(404, CODES["model"])
            return None
        commit = self.hub.branches.get((repo_id, revision), revision)
        if commit not in self.hub.models[repo_id]:
            self._refuse(404, CODES["revision"])
            return None
        return commit

    def _answer_api(self, repo_id: str, kind: str, revision: str) -> None:
        commit = self._commit(repo_id, revision)
        if commit is None:
            return
        files = self.hub.models[repo_id][commit]
        content: object = [
            {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
            for name, data in files.items()
        ]
        if kind == "revision":
            siblings = [{"rfilename": name} for name in files]
            content = {"id": repo_id, "sha": commit, "private": False, "siblings": siblings}
        self._send(200, {"Content-Type": "application/json"}, json.dumps(content).encode())

    def _answer_file(self, repo_id: str, revision: str, name: str) -> None:
        commit = self._commit(repo_id, revision)
        if commit is None:
            return
        data = self.hub.models[repo_id][commit].get(name)
        if self.hub.refused_files is not None:
            self._refuse(*self.hub.refused_files)
        elif data is None:
            self._refuse(404, CODES["file"], commit)
        else:
            etag = f'"{hashlib.sha256(data).hexdigest()}"'
            self._send_file(name, data, {"X-Repo-Commit": commit, "ETag": etag})

    def _send_file(self, name: str, data: bytes, headers: dict[str, str]) -> None:
        """Send a file, or the rest of it from the byte in a Range header."""
        start, status = 0, 200
        if range_match := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
            start, status = int(range_match.group(1)), 206
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        rest = data[start:]
        is_cut = self.command == "GET" and self.hub.cut.get(name, 0) > 0
        if is_cut:
            self.hub.cut[name] -= 1
        self._send(status, headers, rest, len(rest) // 2 if is_cut else len(rest))

    def _send(
        self, status: int, headers: dict[str, str], data: bytes, stop: int | None = None
    ) -> None:
        """Send a response; with `stop` the connection ends before all bytes are sent."""
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data[:stop])

    def _refuse(self, status: int, code: str, commit: str | None = None) -> None:
        headers = {"X-Error-Code": code} if code else {}
        if commit is not None:
            headers["X-Repo-Commit"] = commit
        self._send(status, headers, b"")


def empty_cache(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set up an empty cache, no token and no server, in the constants read from the environment."""
    for name, value in {
        "HF_HOME": str(home),
        "HF_HUB_CACHE": str(home / "hub"),
        "HF_TOKEN_PATH": str(home / "token"),
        "AGENT_HARNESSES_PATH": str(home / "harnesses"),
        "HF_HUB_OFFLINE": False,
        "DOWNLOAD_CHUNK_SIZE": 1000,
    }.items():
        monkeypatch.setattr(constants, name, value, raising=False)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    point_to(monkeypatch, "http://127.0.0.1:9")
    return home / "hub"


def point_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Send requests to an address; huggingface_hub reads HF_ENDPOINT when it is imported."""
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


def cached(cache: Path, folder: Path, repo_id: str, without: str = "") -> Path:
    """Make a cache as other programs do: blobs, links to them by commit, and the branch."""
    root = cache / f"models--{repo_id.replace('/', '--')}"
    snapshot = root / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (root / "blobs").mkdir()
    (root / "refs").mkdir()
    (root / "refs" / "main").write_text(COMMIT, encoding="utf-8")
    for number, path in enumerate(sorted(folder.iterdir())):
        if path.name != without:
            (root / "blobs" / f"{number:040x}").write_bytes(path.read_bytes())
            (snapshot / path.name).symlink_to(Path("../../blobs") / f"{number:040x}")
    return snapshot
