"""The numpy forward pass: equal to Hugging Face's GPT-2, causal, and of the right shapes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.random_models import write_random_model
from xlgpt2.cells.values import Cells
from xlgpt2.checkpoint.checkpoint import (
    Checkpoint,
    ModelConfig,
    load_checkpoint,
    shipped_model,
)
from xlgpt2.checkpoint.families import GPT2
from xlgpt2.constants.sizes import sizes_of
from xlgpt2.constants.tables import table, table_names
from xlgpt2.reference.forward.gpt2 import forward
from xlgpt2.reference.forward.layers import (
    Zones,
    causal_softmax,
    gelu,
)
from xlgpt2.reference.tokenization import encode
from xlgpt2.reference.trace import trace

if TYPE_CHECKING:
    from transformers import GPT2LMHeadModel

PROMPT = "We're the naïve"
IDS = [3, 300, 17, 17, 256, 0, 99]

#: Models whose sizes all differ, so that no two symbols can be confused.
MODELS: dict[str, dict[str, Any]] = {
    "two blocks": {},
    "one head": {"n_layer": 1, "n_head": 1, "head_size": 6, "seed": 1},
    "narrow MLP": {"n_layer": 3, "n_head": 2, "head_size": 7, "n_inner": 9, "seed": 2},
    "half precision": {"dtype": "float16", "prefix": True, "seed": 3},
    "bfloat16": {"dtype": "bfloat16", "vocab_size": 350, "n_positions": 9, "seed": 4},
    "shipped": {},
}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """A random model with L=2, H=3, D=5, C=15, V=301, T=11."""
    return load_checkpoint(write_random_model(tmp_path_factory.mktemp("models") / "small"))


def run(checkpoint: Checkpoint, ids: list[int], capacity: int | None = None) -> dict[str, Cells]:
    """The activations of a model for token ids."""
    capacity = checkpoint.config.n_positions if capacity is None else capacity
    return forward(checkpoint.weights, checkpoint.config, ids, Zones(len(ids), capacity), 10)


def transformers_model(folder: Path) -> GPT2LMHeadModel:
    """Hugging Face's model of a folder, in float64."""
    transformers = pytest.importorskip("transformers")
    load = transformers.GPT2LMHeadModel.from_pretrained
    model: GPT2LMHeadModel = load(folder, attn_implementation="eager").double().eval()
    return model


def difference(checkpoint: Checkpoint, model: GPT2LMHeadModel, ids: list[int]) -> float:
    """The largest difference from Hugging Face's hidden states, attentions and logits."""
    torch = pytest.importorskip("torch")
    activations, n = run(checkpoint, ids), len(ids)
    with torch.no_grad():
        output = model(torch.tensor([ids]), output_hidden_states=True, output_attentions=True)
    states = [f"residual_{i}" for i in range(checkpoint.config.n_layer)]
    pairs = [
        (activations[name][:n], state[0])
        for name, state in zip([*states, "ln_f"], output.hidden_states, strict=True)
    ]
    for i, attention in enumerate(output.attentions):
        for j, weights in enumerate(attention[0]):
            softmax = activations[f"h_{i}_attn_softmax_{j}"][:n, :n]
            pairs.append((np.where(softmax == "", 0.0, softmax).astype(float), weights))
    pairs.append((activations["logits"][:, 0], output.logits[0, -1]))
    pairs.append((activations["probabilities"][:, 0], output.logits[0, -1].softmax(0)))
    return max(float(np.abs(a - b.numpy()).max()) for a, b in pairs)


@pytest.mark.parametrize("name", MODELS)
def test_forward_is_that_of_transformers(tmp_path: Path, name: str) -> None:
    """Hidden states, attentions and logits are those of Hugging Face's model of the same folder.

    The files hold float32; the reference takes their shortest decimals, which differ by 1e-8.
    """
    if name == "shipped" and not shipped_model().exists():
        pytest.skip("the tiny model is not in the package")
    folder = shipped_model() if name == "shipped" else write_random_model(tmp_path, **MODELS[name])
    checkpoint = load_checkpoint(folder)
    ids = [token_id % checkpoint.config.vocab_size for token_id in IDS]
    assert difference(checkpoint, transformers_model(folder), ids) < 1e-5


def test_forward_of_the_same_decimals_is_that_of_transformers(checkpoint: Checkpoint) -> None:
    """With the decimals in Hugging Face's model, only float64 rounding is left."""
    torch = pytest.importorskip("torch")
    model = transformers_model(checkpoint.folder)
    weights = {f"transformer.{k}": torch.tensor(v) for k, v in checkpoint.weights.items()}
    model.load_state_dict({**weights, "lm_head.weight": weights["transformer.wte.weight"]})
    assert difference(checkpoint, model, IDS) < 1e-12


