"""Models that are saved in other ways than usual, and have the logits of transformers all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file

from tests.broken_checkpoints import Change, config
from tests.random_models import save_safetensors, write_random_model
from xlgpt2 import build, design
from xlgpt2.checkpoint.checkpoint import Checkpoint, load_checkpoint
from xlgpt2.cli.main import cli
from xlgpt2.commands.run import run
from xlgpt2.reference.forward.gpt2 import forward
from xlgpt2.reference.forward.layers import Zones

Tensors = dict[str, NDArray[np.float32]]

IDS = [3, 300, 17, 17, 256, 0, 99]
FILE = "model.safetensors"


def nothing(folder: Path) -> None:
    """Leaves the folder as it is."""


def tensors(change: Callable[[Tensors], Tensors]) -> Change:
    """Saves the tensors of model.safetensors again as a function makes them."""

    def changed(folder: Path) -> None:
        save_safetensors(folder / FILE, change(load_file(folder / FILE)))

    return changed


def renamed(rename: Callable[[str], str]) -> Change:
    return tensors(lambda found: {rename(name): tensor for name, tensor in found.items()})


def without(*endings: str) -> Change:
    return tensors(lambda found: {k: v for k, v in found.items() if not k.endswith(endings)})


def head_alone(found: Tensors) -> Tensors:
    """The two tied matrices under the name of the second."""
    return {"lm_head.weight" if k == "transformer.wte.weight" else k: v for k, v in found.items()}


def with_head(name: str) -> Change:
    """A second head beside the language model."""
    head = np.ones((1, 15), dtype=np.float32)
    return tensors(lambda found: {**found, f"{name}.summary.weight": head})


def in_blocks(found: Tensors) -> Tensors:
    """torch.compile around every block, FSDP around every attention of it, and DDP around all."""
    names = {name: name.replace("attn.", "attn._fsdp_wrapped_module.") for name in found}
    blocks = {k: v.replace("h.1.", "h.1._orig_mod.") for k, v in names.items()}
    return {f"module.{blocks[k]}": v for k, v in found.items()}


class Accepted(NamedTuple):
    """How a folder is changed, which notes it gets, and what transformers is given in its place."""

    change: Change
    notes: tuple[str, ...] = ()
    theirs: Change | None = None  # the same folder


def prefix(*parts: str) -> Accepted:
    """All names begin with this; transformers itself finds none of them, so it gets the others."""
    return Accepted(renamed(lambda name: "".join(parts) + name), (left_out(*parts),), nothing)


def left_out(*parts: str) -> str:
    shown = ", ".join(f"`{part}`" for part in sorted(parts))
    return f"{FILE}: left out of the names of tensors: {shown}; transformers itself would not find them"


SECOND_NAMES = {
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "hidden_size": 15,
    "max_position_embeddings": 11,
}
ALONE = dict.fromkeys(("n_layer", "n_head", "n_embd", "n_positions"), ...)
BIASES = "attn.c_attn, attn.c_proj, mlp.c_fc, mlp.c_proj"

ACCEPTED: dict[str, Accepted] = {
    "sizes under their second names": Accepted(config(**ALONE, **SECOND_NAMES)),
    "sizes under both names": Accepted(config(**SECOND_NAMES)),
    "one size under its second name": Accepted(config(n_head=..., num_attention_heads=3)),
    **{
        f"activation {name}": Accepted(config(activation_function=name))
        for name in ("gelu_fast", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_accurate")
    },
    "an activation of another model's key": Accepted(
        config(activation_function=..., hidden_act="relu")
    ),
    "no architectures": Accepted(config(architectures=[])),
    "two heads": Accepted(
        lambda folder: [
            change(folder)
            for change in (
                config(architectures=["GPT2DoubleHeadsModel"]),
                with_head("multiple_choice_head"),
            )
        ],
        (f"{FILE}: ignored multiple_choice_head.summary.weight: logits do not depend on them",),
    ),
    "positions as a buffer": Accepted(
        tensors(lambda found: {**found, "transformer.position_ids": np.zeros(11, np.float32)})
    ),
    "a value head": Accepted(
        with_head("v_head"),
        (f"{FILE}: ignored v_head.summary.weight: logits do not depend on them",),
    ),
    **{
        f"prefix {''.join(parts)}": prefix(*parts)
        for parts in (
            ("_orig_mod.",),
            ("module.",),
            ("model.",),
            ("base_model.model.",),
            ("pretrained_model.",),
            ("module.", "_orig_mod."),
            ("_forward_module.", "gpt2."),
            ("policy.lm.",),
        )
    },
    "wrappers inside": Accepted(
        tensors(in_blocks),
        (left_out("_fsdp_wrapped_module.", "_orig_mod.", "module."),),
        nothing,
    ),
    "no biases": Accepted(
        without(".bias"),
        (f"{FILE}: no biases of {BIASES}, norms (bias=False): zeros are taken for them",),
    ),
    "no biases of queries, keys and values": Accepted(
        without("c_attn.bias"),
        (f"{FILE}: no biases of attn.c_attn (bias=False): zeros are taken for them",),
    ),
    "no biases of norms": Accepted(
        without("ln_1.bias", "ln_2.bias", "ln_f.bias"),
        (f"{FILE}: no biases of norms (bias=False): zeros are taken for them",),
    ),
    "tied matrices under the other name": Accepted(
        tensors(head_alone),
        (f"{FILE}: lm_head.weight is taken for wte.weight, which it does not have",),
    ),
    "untied by config.json, with equal matrices": Accepted(
        lambda folder: [
            change(folder)
            for change in (
                config(tie_word_embeddings=False),
                tensors(lambda found: {**found, "lm_head.weight": found["transformer.wte.weight"]}),
            )
        ]
    ),
    "a dtype that all numbers have": Accepted(config(dtype="float32", torch_dtype="float32")),
    "a dtype that transformers would round to": Accepted(
        config(torch_dtype="bfloat16"),
        (
            "config.json: dtype bfloat16 is ignored: weights are written as the file has them, F32; "
            "--dtype bfloat16 rounds them as transformers does",
        ),
        nothing,
    ),
}


def saved(folder: Path, change: Change) -> Path:
    """A random model with the names of transformers, changed."""
    write_random_model(folder)
    renamed(lambda name: f"transformer.{name}")(folder)
    change(folder)
    return folder


def our_logits(checkpoint: Checkpoint) -> NDArray[np.float64]:
    zones = Zones(len(IDS), checkpoint.config.n_positions)
    found = forward(checkpoint.weights, checkpoint.config, IDS, zones, 10)["logits"]
    return np.asarray(found[:, 0], dtype=np.float64)


def their_logits(folder: Path) -> NDArray[np.float64]:
    """What transformers computes of a folder in float64."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    model = transformers.GPT2LMHeadModel.from_pretrained(folder).double().eval()
    with torch.no_grad():
        logits: Any = model(torch.tensor([IDS])).logits[0, -1].numpy()
    return np.asarray(logits)


