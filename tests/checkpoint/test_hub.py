"""Models of the hub, through huggingface_hub: from its cache, and from a local server."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants

from tests.hub_server import COMMIT, Hub, HubServer, cached, empty_cache, point_to
from tests.random_models import write_random_model
from tests.tokenizer_files import in_json
from tests.weight_files import INDEX, as_shards
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.checkpoint.locate import is_hub_id, locate
from xlgpt2.checkpoint.tensors import whole
from xlgpt2.cli import show
from xlgpt2.designs.model_workbook import design
from xlgpt2.errors import MissingFileError

ID = "somebody/some-gpt2"
FILES = ["config.json", "merges.txt", "model.safetensors", "tokenizer.json", "vocab.json"]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, no token, and no server."""
    monkeypatch.chdir(tmp_path)
    return empty_cache(tmp_path / "home", monkeypatch)


@pytest.fixture
def hub(cache, monkeypatch):
    """A hub without models, and a server for it."""
    hub = Hub()
    with HubServer(hub) as server:
        point_to(monkeypatch, server.address)
        yield hub


@pytest.fixture
def model(tmp_path):
    """A folder to publish, with additional files that are not needed."""
    folder = write_random_model(tmp_path / "published")
    in_json(keep=True)(folder)
    for name in ("pytorch_model.bin", "README.md", "model.onnx"):
        (folder / name).write_text("not needed", encoding="utf-8")
    return folder


def test_a_model_is_downloaded_with_the_files_that_it_needs(hub, model):
    """Only five files are downloaded; name, source and numbers are those published."""
    commit = hub.publish(ID, model)
    checkpoint = load_checkpoint(ID)
    assert hub.fetched() == FILES
    assert (checkpoint.name, checkpoint.source) == ("some-gpt2", f"{ID}@{commit}")
    published = load_checkpoint(model).tensors
    for name, tensor in checkpoint.tensors.items():
        assert np.array_equal(whole(tensor), whole(published[name]))


def test_nothing_is_downloaded_twice(hub, model):
    hub.publish(ID, model)
    first = locate(ID)
    hub.requests.clear()
    assert locate(ID) == first
    assert hub.fetched() == []


def test_without_a_server_the_cache_is_used(cache, model, monkeypatch):
    """A downloaded model is available without the hub, by branch, commit and source."""
    hub = Hub()
    commit = hub.publish(ID, model)
    with HubServer(hub) as server:
        point_to(monkeypatch, server.address)
        first = locate(ID)
    assert locate(ID) == locate(ID, commit) == locate(first.source) == first


def test_only_changed_files_of_a_newer_commit_are_downloaded(hub, model):
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
    """A branch or a commit, also after @, selects that model and not the newest."""
    other = write_random_model(tmp_path / "other", seed=1)
    commit = hub.publish(ID, other, "old")
    hub.publish(ID, model)
    revision = {"branch": "old", "commit": commit}.get(how)
    checkpoint = load_checkpoint(ID if revision else f"{ID}@old", revision)
    assert checkpoint.source == f"{ID}@{commit}"
    bias = load_checkpoint(other).tensors["ln_f.bias"]
    assert np.array_equal(whole(checkpoint.tensors["ln_f.bias"]), whole(bias))


def test_an_interrupted_download_is_resumed(hub, model):
    """After the connection is lost, the rest is requested and the file is complete."""
    hub.publish(ID, model)
    hub.cut["model.safetensors"] = 1
    checkpoint = load_checkpoint(ID)
    ranges = [
        header for method, path, header in hub.requests if method == "GET" and "safetensors" in path
    ]
    size = (model / "model.safetensors").stat().st_size
    assert ranges[0] is None
    assert len(ranges) == 2
    # Complete chunks are kept; an incomplete one is requested again.
    assert size // 2 - 1000 < int(ranges[1].removeprefix("bytes=").removesuffix("-")) <= size // 2
    path = checkpoint.folder / "model.safetensors"
    assert path.read_bytes() == (model / "model.safetensors").read_bytes()


def test_shards_are_downloaded_as_the_index_names_them(hub, model):
    """The index and its shards are downloaded, but no other safetensors files."""
    as_shards(model)
    (model / "other.safetensors").write_bytes(b"")
    hub.publish(ID, model)
    checkpoint = load_checkpoint(ID)
    shards = [f"model-0000{i}-of-00003.safetensors" for i in (1, 2, 3)]
    assert hub.fetched() == sorted({*FILES, INDEX, *shards} - {"model.safetensors"})
    assert np.array_equal(whole(checkpoint.tensors["wpe.weight"])[:2, :2], wpe_corner(model))


