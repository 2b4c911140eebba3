"""Checkpoint folders of any sizes with random weights and a small vocabulary."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import pairwise, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import pre_tokenizers

#: Texts to learn merges from; accents, Greek and an emoji make merges within a character.
SENTENCES = (
    "The cat sat on the mat, and then the other cat sat on the other mat.",
    "We're sure that they'll say it's theirs; we've said that it isn't.",
    "Once upon a time there was a little girl who lived in a small house near the sea.",
    "In 2019 a model with 1542 million weights wrote a story about unicorns.",
    "Le café était fermé, and the naïve crème brûlée was naïve. Über alles: naïve!",
    "αβγ αβγ 😀😀 😀\n\n  two spaces,  two spaces\n",
)

_Encoder = Callable[[NDArray[np.float32]], bytes]

#: The code of each dtype in a safetensors header, and its bytes, little endian.
_ENCODERS: dict[str, tuple[str, _Encoder]] = {
    "float32": ("F32", lambda numbers: numbers.astype("<f4").tobytes()),
    "float16": ("F16", lambda numbers: numbers.astype("<f2").tobytes()),
    "bfloat16": ("BF16", lambda numbers: (numbers.view("<u4") >> 16).astype("<u2").tobytes()),
}


def vocabulary_files(vocab_size: int) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """The ids and merges of a byte-level vocabulary: 256 bytes, merges, <|endoftext|>.

    Bytes are in another order than in GPT-2's vocabulary, so that confusing ids with bytes is
    noticed. When the sentences have no byte_pairs pairs to merge, pairs of bytes follow.
    """
    assert vocab_size > 257, "256 bytes, <|endoftext|> and at least one merge"
    rule = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words = [list(word) for text in SENTENCES for word, _ in rule.pre_tokenize_str(text)]
    tokens = sorted(pre_tokenizers.ByteLevel.alphabet())
    byte_pairs = product(tokens, repeat=2)
    merges: list[tuple[str, str]] = []
    while len(tokens) < vocab_size - 1:
        pairs = Counter(pair for word in words for pair in pairwise(word))
        left, right = max(pairs or [next(byte_pairs)], key=lambda pair: (pairs[pair], pair))
        words = [_merged(word, left, right) for word in words]
        if left + right not in tokens:  # another merge may give the same text
            merges.append((left, right))
            tokens.append(left + right)
    tokens.append("<|endoftext|>")
    return {token: i for i, token in enumerate(tokens)}, merges


def _merged(word: list[str], left: str, right: str) -> list[str]:
    symbols: list[str] = []
    for symbol in word:
        if symbols and (symbols[-1], symbol) == (left, right):
            symbols[-1] = left + right
        else:
            symbols.append(symbol)
    return symbols


def write_vocabulary(folder: Path, vocab_size: int) -> None:
    """Write vocab.json and merges.txt of a small vocabulary."""
    ids, merges = vocabulary_files(vocab_size)
    (folder / "vocab.json").write_text(json.dumps(ids, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(f"{left} {right}" for left, right in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def random_tensors(sizes: Mapping[str, int], seed: int) -> dict[str, NDArray[np.float32]]:
    """Tensors with the names and shapes of modeling_gpt2.py; no number is 0 or 1."""
    C, inner = sizes["n_embd"], sizes["n_inner"]
    shapes: dict[str, tuple[int, ...]] = {
        "wte.weight": (sizes["vocab_size"], C),
        "wpe.weight": (sizes["n_positions"], C),
    }
    for i in range(sizes["n_layer"]):
        for name, shape in (
            ("attn.c_attn", (C, 3 * C)),
            ("attn.c_proj", (C, C)),
            ("mlp.c_fc", (C, inner)),
            ("mlp.c_proj", (inner, C)),
        ):
            shapes[f"h.{i}.{name}.weight"] = shape
            shapes[f"h.{i}.{name}.bias"] = shape[1:]
    for norm in ["ln_f", *(f"h.{i}.ln_{n}" for i in range(sizes["n_layer"]) for n in (1, 2))]:
        shapes[f"{norm}.weight"] = shapes[f"{norm}.bias"] = (C,)
    random = np.random.default_rng(seed)
    return {
        name: (random.normal(0, 0.2, shape) + ("ln_" in name and name.endswith("weight"))).astype(
            np.float32
        )
        for name, shape in shapes.items()
    }


def save_safetensors(
    path: Path, tensors: Mapping[str, NDArray[np.float32]], dtype: str = "float32"
) -> None:
    """Write a safetensors file by its specification: length of the header, header, numbers."""
    code, encode = _ENCODERS[dtype]
    header, data = {}, b""
    for name, tensor in tensors.items():
        start = len(data)
        data += encode(tensor)
        offsets = [start, len(data)]
        header[name] = {"dtype": code, "shape": list(tensor.shape), "data_offsets": offsets}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def write_random_model(
    folder: Path,
    *,
    n_layer: int = 2,
    n_head: int = 3,
    head_size: int = 5,
    vocab_size: int = 301,
    n_positions: int = 11,
    dtype: str = "float32",
    prefix: bool = False,
    seed: int = 0,
    n_inner: int | None = None,
    twins: bool = False,
    vocabulary: Path | None = None,
) -> Path:
    """Write a GPT-2 checkpoint of these sizes to a folder, which is created and returned.

    `dtype` is float32, float16 or bfloat16; `prefix` writes names with `transformer.`, the
    output matrix and the mask buffers, as in older checkpoints. With `twins` every second token
    has the same row of wte as the one before, so that their logits are equal. `vocabulary` is a
    folder to copy vocab.json and merges.txt from, which also give the vocabulary's size.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if vocabulary is None:
        write_vocabulary(folder, vocab_size)
    else:
        for name in ("vocab.json", "merges.txt"):
            shutil.copy(vocabulary / name, folder / name)
        vocab_size = len(json.loads((folder / "vocab.json").read_text("utf-8")))
    sizes = {
        "n_layer": n_layer,
        "n_head": n_head,
        "n_embd": n_head * head_size,
        "n_positions": n_positions,
        "vocab_size": vocab_size,
    }
    config = {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "activation_function": "gelu_new",
        **sizes,
        "n_inner": n_inner,
        "layer_norm_epsilon": 1e-5,
        "bos_token_id": vocab_size - 1,
        "eos_token_id": vocab_size - 1,
    }
    tensors = random_tensors({**sizes, "n_inner": n_inner or 4 * sizes["n_embd"]}, seed)
    if twins:
        tensors["wte.weight"][1::2] = tensors["wte.weight"][:-1:2]
    if prefix:
        output, mask = tensors["wte.weight"], np.tri(n_positions, dtype=np.float32)
        tensors = {f"transformer.{name}": tensor for name, tensor in tensors.items()}
        for i in range(n_layer):
            tensors[f"transformer.h.{i}.attn.bias"] = mask[None, None]
            tensors[f"transformer.h.{i}.attn.masked_bias"] = np.float32(-1e4).reshape(())
        tensors["lm_head.weight"] = output
    (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    save_safetensors(folder / "model.safetensors", tensors, dtype)
    return folder
