"""Names of tensors: GPT-2's own, whatever wrappers put around them, or those of something else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from xlgpt2.checkpoint.tensors import Tensor
from xlgpt2.errors import BadFileError, UnsupportedModelError

#: The matrix that makes logits, where it is saved beside wte.
OUTPUT = "lm_head.weight"

#: Causal masks and positions that some versions of modeling_gpt2.py saved with the weights.
_BUFFER = re.compile(r"h\.\d+\.attn\.(masked_)?bias|position_ids")

#: Heads beside the language model: of GPT2DoubleHeadsModel, and for reinforcement learning (trl).
_OTHER_HEAD = re.compile(r"(multiple_choice_head|v_head)\.")

#: What wrappers put into names, wherever the module is that they wrap: torch.compile, FSDP,
#: activation checkpoints, DeepSpeed, DataParallel.
_WRAPPER = re.compile(
    r"(?:^|(?<=\.))(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|_forward_module"
    r"|module)\."
)

#: A tensor that every GPT-2 has, under a name that nothing else in it ends with.
_ANCHOR = "wpe.weight"

_MERGE = (
    "merge it into its base model: load both with peft, then "
    "model.merge_and_unload().save_pretrained(folder)"
)
_DEQUANTIZE = (
    "take the model before it was quantized, or load it with transformers and save "
    "model.dequantize()"
)
_FROM_TENSORFLOW = (
    "load it with transformers 4 and save it again: "
    "GPT2LMHeadModel.from_pretrained(folder, from_tf=True).save_pretrained(folder), "
    "or from_flax=True"
)

#: Parts of names that tell of another kind of file: what it has, and the way out.
_STRANGE = (
    (
        r"\.(lora_\w+|base_layer|modules_to_save|ia3_\w+|hada_\w+|oft_\w+|vera_\w+)\b|prompt_encoder",
        "tensors of an adapter (LoRA) that is not merged",
        _MERGE,
    ),
    (
        r"\.(SCB|qweight|qzeros|scales|g_idx|absmax|nested_absmax|quant_map|quant_state|W_q|_scale"
        r"|_data|input_scale|weight_format|weight_scale\w*|weight_packed|weight_zero_point)(\.|$)",
        "quantized tensors",
        _DEQUANTIZE,
    ),
    (
        r"/|:0$|\.(kernel|embedding|scale)$",
        "names of TensorFlow or Flax",
        _FROM_TENSORFLOW,
    ),
    (
        r"^(blk\.\d+|token_embd|position_embd|output_norm)\.",
        "names of a GGUF file (llama.cpp)",
        "take the model in the Hugging Face layout, which GGUF files are made from",
    ),
    (
        r"\b(exp_avg|exp_avg_sq|momentum_buffer|optimizer)\b",
        "the state of an optimizer",
        "save the model alone: model.save_pretrained(folder)",
    ),
    (
        r"\b([qkv]_proj|query_key_value|self_attn|self_attention|attention|crossattention)\b",
        "names of another model",
        "take another model: only GPT-2 can be written as a workbook",
    ),
)


@dataclass(frozen=True)
class Named:
    """Tensors by GPT-2's names without `transformer.`; `notes` say what was changed or ignored."""

    tensors: Mapping[str, Tensor]
    notes: tuple[str, ...]


def by_own_names(path: Path, found: Mapping[str, Tensor]) -> Named:
    """The tensors of a file without prefixes, masks and other heads.

    Raises UnsupportedModelError for names of another kind, and BadFileError for a name twice.
    """
    _check_kind(path, found)
    unwrapped = {name: _WRAPPER.sub("", name) for name in found}
    prefix = _prefix(path, unwrapped.values())
    tensors: dict[str, Tensor] = {}
    full_names: dict[str, str] = {}
    heads: list[str] = []
    for full_name, tensor in found.items():
        name = unwrapped[full_name].removeprefix(prefix).removeprefix("transformer.")
        if name in full_names:
            raise BadFileError(
                f"{path}: {name}: expected one tensor of that name, got {full_names[name]} and "
                f"{full_name}",
                "save the model again with one of the two names",
            )
        full_names[name] = full_name
        if _OTHER_HEAD.match(name):
            heads.append(name)
        elif not _BUFFER.fullmatch(name):
            tensors[name] = tensor
    return Named(tensors, tuple(_notes(path, prefix, found, heads)))


def _check_kind(path: Path, names: Iterable[str]) -> None:
    """Raises UnsupportedModelError where a name tells of another kind of file."""
    for pattern, what, way_out in _STRANGE:
        for name in names:
            if re.search(pattern, name):
                raise UnsupportedModelError(
                    f"{path}: expected the tensors of GPT-2, got {what}, such as {name}", way_out
                )


def _prefix(path: Path, names: Iterable[str]) -> str:
    """What stands before the names of a GPT-2 inside another module; empty where nothing does."""
    found = {
        name.removesuffix(_ANCHOR).removesuffix("transformer.")
        for name in names
        if f".{name}".endswith(f".{_ANCHOR}")
    }
    if len(found) > 1:
        raise UnsupportedModelError(
            f"{path}: expected one GPT-2, got {len(found)}, under the prefixes "
            f"{', '.join(f'`{prefix}`' for prefix in sorted(found))}",
            "save the language model alone: model.save_pretrained(folder)",
        )
    return next(iter(found), "")


def _notes(path: Path, prefix: str, names: Iterable[str], heads: list[str]) -> Iterator[str]:
    wrappers = {wrapper for name in names for wrapper in _WRAPPER.findall(name)}
    if removed := sorted(wrappers | ({prefix} - {""})):
        yield (
            f"{path.name}: left out of the names of tensors: "
            f"{', '.join(f'`{part}`' for part in removed)}; transformers itself would not find them"
        )
    if heads:
        yield f"{path.name}: ignored {', '.join(sorted(heads))}: logits do not depend on them"
