"""Messages about tensors whose names or kinds are not those of GPT-2: what they are, and the way out."""

from __future__ import annotations

from pathlib import Path

from tests.broken_checkpoints import SIZES, config, tensor, tensors, zeros
from tests.messages.case import Case
from tests.messages.checkpoints import GPT2_ONLY, LOGITS, SAME_MODEL, broken
from tests.random_models import random_tensors, save_safetensors
from xlgpt2.errors import MissingTensorError, UnsupportedModelError

MERGE = "merge it into its base model: load both with peft, then model.merge_and_unload().save_pretrained(folder)"
DEQUANTIZE = "take the model before it was quantized, or load it with transformers and save model.dequantize()"
FROM_TENSORFLOW = "load it with transformers 4 and save it again: GPT2LMHeadModel.from_pretrained(folder, from_tf=True).save_pretrained(folder), or from_flax=True"
SAVE_ALONE = "save the model alone: model.save_pretrained(folder)"

#: The name of one more tensor: what the message says of it, and the hint.
STRANGE = {
    "base_model.model.h.0.attn.c_attn.lora_A.default.weight": ("tensors of an adapter (LoRA) that is not merged", MERGE),
    "h.0.attn.c_attn.base_layer.weight": ("tensors of an adapter (LoRA) that is not merged", MERGE),
    "h.0.attn.c_attn.SCB": ("quantized tensors", DEQUANTIZE),
    "h.0.attn.c_attn.qweight": ("quantized tensors", DEQUANTIZE),
    "h.0.attn.c_attn.weight.absmax": ("quantized tensors", DEQUANTIZE),
    "h.0.attn.c_attn.weight.quant_state.bitsandbytes__nf4": ("quantized tensors", DEQUANTIZE),
    "h.0.attn.c_attn.weight._data": ("quantized tensors", DEQUANTIZE),
    "h.0.attn.c_attn.weight_packed": ("quantized tensors", DEQUANTIZE),
    "model/h0/attn/c_attn/w": ("names of TensorFlow or Flax", FROM_TENSORFLOW),
    "transformer.h.0.attn.c_attn.kernel": ("names of TensorFlow or Flax", FROM_TENSORFLOW),
    "blk.0.attn_qkv.weight": ("names of a GGUF file (llama.cpp)", "take the model in the Hugging Face layout, which GGUF files are made from"),
    "optimizer.exp_avg": ("the state of an optimizer", SAVE_ALONE),
    "model.layers.0.self_attn.q_proj.weight": ("names of another model", GPT2_ONLY),
    "gpt_neox.layers.0.attention.query_key_value.weight": ("names of another model", GPT2_ONLY),
}  # fmt: skip


def two_models(folder: Path) -> None:
    """A model and a second one of the same sizes, each under a prefix."""
    found = random_tensors(SIZES, 0)
    both = {f"{prefix}.{k}": v for prefix in ("policy", "reference") for k, v in found.items()}
    save_safetensors(folder / "model.safetensors", both)


CASES = [
    *(
        Case(
            f"a tensor {name}",
            broken(tensor(name, zeros(3))),
            UnsupportedModelError,
            f"model/model.safetensors: expected the tensors of GPT-2, got {what}, such as {name}",
            hint,
        )
        for name, (what, hint) in STRANGE.items()
    ),
    Case(
        "two models in one file",
        broken(two_models),
        UnsupportedModelError,
        "model/model.safetensors: expected one GPT-2, got 2, under the prefixes `policy.`, `reference.`",
        "save the language model alone: model.save_pretrained(folder)",
    ),
    Case(
        "a bias of one block is missing",
        broken(tensor("h.0.ln_2.bias", None)),
        MissingTensorError,
        "model/model.safetensors: h.0.ln_2.bias: expected a tensor [15], got none",
        SAME_MODEL,
    ),
    Case(
        "the weights of one kind are missing with their biases",
        broken(tensors(lambda name: None if "mlp.c_fc" in name else name)),
        MissingTensorError,
        "model/model.safetensors: h.0.mlp.c_fc.weight: expected a tensor [15, 60], got none",
        SAME_MODEL,
    ),
    Case(
        "neither of two tied matrices",
        broken(tensor("wte.weight", None)),
        MissingTensorError,
        "model/model.safetensors: wte.weight: expected a tensor [301, 15], got none",
        SAME_MODEL,
    ),
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
        "model/model.safetensors: tie_word_embeddings is false: expected wte.weight beside lm_head.weight, got none",
        LOGITS,
    ),
    Case(
        "names of another program",
        broken(tensors(lambda name: name.replace(".weight", ".g"))),
        MissingTensorError,
        "model/model.safetensors: wte.weight: expected a tensor [301, 15], got h.0.attn.c_attn.g, h.0.attn.c_proj.g, h.0.ln_1.g, which GPT-2 does not have",
        "take config.json and the weights from one and the same model; if the names are those of another program, give the weights to a GPT2LMHeadModel of transformers and save that: model.save_pretrained(folder)",
    ),
    Case(
        "a bias of the output",
        broken(tensor("lm_head.bias", zeros(301))),
        UnsupportedModelError,
        "model/model.safetensors: expected the 28 tensors of GPT-2 with n_layer 2, got lm_head.bias beside them",
        SAME_MODEL,
    ),
]
