"""The numpy forward pass: equal to Hugging Face's GPT-2, causal, and of the promised shapes."""

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

#: Models of unlike sizes, so that no two symbols can be taken for each other.
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
    """The activations of a model for some ids."""
    capacity = checkpoint.config.n_positions if capacity is None else capacity
    return forward(checkpoint.weights, checkpoint.config, ids, Zones(len(ids), capacity), 10)


def theirs(folder: Path) -> GPT2LMHeadModel:
    """Hugging Face's model of a folder, in float64."""
    transformers = pytest.importorskip("transformers")
    load = transformers.GPT2LMHeadModel.from_pretrained
    model: GPT2LMHeadModel = load(folder, attn_implementation="eager").double().eval()
    return model


def difference(checkpoint: Checkpoint, model: GPT2LMHeadModel, ids: list[int]) -> float:
    """The largest difference to Hugging Face's hidden states, attentions and logits."""
    torch = pytest.importorskip("torch")
    ours, n = run(checkpoint, ids), len(ids)
    with torch.no_grad():
        got = model(torch.tensor([ids]), output_hidden_states=True, output_attentions=True)
    states = [f"residual_{i}" for i in range(checkpoint.config.n_layer)]
    pairs = [
        (ours[name][:n], state[0])
        for name, state in zip([*states, "ln_f"], got.hidden_states, strict=True)
    ]
    for i, attention in enumerate(got.attentions):
        for j, weights in enumerate(attention[0]):
            softmax = ours[f"h_{i}_attn_softmax_{j}"][:n, :n]
            pairs.append((np.where(softmax == "", 0.0, softmax).astype(float), weights))
    pairs.append((ours["logits"][:, 0], got.logits[0, -1]))
    pairs.append((ours["probabilities"][:, 0], got.logits[0, -1].softmax(0)))
    return max(float(np.abs(a - b.numpy()).max()) for a, b in pairs)


@pytest.mark.parametrize("name", MODELS)
def test_forward_is_that_of_transformers(tmp_path: Path, name: str) -> None:
    """Hidden states, attentions and logits are those of Hugging Face's model of the same folder.

    The files hold float32; the reference takes their shortest decimals, about 1e-8 away.
    """
    if name == "shipped" and not shipped_model().exists():
        pytest.skip("the tiny model is not in the package")
    folder = shipped_model() if name == "shipped" else write_random_model(tmp_path, **MODELS[name])
    checkpoint = load_checkpoint(folder)
    ids = [token_id % checkpoint.config.vocab_size for token_id in IDS]
    assert difference(checkpoint, theirs(folder), ids) < 1e-5


def test_forward_of_the_same_decimals_is_that_of_transformers(checkpoint: Checkpoint) -> None:
    """With the written decimals in Hugging Face's model, only rounding of float64 is left."""
    torch = pytest.importorskip("torch")
    model = theirs(checkpoint.folder)
    weights = {f"transformer.{k}": torch.tensor(v) for k, v in checkpoint.weights.items()}
    model.load_state_dict({**weights, "lm_head.weight": weights["transformer.wte.weight"]})
    assert difference(checkpoint, model, IDS) < 1e-12


def test_inner_stages_are_those_of_transformers(checkpoint: Checkpoint) -> None:
    """What Hugging Face's modules give inside a block stands under the names of the ranges."""
    torch = pytest.importorskip("torch")
    model, seen = theirs(checkpoint.folder), {}
    for name in ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.act", "mlp.c_proj"):
        model.transformer.h[1].get_submodule(name).register_forward_hook(
            lambda _module, _inputs, output, name=name: seen.update({name: output[0].numpy()})
        )
    with torch.no_grad():
        model(torch.tensor([IDS]))
    ours = run(checkpoint, IDS)
    for name, values in seen.items():
        range_name = "h_1_" + name.replace("mlp.act", "mlp.gelu").replace(".", "_")
        assert np.abs(ours[range_name][: len(IDS)] - values).max() < 1e-5, range_name
    assert len(seen) == 7