def test_inner_stages_are_those_of_transformers(checkpoint: Checkpoint) -> None:
    """The outputs of Hugging Face's modules inside a block are those of the ranges."""
    torch = pytest.importorskip("torch")
    model, outputs = transformers_model(checkpoint.folder), {}
    for name in ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.act", "mlp.c_proj"):
        model.transformer.h[1].get_submodule(name).register_forward_hook(
            lambda _module, _inputs, output, name=name: outputs.update({name: output[0].numpy()})
        )
    with torch.no_grad():
        model(torch.tensor([IDS]))
    activations = run(checkpoint, IDS)
    for name, values in outputs.items():
        range_name = "h_1_" + name.replace("mlp.act", "mlp.gelu").replace(".", "_")
        assert np.abs(activations[range_name][: len(IDS)] - values).max() < 1e-5, range_name
    assert len(outputs) == 7


def test_ranges_of_a_block_agree_with_each_other(checkpoint: Checkpoint) -> None:
    """Inputs, residuals and views are the numbers that they are named after."""
    activations = run(checkpoint, IDS)
    for i in range(2):
        h = f"h_{i}"
        assert np.array_equal(activations[f"{h}_input"], activations[f"residual_{i}"])
        attended = activations[f"residual_{i}"] + activations[f"{h}_attn_c_proj"]
        assert np.array_equal(activations[f"{h}_attn_residual"], attended)
        assert np.array_equal(
            activations[f"residual_{i + 1}"], attended + activations[f"{h}_mlp_c_proj"]
        )
        views = [activations[f"{h}_attn_{x}_{j}"] for x in "qkv" for j in range(3)]
        assert np.array_equal(activations[f"{h}_attn_c_attn"], np.hstack(views))
        mixes = [activations[f"{h}_attn_mix_{j}"] for j in range(3)]
        assert np.array_equal(activations[f"{h}_attn_mix"], np.hstack(mixes))
    assert np.array_equal(activations["ln_f_last"], activations["ln_f"][[len(IDS) - 1]])


def test_norms_have_mean_zero_and_variance_one(checkpoint: Checkpoint) -> None:
    """Normalized rows have mean 0 and, but for epsilon, variance 1; unused rows are 0."""
    normalized = run(checkpoint, IDS)["h_1_ln_2_normalized"]
    assert np.abs(normalized.mean(axis=1)).max() < 1e-12
    assert np.abs(normalized[: len(IDS)].var(axis=1) - 1).max() < 1e-3
    assert not normalized[len(IDS) :].any()


def test_softmax_rows_sum_to_one_and_triangles_are_blank_above(checkpoint: Checkpoint) -> None:
    """Used rows' weights sum to 1; later positions are blank; unused rows are 0."""
    activations = run(checkpoint, IDS)
    for name in ("h_0_attn_softmax_0", "h_1_attn_softmax_2", "h_1_attn_scores_1"):
        cells = activations[name]
        assert cells.shape == (11, 11)
        assert all((cells[t, u] == "") == (u > t) for t in range(11) for u in range(11))
        sums = [sum(cells[t, : t + 1]) for t in range(11)]
        if "softmax" in name:
            assert np.allclose(sums[: len(IDS)], 1, atol=1e-12)
        assert sums[len(IDS) :] == [0] * (11 - len(IDS))
    assert abs(activations["probabilities"].sum() - 1) < 1e-12


def test_softmax_and_gelu_survive_large_numbers() -> None:
    """Numbers too large for exp don't overflow; GELU is 0 far below 0 and x far above."""
    assert np.array_equal(causal_softmax(np.full((2, 2), 5000.0)), np.array([[1, 0], [0.5, 0.5]]))
    assert np.allclose(gelu(np.array([-50.0, 0.0, 50.0])), [0, 0, 50])
    assert gelu(np.array([1.0]))[0] == pytest.approx(0.8411919906082768, abs=1e-15)


def test_later_tokens_do_not_change_earlier_rows(checkpoint: Checkpoint) -> None:
    """Attention is causal: another last token changes its own rows and no earlier row."""
    before, after = run(checkpoint, IDS), run(checkpoint, [*IDS[:-1], 5])
    last = len(IDS) - 1
    for name in ("residual_2", "ln_f", "h_1_attn_c_attn", "h_0_attn_softmax_1", "h_1_mlp_gelu"):
        assert np.array_equal(before[name][:last], after[name][:last])
        assert not np.array_equal(before[name][last], after[name][last])


