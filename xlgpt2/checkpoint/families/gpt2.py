"""GPT-2: its config, tensors and names (Hugging Face modeling_gpt2.py, configuration_gpt2.py)."""

from __future__ import annotations

import math
import re

from xlgpt2.checkpoint.families.family import ExpectedTensor, Family, ModelConfig

#: Names of the activation in our formulas. In float64 they differ by 1e-12 at most, since some of
#: them round the square root of 2/pi (activations.py).
_ACTIVATIONS = (
    "gelu_new",
    "gelu_fast",
    "gelu_pytorch_tanh",
    "gelu_python_tanh",
    "gelu_accurate",
)

#: model_h3_attn_c_attn_weight: block, part and kind of a tensor's name.
_IN_BLOCK = re.compile(r"h(\d+)_(?:(attn|mlp)_)?(\w+)_(weight|bias|[wgb])", re.ASCII)

#: The workshop's own suffixes, those of OpenAI's code: weight, gain and bias.
_KINDS = {"w": "weight", "g": "weight", "b": "bias"}


def expected_tensors(config: ModelConfig) -> dict[str, ExpectedTensor]:
    """The tensors of a GPT-2 in the order of its computation.

    Source: modeling_gpt2.py, whose Conv1D keeps weights as [inputs, outputs].
    """
    C, V, inner = config.n_embd, config.vocab_size, config.inner_size
    block: dict[str, tuple[int, ...]] = {
        "ln_1.weight": (C,),
        "ln_1.bias": (C,),
        "attn.c_attn.weight": (C, 3 * C),
        "attn.c_attn.bias": (3 * C,),
        "attn.c_proj.weight": (C, C),
        "attn.c_proj.bias": (C,),
        "ln_2.weight": (C,),
        "ln_2.bias": (C,),
        "mlp.c_fc.weight": (C, inner),
        "mlp.c_fc.bias": (inner,),
        "mlp.c_proj.weight": (inner, C),
        "mlp.c_proj.bias": (C,),
    }
    shapes = {
        "wte.weight": (V, C),
        "wpe.weight": (config.n_positions, C),
        **{f"h.{i}.{name}": block[name] for i in range(config.n_layer) for name in block},
        "ln_f.weight": (C,),
        "ln_f.bias": (C,),
    }
    return {name: ExpectedTensor(shape) for name, shape in shapes.items()}


def bias_kind(name: str) -> str:
    """The part of a model that a bias belongs to, in any block; all norms are one."""
    part = re.sub(r"^h\.\d+\.", "", name)
    if part.startswith("ln_"):
        return "norms" if part.endswith(".bias") else part
    return part.removesuffix(".bias")


def csv_name(stem: str) -> str:
    """The tensor of a CSV file: h.0.ln_1.bias for model_h0_ln_1_bias or model_h0_ln_1_b."""
    name = stem.removeprefix("model_")
    if name in ("wte", "wpe"):
        return f"{name}.weight"
    if match := _IN_BLOCK.fullmatch(name):
        block, part, layer, kind = match.groups()
        kind = _KINDS.get(kind, kind)
        return ".".join(["h", block, *([part] if part else []), layer, kind])
    if match := re.fullmatch(r"(.+)_(weight|bias|[wgb])", name):
        return f"{match[1]}.{_KINDS.get(match[2], match[2])}"
    return name


def is_vector(name: str) -> bool:
    """Whether a tensor has one dimension."""
    return name.endswith(".bias") or "ln_" in name


GPT2 = Family(
    name="gpt2",
    title="GPT-2",
    # The last has a second head, which its language model does not use.
    architectures=("GPT2LMHeadModel", "GPT2Model", "GPT2DoubleHeadsModel"),
    options=(
        ("activation_function", _ACTIVATIONS),
        ("scale_attn_weights", (True,)),
        ("scale_attn_by_inverse_layer_idx", (False,)),
        ("add_cross_attention", (False,)),
    ),
    # The attribute_map of configuration_gpt2.py.
    second_names={
        "n_layer": "num_hidden_layers",
        "n_head": "num_attention_heads",
        "n_embd": "hidden_size",
        "n_positions": "max_position_embeddings",
    },
    tensors=expected_tensors,
    anchor="wpe.weight",
    base_prefix="transformer.",
    # Causal masks and positions that some versions of modeling_gpt2.py saved with the weights.
    buffers=re.compile(r"h\.\d+\.attn\.(masked_)?bias|position_ids"),
    # Of GPT2DoubleHeadsModel, and for reinforcement learning (trl).
    other_heads=re.compile(r"(multiple_choice_head|v_head)\."),
    foreign=re.compile(
        r"\b([qkv]_proj|query_key_value|self_attn|self_attention|attention|crossattention)\b"
    ),
    bias_kind=bias_kind,
    csv_name=csv_name,
    is_vector=is_vector,
    embedding="wte.weight",
    output="wte.weight",
    output_alias="lm_head.weight",
    block="h.{block}.",
    block_weight="h.{block}.ln_1.weight",
    final_norm="ln_f",
    attention="h_{block}_attn_softmax_{head}",
    parts={
        "query": "h_{block}_attn_q_{head}",
        "key": "h_{block}_attn_k_{head}",
        "value": "h_{block}_attn_v_{head}",
        "scores": "h_{block}_attn_scores_{head}",
        "mix": "h_{block}_attn_mix_{head}",
        "attention_added": "h_{block}_attn_c_proj",
        "mlp_added": "h_{block}_mlp_c_proj",
        "mlp_input": "h_{block}_ln_2",
        "mlp_up": "h_{block}_mlp_c_fc",
        "mlp_layer": "h.{block}.mlp.c_fc",
    },
    as_switched=(
        *("h_{block}_ln_1_mean", "h_{block}_ln_1_variance", "h_{block}_attn_c_attn"),
        *(f"h_{{block}}_attn_{part}_{{head}}" for part in ("q", "k", "v", "scores")),
        *("h_{block}_attn_mix", "h_{block}_attn_residual"),
        *("h_{block}_ln_2_mean", "h_{block}_ln_2_variance", "h_{block}_mlp_c_fc"),
    ),
    short_names=frozenset({"wte.weight", "wpe.weight"}),
    numbers={
        "n_layer": lambda config: config.n_layer,
        "n_head": lambda config: config.n_head,
        "n_embd": lambda config: config.n_embd,
        "n_positions": lambda config: config.n_positions,
        "n_inner": lambda config: config.inner_size,
        "vocab_size": lambda config: config.vocab_size,
        "layer_norm_epsilon": lambda config: config.layer_norm_epsilon,
        # The slope inside GELU's tanh (Hendrycks and Gimpel 2016).
        "gelu_scale": lambda config: math.sqrt(2 / math.pi),
    },
    transpose_hint=(
        "transpose the weights of attn.c_attn, attn.c_proj, mlp.c_fc and mlp.c_proj in every "
        "block and save them again: GPT-2's Conv1D has shape [inputs, outputs], nn.Linear "
        "(nanoGPT, minGPT) the transposed shape"
    ),
    output_hint=(
        "use another model: the workbook computes logits with wte, as all published GPT-2 models do"
    ),
)