def test_blocks_hand_on_what_they_say(checkpoint: Checkpoint) -> None:
    """Inputs, residuals and views are the numbers that they are named after."""
    ours = run(checkpoint, IDS)
    for i in range(2):
        h = f"h_{i}"
        assert np.array_equal(ours[f"{h}_input"], ours[f"residual_{i}"])
        attended = ours[f"residual_{i}"] + ours[f"{h}_attn_c_proj"]
        assert np.array_equal(ours[f"{h}_attn_residual"], attended)
        assert np.array_equal(ours[f"residual_{i + 1}"], attended + ours[f"{h}_mlp_c_proj"])
        views = [ours[f"{h}_attn_{x}_{j}"] for x in "qkv" for j in range(3)]
        assert np.array_equal(ours[f"{h}_attn_c_attn"], np.hstack(views))
        mixes = [ours[f"{h}_attn_mix_{j}"] for j in range(3)]
        assert np.array_equal(ours[f"{h}_attn_mix"], np.hstack(mixes))
    assert np.array_equal(ours["ln_f_last"], ours["ln_f"][[len(IDS) - 1]])


def test_norms_have_mean_zero_and_variance_one(checkpoint: Checkpoint) -> None:
    """Normalized rows have mean 0 and, but for epsilon, variance 1; unused rows are 0."""
    normalized = run(checkpoint, IDS)["h_1_ln_2_normalized"]
    assert np.abs(normalized.mean(axis=1)).max() < 1e-12
    assert np.abs(normalized[: len(IDS)].var(axis=1) - 1).max() < 1e-3
    assert not normalized[len(IDS) :].any()


def test_softmax_rows_sum_to_one_and_triangles_are_blank_above(checkpoint: Checkpoint) -> None:
    """Every used row's weights sum to 1; after the own position is nothing; unused rows are 0."""
    ours = run(checkpoint, IDS)
    for name in ("h_0_attn_softmax_0", "h_1_attn_softmax_2", "h_1_attn_scores_1"):
        cells = ours[name]
        assert cells.shape == (11, 11)
        assert all((cells[t, u] == "") == (u > t) for t in range(11) for u in range(11))
        sums = [sum(cells[t, : t + 1]) for t in range(11)]
        if "softmax" in name:
            assert np.allclose(sums[: len(IDS)], 1, atol=1e-12)
        assert sums[len(IDS) :] == [0] * (11 - len(IDS))
    assert abs(ours["probabilities"].sum() - 1) < 1e-12


def test_softmax_and_gelu_survive_large_numbers() -> None:
    """Numbers that overflow exp don't overflow here; GELU is 0 far below and x far above."""
    assert np.array_equal(causal_softmax(np.full((2, 2), 5000.0)), np.array([[1, 0], [0.5, 0.5]]))
    assert np.allclose(gelu(np.array([-50.0, 0.0, 50.0])), [0, 0, 50])
    assert gelu(np.array([1.0]))[0] == pytest.approx(0.8411919906082768, abs=1e-15)


def test_later_tokens_leave_earlier_rows_alone(checkpoint: Checkpoint) -> None:
    """No token looks forward: another last token changes its own rows and no row before."""
    before, after = run(checkpoint, IDS), run(checkpoint, [*IDS[:-1], 5])
    last = len(IDS) - 1
    for name in ("residual_2", "ln_f", "h_1_attn_c_attn", "h_0_attn_softmax_1", "h_1_mlp_gelu"):
        assert np.array_equal(before[name][:last], after[name][:last])
        assert not np.array_equal(before[name][last], after[name][last])


def test_capacity_changes_no_number(checkpoint: Checkpoint) -> None:
    """Unused rows are 0 and change nothing in the others."""
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
    """Constants, weights and quantities stand under their names as rectangles of cells."""
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


def test_trace_of_typed_ids_keeps_the_prompts_tokenizer(checkpoint: Checkpoint) -> None:
    """Ids typed over the tokens run through the model; the tokenizer still shows the prompt."""
    sizes, vocabulary = sizes_of(checkpoint, new_tokens=1), checkpoint.vocabulary
    typed = trace(checkpoint, sizes, PROMPT, IDS)
    read = trace(checkpoint, sizes, PROMPT)
    assert typed["token_ids"][: len(IDS), 0].tolist() == IDS
    assert np.array_equal(typed["found_ids"], read["found_ids"])
    assert typed["prompt"][0, 0] == PROMPT
    ids = [*IDS, int(typed["next_token_id"][0, 0])]
    joined = b"".join(map(vocabulary.token_bytes, ids)).decode("utf-8", "replace")
    assert typed["continued_text"][0, 0] == joined
    assert np.array_equal(typed["logits"], run(checkpoint, IDS)["logits"])