def test_capacity_changes_no_number(checkpoint: Checkpoint) -> None:
    """Unused rows are 0 and do not change the others."""
    small, large = run(checkpoint, IDS, len(IDS)), run(checkpoint, IDS)
    assert np.array_equal(small["logits"], large["logits"])
    assert np.array_equal(small["residual_2"], large["residual_2"][: len(IDS)])
    for name, cells in large.items():
        if name.startswith(("residual", "h_", "ln_f_", "token_embedding")) and len(cells) == 11:
            assert all(not cell for cell in cells[len(IDS) :].ravel()), name


def test_equal_logits_rank_by_id() -> None:
    """Of tokens with equal logits, the one with the lower id comes first."""
    config = ModelConfig(n_layer=1, n_head=1, n_embd=2, n_positions=1, vocab_size=4)
    zeros = {name: np.zeros(tensor.shape) for name, tensor in GPT2.tensors(config).items()}
    top = forward(zeros, config, [1], Zones.of(1), 3)
    assert top["top_ids"][:, 0].tolist() == [0, 1, 2]
    assert top["next_token_id"][0, 0] == 0
    assert top["next_token_probability"][0, 0] == 0.25


def test_trace_has_every_range_once_and_in_two_dimensions(checkpoint: Checkpoint) -> None:
    """Constants, weights and activations are 2-D arrays by name."""
    sizes = sizes_of(checkpoint, new_tokens=1)
    ranges = trace(checkpoint, sizes, PROMPT)
    assert {*table_names(GPT2), *checkpoint.weight_cells, *run(checkpoint, IDS)} <= set(ranges)
    for name, cells in ranges.items():
        assert cells.ndim == 2, name
        kinds = {type(cell) for cell in cells.ravel().tolist()}
        assert kinds <= {float, str}, name
        assert cells.dtype == (object if str in kinds or "_attn_s" in name else np.float64), name
    assert np.array_equal(ranges["vocabulary"], table("vocabulary", checkpoint))
    assert ranges["top_ids"].shape == (sizes.top, 1)


def test_trace_of_a_prompt(checkpoint: Checkpoint) -> None:
    """The tokens of a prompt are embedded, labelled, joined and continued."""
    ranges = trace(checkpoint, sizes_of(checkpoint, new_tokens=1), PROMPT)
    ids = encode(checkpoint.vocabulary, PROMPT)
    blanks = [""] * (11 - len(ids))
    assert ranges["token_ids"][:, 0].tolist() == [*ids, *blanks]
    assert ranges["found_ids"][:, 0].tolist() == [*ids, *blanks]
    assert ranges["token_count"][0, 0] == len(ids)
    assert ranges["active"][:, 0].tolist() == [1] * len(ids) + [0] * (11 - len(ids))
    assert ranges["position"][:, 0].tolist() == list(range(11))
    wte, wpe = checkpoint.weights["wte.weight"], checkpoint.weights["wpe.weight"]
    assert np.array_equal(ranges["residual_0"][: len(ids)], wte[ids] + wpe[: len(ids)])
    assert ranges["token_labels"][0, 0] == "W"
    assert ranges["text_so_far"][len(ids) - 1, 0] == PROMPT
    best = int(np.argmax(ranges["logits"]))
    assert ranges["next_token_id"][0, 0] == ranges["top_ids"][0, 0] == best
    assert ranges["next_token"][0, 0] == checkpoint.vocabulary.label(best)
    continued = PROMPT + checkpoint.vocabulary.text(best)
    assert ranges["continued_text"][0, 0] == continued


def test_overridden_ids_leave_the_tokenizer_unchanged(checkpoint: Checkpoint) -> None:
    """Overridden ids run through the model; the tokenizer still shows the prompt."""
    sizes, vocabulary = sizes_of(checkpoint, new_tokens=1), checkpoint.vocabulary
    overridden = trace(checkpoint, sizes, PROMPT, IDS)
    from_prompt = trace(checkpoint, sizes, PROMPT)
    assert overridden["token_ids"][: len(IDS), 0].tolist() == IDS
    assert np.array_equal(overridden["found_ids"], from_prompt["found_ids"])
    assert overridden["prompt"][0, 0] == PROMPT
    ids = [*IDS, int(overridden["next_token_id"][0, 0])]
    joined = b"".join(map(vocabulary.token_bytes, ids)).decode("utf-8", "replace")
    assert overridden["continued_text"][0, 0] == joined
    assert np.array_equal(overridden["logits"], run(checkpoint, IDS)["logits"])
