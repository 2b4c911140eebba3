"""Models of the hub, through huggingface_hub itself: from its cache, and from a server here."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants

from tests.hub_server import Hub, HubServer
from tests.random_models import write_random_model
from tests.weight_files import INDEX, as_shards
from xlgpt2 import listing
from xlgpt2.building import design
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.checkpoint.locate import is_hub_id, locate
from xlgpt2.checkpoint.tensors import whole
from xlgpt2.errors import (
    BadFileError,
    CheckpointError,
    DownloadError,
    MissingExtraError,
    MissingFileError,
    NoAccessError,
    NoSpaceError,
    OfflineError,
    UnknownModelError,
)

ID = "somebody/some-gpt2"
FILES = ["config.json", "merges.txt", "model.safetensors", "vocab.json"]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, no token, and no server; what the environment sets where it is read."""
    home = tmp_path / "home"
    for name, value in {
        "HF_HOME": home,
        "HF_HUB_CACHE": home / "hub",
        "HF_TOKEN_PATH": home / "token",
        "AGENT_HARNESSES_PATH": home / "harnesses",
        "HF_HUB_OFFLINE": False,
        "DOWNLOAD_CHUNK_SIZE": 1000,
    }.items():
        stored = str(value) if isinstance(value, Path) else value
        monkeypatch.setattr(constants, name, stored, raising=False)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    point_to(monkeypatch, "http://127.0.0.1:9")
    return home / "hub"


def point_to(monkeypatch, address):
    """Sends requests to an address; huggingface_hub reads HF_ENDPOINT when it is imported."""
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


@pytest.fixture
def hub(cache, monkeypatch):
    """A hub without models, and a server for it."""
    hub = Hub()
    with HubServer(hub) as server:
        point_to(monkeypatch, server.address)
        yield hub


@pytest.fixture
def model(tmp_path):
    """A folder to publish, with files beside the model's that nobody needs."""
    folder = write_random_model(tmp_path / "published")
    for name in ("pytorch_model.bin", "README.md", "tokenizer.json", "model.onnx"):
        (folder / name).write_text("not needed", encoding="utf-8")
    return folder


def test_a_model_is_downloaded_with_the_files_that_it_needs(hub, model):
    """Four files and no others; name, source and numbers are the published ones."""
    commit = hub.publish(ID, model)
    found = load_checkpoint(ID)
    assert hub.fetched() == FILES
    assert (found.name, found.source) == ("some-gpt2", f"{ID}@{commit}")
    published = load_checkpoint(model).tensors
    for name, tensor in found.tensors.items():
        assert np.array_equal(whole(tensor), whole(published[name]))


def test_the_second_time_nothing_is_downloaded(hub, model):
    hub.publish(ID, model)
    first = locate(ID)
    hub.requests.clear()
    assert locate(ID) == first
    assert hub.fetched() == []


def test_without_a_server_the_cache_is_used(cache, model, monkeypatch):
    """What was downloaded once is found when the hub is down, by branch, commit and source."""
    hub = Hub()
    commit = hub.publish(ID, model)
    with HubServer(hub) as server:
        point_to(monkeypatch, server.address)
        first = locate(ID)
    assert locate(ID) == locate(ID, commit) == locate(first.source) == first


def test_a_newer_commit_is_downloaded_and_files_that_are_the_same_are_not(hub, model):
    old = hub.publish(ID, model)
    locate(ID)
    hub.requests.clear()
    (model / "config.json").write_text((model / "config.json").read_text("utf-8") + "\n")
    new = hub.publish(ID, model)
    assert locate(ID).source == f"{ID}@{new}"
    assert hub.fetched() == ["config.json"]
    assert locate(ID, old).source == f"{ID}@{old}"