@pytest.mark.parametrize("name", ACCEPTED)
def test_it_computes_what_transformers_does(tmp_path: Path, name: str) -> None:
    """Logits are equal to 1e-6, and what was changed or ignored is said."""
    case = ACCEPTED[name]
    checkpoint = load_checkpoint(saved(tmp_path / "m", case.change))
    theirs = saved(tmp_path / "theirs", case.theirs or case.change)
    assert np.abs(our_logits(checkpoint) - their_logits(theirs)).max() < 1e-6
    assert checkpoint.notes == case.notes


def test_a_workbook_computes_what_transformers_does(tmp_path: Path) -> None:
    """No biases, the head alone, wrapped names and second names of sizes, through the formulas."""
    folder = saved(tmp_path / "m", without(".bias"))
    tensors(head_alone)(folder)
    config(**ALONE, **SECOND_NAMES, activation_function="gelu_pytorch_tanh")(folder)
    theirs = their_logits(folder)
    renamed(lambda name: f"module.{name}")(folder)
    file = tmp_path / "m.xlsx"
    build(design(folder, capacity=8, new_tokens=1), file)
    found = run(file, token_ids=tuple(IDS), top=len(theirs)).top
    assert len(found) == len(theirs)
    assert max(abs(token.logit - theirs[token.id]) for token in found) < 1e-6


def test_notes_are_told_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And data on stdout stays as it is."""
    folder = saved(tmp_path / "m", without(".bias"))
    cli.main(["show", "--model", str(folder)], standalone_mode=False)
    out, err = capsys.readouterr()
    assert err == f"note: {ACCEPTED['no biases'].notes[0]}\n"
    assert "note:" not in out
