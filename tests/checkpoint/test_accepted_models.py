"""Models saved in unusual ways, which still have the logits of transformers."""

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


def unchanged(folder: Path) -> None:
    """Leave the folder unchanged."""


def change_tensors(change: Callable[[Tensors], Tensors]) -> Change:
    """Change the tensors of model.safetensors with a function."""

    def save(folder: Path) -> None:
        save_safetensors(folder / FILE, change(load_file(folder / FILE)))

    return save


def renamed(rename: Callable[[str], str]) -> Change:
    return change_tensors(
        lambda tensors: {rename(name): tensor for name, tensor in tensors.items()}
    )


def without(*endings: str) -> Change:
    return change_tensors(
        lambda tensors: {k: v for k, v in tensors.items() if not k.endswith(endings)}
    )


def tied_head(tensors: Tensors) -> Tensors:
    """The tied matrix under the name of the output matrix."""
    return {"lm_head.weight" if k == "transformer.wte.weight" else k: v for k, v in tensors.items()}


def with_head(name: str) -> Change:
    """Add a second head to the language model."""
    head = np.ones((1, 15), dtype=np.float32)
    return change_tensors(lambda tensors: {**tensors, f"{name}.summary.weight": head})


def in_blocks(tensors: Tensors) -> Tensors:
    """The names after torch.compile of a block, FSDP of all attention, and DDP of the model."""
    names = {name: name.replace("attn.", "attn._fsdp_wrapped_module.") for name in tensors}
    blocks = {k: v.replace("h.1.", "h.1._orig_mod.") for k, v in names.items()}
    return {f"module.{blocks[k]}": v for k, v in tensors.items()}


class Accepted(NamedTuple):
    """A change of a folder, its notes, and the change of the folder for transformers."""

    change: Change
    notes: tuple[str, ...] = ()
    for_transformers: Change | None = None  # the same change


def prefix(*parts: str) -> Accepted:
    """A prefix of all names, with which transformers finds none; it gets the original names."""
    return Accepted(renamed(lambda name: "".join(parts) + name), (left_out(*parts),), unchanged)


def left_out(*parts: str) -> str:
    shown = ", ".join(f"`{part}`" for part in sorted(parts))
    return (
        f"{FILE}: removed from the names of tensors: {shown}; transformers would not find "
        "these tensors"
    )


SECOND_NAMES = {
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "hidden_size": 15,
    "max_position_embeddings": 11,
}
WITHOUT_SIZES = dict.fromkeys(("n_layer", "n_head", "n_embd", "n_positions"), ...)
BIASES = "attn.c_attn, attn.c_proj, mlp.c_fc, mlp.c_proj"

ACCEPTED: dict[str, Accepted] = {
    "sizes under their second names": Accepted(config(**WITHOUT_SIZES, **SECOND_NAMES)),
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
        (f"{FILE}: ignored multiple_choice_head.summary.weight, on which logits do not depend",),
    ),
    "positions as a buffer": Accepted(
        change_tensors(
            lambda tensors: {**tensors, "transformer.position_ids": np.zeros(11, np.float32)}
        )
    ),
    "a value head": Accepted(
        with_head("v_head"),
        (f"{FILE}: ignored v_head.summary.weight, on which logits do not depend",),
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
        change_tensors(in_blocks),
        (left_out("_fsdp_wrapped_module.", "_orig_mod.", "module."),),
        unchanged,
    ),
    "no biases": Accepted(
        without(".bias"),
        (f"{FILE}: no biases of {BIASES}, norms (bias=False): zeros are used",),
    ),
    "no biases of queries, keys and values": Accepted(
        without("c_attn.bias"),
        (f"{FILE}: no biases of attn.c_attn (bias=False): zeros are used",),
    ),
    "no biases of norms": Accepted(
        without("ln_1.bias", "ln_2.bias", "ln_f.bias"),
        (f"{FILE}: no biases of norms (bias=False): zeros are used",),
    ),
    "tied matrices under the other name": Accepted(
        change_tensors(tied_head),
        (f"{FILE}: no wte.weight: lm_head.weight is used instead",),
    ),
    "untied by config.json, with equal matrices": Accepted(
        lambda folder: [
            change(folder)
            for change in (
                config(tie_word_embeddings=False),
                change_tensors(
                    lambda tensors: {**tensors, "lm_head.weight": tensors["transformer.wte.weight"]}
                ),
            )
        ]
    ),
    "a dtype that all numbers have": Accepted(config(dtype="float32", torch_dtype="float32")),
    "a dtype that transformers would round to": Accepted(
        config(torch_dtype="bfloat16"),
        (
            "config.json: dtype bfloat16 is ignored: weights are written as stored in the "
            "file, F32; --dtype bfloat16 rounds them as transformers does",
        ),
        unchanged,
    ),
}


def saved(folder: Path, change: Change) -> Path:
    """A random model with the names of transformers, changed."""
    write_random_model(folder)
    renamed(lambda name: f"transformer.{name}")(folder)
    change(folder)
    return folder


def reference_logits(checkpoint: Checkpoint) -> NDArray[np.float64]:
    zones = Zones(len(IDS), checkpoint.config.n_positions)
    logits = forward(checkpoint.weights, checkpoint.config, IDS, zones, 10)["logits"]
    return np.asarray(logits[:, 0], dtype=np.float64)


def transformers_logits(folder: Path) -> NDArray[np.float64]:
    """The logits of transformers for a folder, in float64."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    model = transformers.GPT2LMHeadModel.from_pretrained(folder).double().eval()
    with torch.no_grad():
        logits: Any = model(torch.tensor([IDS])).logits[0, -1].numpy()
    return np.asarray(logits)


@pytest.mark.parametrize("name", ACCEPTED)
def test_logits_are_those_of_transformers(tmp_path: Path, name: str) -> None:
    """Logits are equal to 1e-6, and notes report what was changed or ignored."""
    case = ACCEPTED[name]
    checkpoint = load_checkpoint(saved(tmp_path / "m", case.change))
    folder = saved(tmp_path / "transformers", case.for_transformers or case.change)
    assert np.abs(reference_logits(checkpoint) - transformers_logits(folder)).max() < 1e-6
    assert checkpoint.notes == case.notes


def test_a_workbook_computes_the_logits_of_transformers(tmp_path: Path) -> None:
    """Without biases, with only the output matrix, wrapped names and second names of sizes."""
    folder = saved(tmp_path / "m", without(".bias"))
    change_tensors(tied_head)(folder)
    config(**WITHOUT_SIZES, **SECOND_NAMES, activation_function="gelu_pytorch_tanh")(folder)
    expected = transformers_logits(folder)
    renamed(lambda name: f"module.{name}")(folder)
    file = tmp_path / "m.xlsx"
    build(design(folder, 8, 10, new_tokens=1), file, "the")
    top = run(file, token_ids=tuple(IDS), top=len(expected)).top
    assert len(top) == len(expected)
    assert max(abs(token.logit - expected[token.id]) for token in top) < 1e-6


def test_notes_go_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Data on stdout does not change."""
    folder = saved(tmp_path / "m", without(".bias"))
    cli.main(["show", "--model", str(folder)], standalone_mode=False)
    out, err = capsys.readouterr()
    assert err == f"note: {ACCEPTED['no biases'].notes[0]}\n"
    assert "note:" not in out