@pytest.mark.parametrize("how", ["branch", "commit", "after @"])
def test_a_revision_pins_the_model(hub, model, tmp_path, how):
    """A branch, a commit, or one named after @ gives that model and not the newest."""
    other = write_random_model(tmp_path / "other", seed=1)
    commit = hub.publish(ID, other, "old")
    hub.publish(ID, model)
    revision = {"branch": "old", "commit": commit}.get(how)
    found = load_checkpoint(ID if revision else f"{ID}@old", revision)
    assert found.source == f"{ID}@{commit}"
    bias = load_checkpoint(other).tensors["ln_f.bias"]
    assert np.array_equal(whole(found.tensors["ln_f.bias"]), whole(bias))


def test_a_download_goes_on_where_it_was_cut(hub, model):
    """After the connection broke off, the rest is asked for and the file is whole."""
    hub.publish(ID, model)
    hub.cut["model.safetensors"] = 1
    found = load_checkpoint(ID)
    ranges = [
        asked for method, path, asked in hub.requests if method == "GET" and "safetensors" in path
    ]
    size = (model / "model.safetensors").stat().st_size
    assert ranges[0] is None
    assert len(ranges) == 2
    # Whole parts of the file are kept, and what came of the next one is asked for again.
    assert size // 2 - 1000 < int(ranges[1].removeprefix("bytes=").removesuffix("-")) <= size // 2
    path = found.folder / "model.safetensors"
    assert path.read_bytes() == (model / "model.safetensors").read_bytes()


def test_shards_are_downloaded_as_the_index_names_them(hub, model):
    """The index and its shards; other safetensors files of the model are left."""
    as_shards(model)
    (model / "other.safetensors").write_bytes(b"")
    hub.publish(ID, model)
    found = load_checkpoint(ID)
    shards = [f"model-0000{i}-of-00003.safetensors" for i in (1, 2, 3)]
    assert hub.fetched() == sorted(["config.json", "merges.txt", "vocab.json", INDEX, *shards])
    assert np.array_equal(whole(found.tensors["wpe.weight"])[:2, :2], wpe_corner(model))


def wpe_corner(folder):
    return whole(load_checkpoint(folder).tensors["wpe.weight"])[:2, :2]


def test_one_file_is_downloaded_in_place_of_shards(hub, model, tmp_path):
    """A model that has both comes as one file."""
    one = (model / "model.safetensors").read_bytes()
    as_shards(model)
    (model / "model.safetensors").write_bytes(one)
    hub.publish(ID, model)
    load_checkpoint(ID)
    assert hub.fetched() == FILES


def cached(cache, folder, repo_id=ID, commit="0123456789" * 4, without=()):
    """A cache as other programs leave it: blobs, links to them by commit, and the branch."""
    root = cache / f"models--{repo_id.replace('/', '--')}"
    snapshot = root / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (root / "blobs").mkdir()
    (root / "refs").mkdir()
    (root / "refs" / "main").write_text(commit, encoding="utf-8")
    for number, path in enumerate(sorted(folder.iterdir())):
        if path.name not in without:
            (root / "blobs" / f"{number:040x}").write_bytes(path.read_bytes())
            (snapshot / path.name).symlink_to(Path("../../blobs") / f"{number:040x}")
    return snapshot


@pytest.mark.parametrize("revision", [None, "0123456789" * 4])
@pytest.mark.parametrize("is_offline", [True, False])
@pytest.mark.parametrize("shards", [True, False])
def test_a_cache_that_others_filled_is_used(
    cache, model, monkeypatch, is_offline, shards, revision
):
    """Another program put the files there, or an earlier version; no server is needed."""
    if shards:
        as_shards(model)
    snapshot = cached(cache, model, "gpt2")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", is_offline)
    # Nobody is asked again and again for what is there.
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("waits for the hub"))
    found = load_checkpoint("gpt2", revision)
    assert found.folder == snapshot
    assert found.source == f"gpt2@{'0123456789' * 4}"
    assert np.array_equal(whole(found.tensors["wpe.weight"])[:2, :2], wpe_corner(model))


