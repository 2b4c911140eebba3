"""Messages about tensors whose names or kinds are not those of GPT-2: what they are, and the way out."""

from __future__ import annotations

from pathlib import Path

from tests.broken_checkpoints import SIZES, config, tensor, tensors, zeros
from tests.messages.case import Case
from tests.messages.checkpoints import broken
from tests.random_models import random_tensors, save_safetensors
from xlgpt2.errors import MissingTensorError, UnsupportedModelError

#: Names for one more tensor.
STRANGE = (
    "base_model.model.h.0.attn.c_attn.lora_A.default.weight",
    "h.0.attn.c_attn.base_layer.weight",
    "h.0.attn.c_attn.SCB",
    "h.0.attn.c_attn.qweight",
    "h.0.attn.c_attn.weight.absmax",
    "h.0.attn.c_attn.weight.quant_state.bitsandbytes__nf4",
    "h.0.attn.c_attn.weight._data",
    "h.0.attn.c_attn.weight_packed",
    "model/h0/attn/c_attn/w",
    "transformer.h.0.attn.c_attn.kernel",
    "blk.0.attn_qkv.weight",
    "optimizer.exp_avg",
    "model.layers.0.self_attn.q_proj.weight",
    "gpt_neox.layers.0.attention.query_key_value.weight",
)


def two_models(folder: Path) -> None:
    """A model and a second one of the same sizes, each under a prefix."""
    found = random_tensors(SIZES, 0)
    both = {f"{prefix}.{k}": v for prefix in ("policy", "reference") for k, v in found.items()}
    save_safetensors(folder / "model.safetensors", both)


CASES = [
    *(
        Case(f"a tensor {name}", broken(tensor(name, zeros(3))), UnsupportedModelError)
        for name in STRANGE
    ),
    Case("two models in one file", broken(two_models), UnsupportedModelError),
    Case(
        "a bias of one block is missing", broken(tensor("h.0.ln_2.bias", None)), MissingTensorError
    ),
    Case(
        "the weights of one kind are missing with their biases",
        broken(tensors(lambda name: None if "mlp.c_fc" in name else name)),
        MissingTensorError,
    ),
    Case("neither of two tied matrices", broken(tensor("wte.weight", None)), MissingTensorError),
    Case(
        "untied and only one matrix",
        broken(
            lambda folder: [
                change(folder)
                for change in (
                    config(tie_word_embeddings=False),
                    tensors(lambda name: name.replace("wte", "lm_head")),
                )
            ]
        ),
        UnsupportedModelError,
    ),
    Case(
        "names of another program",
        broken(tensors(lambda name: name.replace(".weight", ".g"))),
        MissingTensorError,
    ),
    Case("a bias of the output", broken(tensor("lm_head.bias", zeros(301))), UnsupportedModelError),
]
