"""Train the small GPT-2 that xlgpt2 ships, measure it and write its folder."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from math import cos, pi
from pathlib import Path
from random import Random

import torch
from safetensors.torch import save
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy
from transformers import GPT2Config, GPT2LMHeadModel

from training.corpus import Corpus, build_corpus, documents
from training.measure import POSITIONS, load_model, padded
from training.model_card import Run, write_card
from training.tokenizer import end_of_text_id, learn_merges, load_tokenizer, save_tokenizer

DEFAULT_OUT = Path("xlgpt2/models/tiny")
DEFAULT_STEPS = 7000
DOCUMENTS_FOR_MERGES = 20_000
BATCH = 64
# Batches are made from this many at a time, sorted by length, to reduce padding.
BATCHES_SORTED = 16
WARM_UP_STEPS = 200
PEAK_RATE = 4e-3
LOWEST_RATE = 4e-5
WEIGHT_DECAY = 0.05
# The standard deviation of initial weights; GPT-2's 0.02 is for far wider layers and learns late.
INITIAL_STD = 0.1
# Position embeddings start as waves of this height and of wavelengths from 2 pi to nearly 200 pi,
# as in "Attention Is All You Need" (up to 20,000 pi there, for far longer texts). They are trained
# like any weight, but "two tokens back" need not be discovered first.
WAVE_HEIGHT = 0.4
WAVE_LENGTHS = 100.0
# The keys of transformers' configuration that describe this model; the rest are defaults.
CONFIG_KEYS = (
    "architectures",
    "model_type",
    "activation_function",
    "n_layer",
    "n_head",
    "n_embd",
    "n_positions",
    "vocab_size",
    "layer_norm_epsilon",
    "tie_word_embeddings",
    "initializer_range",
    "resid_pdrop",
    "embd_pdrop",
    "attn_pdrop",
    "bos_token_id",
    "eos_token_id",
)
# The label of padding.
IGNORED = -100


def learning_rate(step: int, steps: int) -> float:
    """The learning rate: a linear warm-up, then half a cosine down."""
    if step < WARM_UP_STEPS:
        return PEAK_RATE * (step + 1) / WARM_UP_STEPS
    done = (step - WARM_UP_STEPS) / max(1, steps - WARM_UP_STEPS)
    return LOWEST_RATE + (PEAK_RATE - LOWEST_RATE) * (1 + cos(pi * done)) / 2


def new_model(tokenizer: Tokenizer) -> GPT2LMHeadModel:
    """An untrained GPT-2 of a size that fits a workbook."""
    end = end_of_text_id(tokenizer)
    config = GPT2Config(
        vocab_size=tokenizer.get_vocab_size(),
        n_positions=POSITIONS,
        n_embd=48,
        n_layer=3,
        n_head=4,
        # With so few weights the text cannot be memorized: no dropout is needed.
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        initializer_range=INITIAL_STD,
        bos_token_id=end,
        eos_token_id=end,
    )
    model = GPT2LMHeadModel(config)
    half = config.n_embd // 2
    frequencies = WAVE_LENGTHS ** (-torch.arange(half) / half)
    angles = torch.arange(POSITIONS)[:, None] * frequencies
    with torch.no_grad():
        waves = torch.cat([torch.sin(angles), torch.cos(angles)], dim=1)
        model.transformer.wpe.weight.copy_(WAVE_HEIGHT * waves)
    return model


def batches(corpus: Corpus, tokenizer: Tokenizer, seed: int) -> Iterator[list[list[int]]]:
    """Endless batches of documents as token ids, from their start, at most 64 tokens."""
    end = end_of_text_id(tokenizer)
    texts = documents(corpus, seed)
    rng = Random(seed)
    while True:
        encodings = tokenizer.encode_batch(list(islice(texts, BATCH * BATCHES_SORTED)))
        rows = sorted(([*e.ids, end][:POSITIONS] for e in encodings), key=len)
        group = [rows[first : first + BATCH] for first in range(0, len(rows), BATCH)]
        rng.shuffle(group)
        yield from group


def optimizer_of(model: GPT2LMHeadModel) -> torch.optim.AdamW:
    """AdamW with weight decay for matrices only, as GPT-2 is usually trained."""
    matrices = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    groups = [
        {"params": matrices, "weight_decay": WEIGHT_DECAY},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=PEAK_RATE, betas=(0.9, 0.98), fused=True)


def fit(
    model: GPT2LMHeadModel, tokenizer: Tokenizer, corpus: Corpus, steps: int, seed: int
) -> float:
    """Train; return the mean loss of the last hundred steps."""
    optimizer = optimizer_of(model)
    losses: list[float] = []
    for step, rows in enumerate(islice(batches(corpus, tokenizer, seed), steps)):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, steps)
        labels = padded([row[1:] for row in rows], IGNORED)
        inputs = padded([row[:-1] for row in rows], 0)
        hidden = model.transformer(inputs, use_cache=False).last_hidden_state
        # Only where there is a token to predict: the logits are the most expensive part of a step.
        used = labels != IGNORED
        loss = cross_entropy(model.lm_head(hidden[used]), labels[used])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % 250 == 0:
            print(f"step {step + 1}: loss {sum(losses[-100:]) / 100:.4f}", flush=True)
    return sum(losses[-100:]) / len(losses[-100:])


def save_model(model: GPT2LMHeadModel, folder: Path) -> None:
    """Write config.json and model.safetensors with the tensor names of the published GPT-2."""
    everything = model.config.to_dict() | {"architectures": ["GPT2LMHeadModel"]}
    config = json.dumps({key: everything[key] for key in CONFIG_KEYS}, indent=2)
    (folder / "config.json").write_text(config + "\n", encoding="utf-8")
    tensors = {
        name.removeprefix("transformer."): tensor.contiguous()
        for name, tensor in model.state_dict().items()
        # The output weights are the token table; attn.bias is the causal mask, not a weight.
        if name != "lm_head.weight" and not name.endswith((".attn.bias", ".attn.masked_bias"))
    }
    (folder / "model.safetensors").write_bytes(save(tensors, metadata={"format": "pt"}))


def main() -> None:
    """Train the tokenizer and the model, then measure and describe them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    parser.add_argument("--steps", type=int, default=DEFAULT_STEPS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    # Sums are split by thread, so another number of threads gives slightly different weights.
    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(True)

    options.out.mkdir(parents=True, exist_ok=True)
    corpus = build_corpus(options.seed)
    # Made-up names must consist of small tokens: they are to be copied piece by piece.
    plain = replace(corpus, weights=corpus.weights | {"new name": 0})
    texts = islice(documents(plain, options.seed), DOCUMENTS_FOR_MERGES)
    save_tokenizer(options.out, learn_merges(texts))
    tokenizer = load_tokenizer(options.out)
    model = new_model(tokenizer)
    loss = fit(model.train(), tokenizer, corpus, options.steps, options.seed)
    save_model(model, options.out)
    run = Run(options.out, options.steps, options.seed, options.threads, loss)
    write_card(run, corpus, load_model(options.out), tokenizer)


if __name__ == "__main__":
    main()
