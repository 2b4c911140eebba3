"""Names of tensors: prefixes of wrappers removed, names of other kinds of files rejected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from xlgpt2.checkpoint.families.family import Family
from xlgpt2.checkpoint.tensors import Tensor
from xlgpt2.errors import BadFileError, UnsupportedModelError

#: What wrappers add to names, at any depth: torch.compile, FSDP, activation checkpoints, DeepSpeed,
#: DataParallel.
_WRAPPER = re.compile(
    r"(?:^|(?<=\.))(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|_forward_module"
    r"|module)\."
)

_MERGE = (
    "merge it into its base model: load both with peft, then "
    "model.merge_and_unload().save_pretrained(folder)"
)
_DEQUANTIZE = (
    "use the original model, before quantization, or load it with transformers and save "
    "model.dequantize()"
)
_FROM_TENSORFLOW = (
    "load it with transformers 4 and save it again: "
    "GPT2LMHeadModel.from_pretrained(folder, from_tf=True).save_pretrained(folder), "
    "or from_flax=True"
)

#: Parts of names of another kind of file, what it contains, and a hint.
_OTHER_KINDS = (
    (
        r"\.(lora_\w+|base_layer|modules_to_save|ia3_\w+|hada_\w+|oft_\w+|vera_\w+)\b|prompt_encoder",
        "tensors of an unmerged adapter (LoRA)",
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
        "TensorFlow or Flax names",
        _FROM_TENSORFLOW,
    ),
    (
        r"^(blk\.\d+|token_embd|position_embd|output_norm)\.",
        "GGUF names (llama.cpp)",
        "use the model in the Hugging Face layout, from which GGUF files are converted",
    ),
    (
        r"\b(exp_avg|exp_avg_sq|momentum_buffer|optimizer)\b",
        "optimizer state",
        "save only the model: model.save_pretrained(folder)",
    ),
)


@dataclass(frozen=True)
class NamedTensors:
    """Tensors by the family's names, without prefixes; `notes` say what was changed or ignored."""

    tensors: Mapping[str, Tensor]
    notes: tuple[str, ...]


def by_family_names(path: Path, stored: Mapping[str, Tensor], family: Family) -> NamedTensors:
    """The tensors of a file without prefixes, masks and other heads.

    Raises UnsupportedModelError for names of another kind, and BadFileError for a repeated name.
    """
    _check_kind(path, stored, family)
    unwrapped = {name: _WRAPPER.sub("", name) for name in stored}
    prefix = _prefix(path, unwrapped.values(), family)
    tensors: dict[str, Tensor] = {}
    full_names: dict[str, str] = {}
    heads: list[str] = []
    for full_name, tensor in stored.items():
        name = unwrapped[full_name].removeprefix(prefix).removeprefix(family.base_prefix)
        if name in full_names:
            raise BadFileError(
                f"{path}: {name}: expected one tensor of that name, got {full_names[name]} and "
                f"{full_name}",
                "save the model again with only one of the two names",
            )
        full_names[name] = full_name
        if family.other_heads.match(name):
            heads.append(name)
        elif not family.buffers.fullmatch(name):
            tensors[name] = tensor
    return NamedTensors(tensors, tuple(_notes(path, prefix, stored, heads)))


def _check_kind(path: Path, names: Iterable[str], family: Family) -> None:
    """Raise UnsupportedModelError if a name belongs to another kind of file."""
    foreign = (
        family.foreign.pattern,
        "names of another model",
        f"use another model: xlgpt2 supports only {family.title}",
    )
    for pattern, what, hint in (*_OTHER_KINDS, foreign):
        for name in names:
            if re.search(pattern, name):
                raise UnsupportedModelError(
                    f"{path}: expected the tensors of {family.title}, got {what}, such as {name}",
                    hint,
                )


def _prefix(path: Path, names: Iterable[str], family: Family) -> str:
    """The prefix of a model inside another module; empty if there is none."""
    prefixes = {
        name.removesuffix(family.anchor).removesuffix(family.base_prefix)
        for name in names
        if f".{name}".endswith(f".{family.anchor}")
    }
    if len(prefixes) > 1:
        raise UnsupportedModelError(
            f"{path}: expected one {family.title}, got {len(prefixes)}, under the prefixes "
            f"{', '.join(f'`{prefix}`' for prefix in sorted(prefixes))}",
            "save only the language model: model.save_pretrained(folder)",
        )
    return next(iter(prefixes), "")


def _notes(path: Path, prefix: str, names: Iterable[str], heads: list[str]) -> Iterator[str]:
    wrappers = {wrapper for name in names for wrapper in _WRAPPER.findall(name)}
    if removed := sorted(wrappers | ({prefix} - {""})):
        yield (
            f"{path.name}: removed from the names of tensors: "
            f"{', '.join(f'`{part}`' for part in removed)}; transformers would not find these "
            "tensors"
        )
    if heads:
        yield f"{path.name}: ignored {', '.join(sorted(heads))}, on which logits do not depend"