def wpe_corner(folder):
    return whole(load_checkpoint(folder).tensors["wpe.weight"])[:2, :2]


def test_one_file_is_downloaded_in_place_of_shards(hub, model, tmp_path):
    """The single file is downloaded if a model has both."""
    data = (model / "model.safetensors").read_bytes()
    as_shards(model)
    (model / "model.safetensors").write_bytes(data)
    hub.publish(ID, model)
    load_checkpoint(ID)
    assert hub.fetched() == FILES


@pytest.mark.parametrize("revision", [None, COMMIT])
@pytest.mark.parametrize("is_offline", [True, False])
@pytest.mark.parametrize("shards", [True, False])
def test_a_cache_of_another_program_is_used(
    cache, model, monkeypatch, is_offline, shards, revision
):
    """Files cached by another program, or by an earlier version, need no server."""
    if shards:
        as_shards(model)
    snapshot = cached(cache, model, "gpt2")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", is_offline)
    # Cached files are not requested again and again.
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("waits for the hub"))
    checkpoint = load_checkpoint("gpt2", revision)
    assert checkpoint.folder == snapshot
    assert checkpoint.source == f"gpt2@{'0123456789' * 4}"
    assert np.array_equal(whole(checkpoint.tensors["wpe.weight"])[:2, :2], wpe_corner(model))


def test_a_folder_has_priority_over_the_hub(cache, model, tmp_path):
    """A folder with the name of a model on the hub is used; a path is always a folder."""
    cached(cache, model, "gpt2")
    folder = write_random_model(tmp_path / "gpt2", seed=2)
    checkpoint = load_checkpoint("gpt2")
    assert (checkpoint.folder, checkpoint.source) == (Path("gpt2"), "gpt2")
    assert checkpoint.folder.resolve() == folder
    with pytest.raises(MissingFileError, match="distilgpt2: expected a folder, got none"):
        locate(Path("distilgpt2"))


# what the text is, the text, whether it can be an id of the hub
NAMES = [
    ("a published model", "gpt2-medium", True),
    ("a user's model", "openai-community/gpt2", True),
    ("a name with dots", "a.b/c_d-2.0", True),
    ("a relative path", "./gpt2", False),
    ("a path to the parent folder", "../gpt2", False),
    ("an absolute path", "/models/gpt2", False),
    ("a path in the home folder", "~/gpt2", False),
    ("a longer path", "my/models/gpt2", False),
    ("a folder with a slash at the end", "gpt2/", False),
    ("a Windows path", r"models\gpt2", False),
    ("a Windows drive", "C:gpt2", False),
    ("a hidden folder", ".gpt2", False),
    ("a repository", "somebody/gpt2.git", False),
    ("two dots", "some..body/gpt2", False),
    ("a space", "my gpt2", False),
    ("letters that the hub does not allow", "modèle", False),
    ("too long a name", "x" * 97, False),
    ("an empty text", "", False),
]


@pytest.mark.parametrize(("what", "text", "may_be"), NAMES, ids=[row[0] for row in NAMES])
def test_what_can_be_an_id_of_the_hub(what, text, may_be):
    assert is_hub_id(text) == may_be, what


@pytest.mark.parametrize("text", ["./modles/tiny", "modles/my/tiny", "tiny/"])
def test_paths_are_never_requested_from_the_hub(hub, text):
    with pytest.raises(MissingFileError, match=f"^{text}: expected a folder, got none$"):
        locate(text)
    assert hub.requests == []


def test_the_commands_take_a_model_of_the_hub(tmp_path, model, monkeypatch):
    """With settings from the environment; stdout has only the command's own lines."""
    hub = Hub()
    hub.publish(ID, model, "v1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    with HubServer(hub) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        options = ["--model", ID, "--revision", "v1", "--capacity", "2"]
        code, out, _ = shell(tmp_path, "build", *options)
    assert code == 0
    words = [line.split()[0] for line in out.splitlines()]
    assert words == ["wrote", "tabs", "ranges", "formulas", "weights", "bytes", "seconds"]
    assert (tmp_path / "output" / "some-gpt2.xlsx").is_file()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    code, out, err = shell(tmp_path, "verify", "output/some-gpt2.xlsx", "--model", "gtp2")
    assert (code, out) == (2, "")
    assert err.startswith("error: gtp2: expected a folder, or all files")


def test_show_names_the_model_with_its_commit(hub, model):
    commit = hub.publish(ID, model)
    first = show.plan(design(ID), None).splitlines()[0]
    assert first.startswith(f"model      {ID}@{commit} in ")


def shell(folder, *arguments):
    """The exit code, stdout and stderr of a command, run in a folder in its own process."""
    done = subprocess.run(
        [sys.executable, "-m", "xlgpt2", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr
