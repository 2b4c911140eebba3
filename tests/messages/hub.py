"""Messages about models of the hub, from a server on this machine and from a cache."""

from __future__ import annotations

import contextlib
import json
import resource
import sys

from huggingface_hub import constants

from tests.hub_server import Hub, HubServer, cached, empty_cache, point_to
from tests.messages.case import Case, Cause, Scene
from tests.weight_files import INDEX, as_shards
from xlgpt2.checkpoint import hub
from xlgpt2.checkpoint.locate import locate
from xlgpt2.errors import (
    BadFileError,
    DownloadError,
    MissingExtraError,
    MissingFileError,
    NoAccessError,
    NoSpaceError,
    OfflineError,
    UnknownModelError,
)

ID = "somebody/some-gpt2"


def asked(*arguments: str, **answers: tuple[int, str]) -> Cause:
    """A hub that has the model is asked for a model; it answers with these refusals."""

    def cause(scene: Scene) -> None:
        empty_cache(scene.folder / "home", scene.monkeypatch)
        scene.monkeypatch.setattr("time.sleep", lambda seconds: None)
        server = Hub(**answers)
        server.publish(ID, scene.model())
        with HubServer(server) as running:
            point_to(scene.monkeypatch, running.address)
            locate(*arguments)

    return cause


def published_without(name: str) -> Cause:
    """The model is published without one of its files."""

    def cause(scene: Scene) -> None:
        (scene.model() / name).unlink()
        download(scene)

    return cause


def download(scene: Scene) -> None:
    """The model's folder as it is now is published and asked for."""
    empty_cache(scene.folder / "home", scene.monkeypatch)
    server = Hub()
    server.publish(ID, scene.folder / "model")
    with HubServer(server) as running:
        point_to(scene.monkeypatch, running.address)
        locate(ID)


def a_path_in_the_index(scene: Scene) -> None:
    """The index names a file of the cache that is no shard."""
    folder = as_shards(scene.model())
    index = json.loads((folder / INDEX).read_text("utf-8"))
    index["weight_map"]["wpe.weight"] = "../../../refs/main"
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
    download(scene)


def no_server(scene: Scene) -> None:
    """Nobody listens at the address of the hub."""
    empty_cache(scene.folder / "home", scene.monkeypatch)
    locate(ID)


def broken_off(scene: Scene) -> None:
    """The hub gave the list of files and then failed; now nobody answers."""
    with contextlib.suppress(DownloadError):
        asked(ID, refused_files=(500, ""))(scene)
    point_to(scene.monkeypatch, "http://127.0.0.1:9")
    locate(ID)


def offline(scene: Scene) -> None:
    """Nothing is in the cache, and nobody may be asked."""
    empty_cache(scene.folder / "home", scene.monkeypatch)
    scene.monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    locate(ID)


def offline_without(name: str) -> Cause:
    """The cache has all files but one, and nobody may be asked."""

    def cause(scene: Scene) -> None:
        cache = empty_cache(scene.folder / "home", scene.monkeypatch)
        cached(cache, scene.model(), ID, without=name)
        scene.monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
        locate(ID)

    return cause


def full_disk(scene: Scene) -> None:
    """No file may grow over 20 kB, which is less than the weights: as on a disk that is full."""
    scene.model()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        download(scene)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def no_cache_folder(scene: Scene) -> None:
    """A file stands where the folder of the cache should be made."""
    scene.model()
    (scene.folder / "home").mkdir()
    (scene.folder / "home" / "hub").write_text("")
    download(scene)


def xet_fails(scene: Scene) -> None:
    """hf_xet, which fetches large files, is no part of what the tests install."""

    def fail(*arguments: object, **options: object) -> str:
        raise RuntimeError("Data processing error\nand more about it")

    scene.monkeypatch.setattr(hub, "snapshot_download", fail)
    locate(ID)


def no_library(scene: Scene) -> None:
    """The extra is not installed."""
    scene.monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    locate("gpt2")


CASES = [
    Case("no such model on the hub", asked("gtp2"), UnknownModelError),
    Case(
        "a hub that tells nobody what exists",
        asked(ID, refusal=(401, "RepoNotFound")),
        UnknownModelError,
    ),
    Case("a mirror that gives no reason", asked(ID, refusal=(404, "")), UnknownModelError),
    Case("no such revision", asked(ID, "v9"), UnknownModelError),
    Case("no such commit", asked(ID, "12" * 20), UnknownModelError),
    Case("two revisions", asked(f"{ID}@main", "v9"), DownloadError),
    Case("a gated model", asked(ID, refused_files=(403, "GatedRepo")), NoAccessError),
    Case(
        "a gated model, not logged in", asked(ID, refused_files=(401, "GatedRepo")), NoAccessError
    ),
    Case("a token that is refused", asked(ID, refusal=(401, "")), NoAccessError),
    Case("a token without this right", asked(ID, refusal=(403, "")), NoAccessError),
    Case("a hub with a fault", asked(ID, refusal=(500, "")), DownloadError),
    Case("a hub that fails at files", asked(ID, refused_files=(500, "")), DownloadError),
    Case("no server and nothing in the cache", no_server, OfflineError),
    Case("offline and nothing in the cache", offline, OfflineError),
    Case("offline without config.json", offline_without("config.json"), MissingFileError),
    Case("offline without vocab.json", offline_without("vocab.json"), MissingFileError),
    Case("offline without merges.txt", offline_without("merges.txt"), MissingFileError),
    Case("offline without weights", offline_without("model.safetensors"), MissingFileError),
    Case("a model with another tokenizer", published_without("vocab.json"), MissingFileError),
    Case(
        "a model saved for PyTorch alone", published_without("model.safetensors"), MissingFileError
    ),
    Case("an index that names a file outside", a_path_in_the_index, BadFileError),
    Case("a full disk", full_disk, NoSpaceError),
    Case("no folder for the cache", no_cache_folder, DownloadError),
    Case("a server that went away after a part", broken_off, OfflineError),
    Case("hf_xet fails", xet_fails, DownloadError),
    Case("huggingface_hub is not installed", no_library, MissingExtraError),
]