def test_a_folder_goes_before_the_hub(cache, model, tmp_path):
    """Where a folder is called like a model of the hub, it is meant; a path always is."""
    cached(cache, model, "gpt2")
    folder = write_random_model(tmp_path / "gpt2", seed=2)
    found = load_checkpoint("gpt2")
    assert (found.folder, found.source) == (Path("gpt2"), "gpt2")
    assert found.folder.resolve() == folder
    with pytest.raises(MissingFileError, match="distilgpt2: expected a folder, got none"):
        locate(Path("distilgpt2"))


# what goes wrong, how the hub answers, the arguments of locate, the error, words of its message
REFUSED = [
    ("no such model", {}, ["gtp2"], UnknownModelError, ["gtp2", "expected a folder or a model of the hub, got neither"]),
    ("a hub that tells nobody what exists", {"refusal": (401, "RepoNotFound")}, [ID], UnknownModelError, [ID, "got neither"]),
    ("a mirror that gives no reason", {"refusal": (404, "")}, [ID], UnknownModelError, [ID, "got neither"]),
    ("no such revision", {}, [ID, "v9"], UnknownModelError, [ID, "branch, tag or commit", "got 'v9'"]),
    ("no such commit", {}, [ID, "12" * 20], UnknownModelError, [ID, "12" * 20]),
    ("two revisions", {}, [f"{ID}@main", "v9"], DownloadError, ["'main'", "'v9'"]),
    ("a gated model", {"refused_files": (403, "GatedRepo")}, [ID], NoAccessError, [ID, "owner"]),
    ("a gated model, not logged in", {"refused_files": (401, "GatedRepo")}, [ID], NoAccessError, [ID, "owner"]),
    ("a token that is refused", {"refusal": (401, "")}, [ID], NoAccessError, [ID, "status 401"]),
    ("a token without this right", {"refusal": (403, "")}, [ID], NoAccessError, [ID, "status 403"]),
    ("a hub with a fault", {"refusal": (500, "")}, [ID], DownloadError, [ID, "status 500"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "arguments", "error", "words"),
    [row[1:] for row in REFUSED],
    ids=[row[0] for row in REFUSED],
)
def test_refusals_are_told_apart(hub, model, answers, arguments, error, words):
    hub.publish(ID, model)
    for name, value in answers.items():
        setattr(hub, name, value)
    refused(arguments, error, words)


def refused(arguments, error, words):
    """Raises this very error, in one line with these words, and a hint."""
    with pytest.raises(CheckpointError) as caught:
        locate(*arguments)
    assert type(caught.value) is error, caught.value.message
    assert [word for word in words if word not in caught.value.message] == []
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value


def test_no_server_and_no_cache(cache):
    error = refused([ID], OfflineError, [ID, "local cache", "Connection refused"])
    assert "connection" in error.hint


def test_offline_and_no_cache(cache, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    refused([ID], OfflineError, [ID, "HF_HUB_OFFLINE"])


@pytest.mark.parametrize("name", FILES)
def test_a_part_of_a_model_in_the_cache_is_not_enough(cache, model, monkeypatch, name):
    """Offline the missing file is named, and the model with its commit."""
    cached(cache, model, without=(name,))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    refused([ID], MissingFileError, [ID, "0123456789", name, "got none"])


def test_a_broken_off_download_is_known_as_a_part(cache, model, monkeypatch):
    """The server goes away between two files: then the message is that of a lost connection."""
    hub = Hub()
    hub.publish(ID, model)
    hub.refused_files = (500, "")
    with HubServer(hub) as server:
        point_to(monkeypatch, server.address)
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        refused([ID], DownloadError, [ID, "status 500"])
    refused([ID], OfflineError, [ID, "Connection refused"])


@pytest.mark.parametrize("name", ["vocab.json", "model.safetensors"])
def test_a_model_that_lacks_a_file(hub, model, name):
    """A model saved for PyTorch alone, or with another tokenizer."""
    (model / name).unlink()
    hub.publish(ID, model)
    error = refused([ID], MissingFileError, [ID, name, "got none"])
    assert ("save_pretrained" in error.hint) == (name == "model.safetensors")


def test_an_index_of_the_hub_reaches_no_other_folder(hub, model):
    as_shards(model)
    index = json.loads((model / INDEX).read_text("utf-8"))
    index["weight_map"]["wpe.weight"] = "../../../refs/main"
    (model / INDEX).write_text(json.dumps(index), encoding="utf-8")
    hub.publish(ID, model)
    refused([ID], BadFileError, [INDEX, "wpe.weight", "'../../../refs/main'"])


def test_a_full_disk_is_named_with_the_way_out(hub, model, cache):
    """No file may grow over 20 kB, which is less than the weights: as on a disk that is full."""
    hub.publish(ID, model)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        error = refused([ID], NoSpaceError, [ID, str(cache), "too large"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "HF_HOME" in error.hint


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    error = refused(["gpt2"], MissingExtraError, ["gpt2", "huggingface_hub"])
    assert error.hint == 'pip install "xlgpt2[hub]"'


# what a text is, the text, whether the hub may be asked for it
NAMES = [
    ("a published model", "gpt2-medium", True),
    ("a model of somebody", "openai-community/gpt2", True),
    ("a name with dots", "a.b/c_d-2.0", True),
    ("a path from here", "./gpt2", False),
    ("a path upwards", "../gpt2", False),
    ("a path from the root", "/models/gpt2", False),
    ("a path from home", "~/gpt2", False),
    ("a longer path", "my/models/gpt2", False),
    ("a folder with its separator", "gpt2/", False),
    ("a path of Windows", r"models\gpt2", False),
    ("a drive of Windows", "C:gpt2", False),
    ("a hidden folder", ".gpt2", False),
    ("a repository", "somebody/gpt2.git", False),
    ("two dots", "some..body/gpt2", False),
    ("a space", "my gpt2", False),
    ("letters that the hub does not take", "modèle", False),
    ("too long a name", "x" * 97, False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("what", "text", "may_be"), NAMES, ids=[row[0] for row in NAMES])
def test_what_can_be_an_id_of_the_hub(what, text, may_be):
    assert is_hub_id(text) == may_be, what


@pytest.mark.parametrize("text", ["./modles/tiny", "modles/my/tiny", "tiny/"])
def test_a_path_is_never_looked_for_on_the_hub(hub, text):
    refused([text], MissingFileError, [f"{text}: expected a folder, got none"])
    assert hub.requests == []


def test_a_file_and_a_revision_of_a_folder_are_refused(cache, model):
    refused([str(model / "config.json")], MissingFileError, ["expected a folder, got a file"])
    refused([str(model), "main"], DownloadError, ["revision 'main'", "got "])
    refused([None, "main"], DownloadError, ["revision 'main'"])


def test_the_commands_take_a_model_of_the_hub(tmp_path, model, monkeypatch):
    """From the environment to the workbook: stdout has the command's own lines and no others."""
    hub = Hub()
    hub.publish(ID, model, "v1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    with HubServer(hub) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        chosen = ["--model", ID, "--revision", "v1", "--capacity", "2"]
        code, out, _ = shell(tmp_path, "build", *chosen)
    assert code == 0
    words = [line.split()[0] for line in out.splitlines()]
    assert words == ["wrote", "tabs", "ranges", "formulas", "weights", "bytes", "seconds"]
    assert (tmp_path / "output" / "some-gpt2.xlsx").is_file()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    code, out, err = shell(tmp_path, "verify", "output/some-gpt2.xlsx", "--model", "gtp2")
    assert (code, out) == (2, "")
    assert err.startswith("error: gtp2: expected a folder, or all its files")


def test_show_names_the_model_with_its_commit(hub, model):
    commit = hub.publish(ID, model)
    first = listing.plan(design(ID), None).splitlines()[0]
    assert first.startswith(f"model      {ID}@{commit} in ")


def shell(folder, *arguments):
    """Exit code, stdout and stderr of a command in a process of its own, run in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "xlgpt2", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr
