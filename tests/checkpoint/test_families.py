"""Families: nothing outside their rooms knows GPT-2's tensors, and another one can be put beside it."""

import ast
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from scripts.rooms import PACKAGE
from tests.random_models import write_random_model
from xlgpt2 import Precision, build, design, run, verify
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.checkpoint.families import FAMILIES, GPT2, ExpectedTensor
from xlgpt2.errors import UnsupportedModelError, WrongShapeError
from xlgpt2.reference.forward import forward as forward_module
from xlgpt2.reference.forward import gpt2
from xlgpt2.reference.forward.layers import ALL_ON, Zones, in_rows, layer_norm, predict
from xlgpt2.stages.template_files import load_templates, shipped_templates
from xlgpt2.verification import report

#: Where a family's tensors and activations may be named.
ROOMS = ("checkpoint/families/", "reference/forward/")

#: Names of GPT-2's tensors, ranges and activations, as parts of a text.
NAMES = re.compile(r"(?<![a-z])(wte|wpe|ln_[12f]|c_attn|c_proj|c_fc|lm_head|attn|gelu\w*)(?![a-z])")


def test_no_other_room_names_a_tensor_of_gpt2():
    """Texts of the program, docstrings and messages that explain GPT-2's files aside."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        tree = ast.parse(path.read_text("utf-8"))
        prose = {id(n) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for n in n.values}
        prose |= {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if place.startswith(ROOMS) or not isinstance(text, str) or id(node) in prose:
                continue
            if NAMES.search(text) and " " not in text:
                found.append(f"{place}:{node.lineno}: {text!r}")
    assert not found, found


def test_templates_of_all_families_name_no_tensor_of_gpt2():
    """Formulas and names of ranges in templates/common: the family's names.toml says them."""
    common = load_templates(family="none of them").tabs
    assert len(common) > 15
    for template in common:
        for entry in template.tab.ranges:
            texts = (entry.formula, entry.first, entry.last, entry.generated, entry.view)
            assert not [text for text in texts if text and NAMES.search(text)], entry.name


def test_names_of_the_family_and_of_its_templates_agree():
    names = load_templates(shipped_templates()).names
    assert names["output_weights"] == GPT2.range_name(GPT2.output)
    assert names["final_norm"] == GPT2.final_norm
    assert names["attention_{block}_{head}"] == GPT2.attention


def test_the_parts_that_the_laboratory_reads_are_ranges_and_a_layer(random_design):
    """Of every block and head."""
    for name in GPT2.parts:
        part = GPT2.part(name, 1, 2)
        tensors = random_design.checkpoint.tensors
        assert part in random_design.plan.places or f"{part}.weight" in tensors, name


# --- another family: no position embeddings, an output matrix of its own, one matrix transposed


def expected_tensors(config):
    """GPT-2's without wpe, with an output matrix, and mlp.c_fc stored as nn.Linear does."""
    tensors = {name: t for name, t in GPT2.tensors(config).items() if name != "wpe.weight"}
    for name, tensor in tensors.items():
        if name.endswith("c_fc.weight"):
            tensors[name] = ExpectedTensor(tensor.shape, transposed=True)
    output = ExpectedTensor((config.vocab_size, config.n_embd))
    return {"wte.weight": tensors.pop("wte.weight"), "lm_head.weight": output, **tensors}


def forward(tensors, config, token_ids, zones, top, blocks=None, off=ALL_ON):
    """The same layers as in GPT-2, from other tables and to another."""
    rows = {"token_embedding": tensors["wte.weight"][list(token_ids)]}
    rows["token_output"] = tensors["lm_head.weight"][list(token_ids)]
    x = rows["residual_0"] = rows["token_embedding"]
    for i in range(config.n_layer) if blocks is None else blocks:
        x = gpt2.block(x, tensors, config, i, rows, off)
    x = layer_norm(x, tensors, "ln_f", config.layer_norm_epsilon, rows)
    last = x[max(0, zones.prompt - 1) :] if zones.predicts else x[:0]
    places = zones.row_indices(len(token_ids))
    return {
        **gpt2.inputs(token_ids, zones),
        **{name: in_rows(name, values, places, zones.rows) for name, values in rows.items()},
        "ln_f_last": np.pad(last, ((0, zones.new - len(last)), (0, 0))),
        **predict(last, tensors["lm_head.weight"], top, zones.new),
    }


PLAIN = replace(
    GPT2,
    name="plain",
    title="Plain",
    architectures=("PlainModel",),
    tensors=expected_tensors,
    anchor="ln_f.weight",
    output="lm_head.weight",
    output_alias=None,
    short_names=frozenset({"wte.weight", "lm_head.weight"}),
)

EMBEDDINGS = """
[[range]]
name = "token_output"
title = "its row of the output matrix"
shape = ["N", "C"]
role = "activation"
rows = "active"
formula = "INDEX({lm_head},{token_ids[i]}+1,{column}+1)"

[[weight]]
name = "lm_head"
tensor = "lm_head.weight"
shape = ["V", "C"]
below = "token_output"
"""


@pytest.fixture
def family(monkeypatch):
    """The other family beside GPT-2."""
    monkeypatch.setitem(FAMILIES, "plain", PLAIN)
    monkeypatch.setitem(forward_module.FORWARD, "plain", forward)
    return PLAIN


@pytest.fixture
def templates(tmp_path):
    """Its templates: GPT-2's with another tab Embeddings, and logits from the output matrix."""
    folder = shutil.copytree(shipped_templates(), tmp_path / "templates")
    (folder / "gpt2").rename(folder / "plain")
    file = folder / "plain" / "08-embeddings.toml"
    head, *ranges = file.read_text("utf-8").split("[[range]]")
    ranges = [f"[[range]]{text}" for text in ranges if 'position_embedding"\n' not in text]
    text = "".join([head, *ranges]).replace("+{position_embedding[i]}", "")
    file.write_text(text + EMBEDDINGS, "utf-8")
    logits = folder / "plain" / "15-logits.toml"
    logits.write_text(logits.read_text("utf-8").replace("{wte}", "{lm_head}"), "utf-8")
    names = folder / "plain" / "names.toml"
    changed = names.read_text("utf-8").replace('"wte"', '"lm_head"')
    names.write_text(changed.replace('"token_embedding"', '"token_output"'), "utf-8")
    return folder


def written(folder):
    """A random checkpoint of the family."""
    write_random_model(folder, n_layer=1, n_positions=9)
    tensors = load_file(folder / "model.safetensors")
    prefix = next(name for name in tensors if name.endswith("wte.weight")).removesuffix(
        "wte.weight"
    )
    tensors = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
    del tensors["wpe.weight"]
    tensors["lm_head.weight"] = tensors["wte.weight"][::-1] * np.float32(1.5)
    tensors = {
        name: np.ascontiguousarray(tensor.T if name.endswith("c_fc.weight") else tensor)
        for name, tensor in tensors.items()
    }
    save_file(tensors, folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config |= {"model_type": "plain", "architectures": ["PlainModel"]}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return folder


@pytest.mark.sample(1)
@pytest.mark.parametrize("options", [{}, {"lean": True}, {"precision": "int8"}])
def test_another_family_is_built_run_and_verified(family, templates, tmp_path, options):
    options = {k: Precision(v) if k == "precision" else v for k, v in options.items()}
    model = written(tmp_path / "model")
    decided = design(model, 5, 12, templates, new_tokens=2, **options)
    assert decided.checkpoint.family is family
    assert "wpe" not in decided.plan.places
    file = build(decided, tmp_path / "plain.xlsx", "the cat").path
    result = verify(file, model, engine="formulas", templates=templates)
    assert result.verified, report.lines(result)
    assert len(result.checks) > 10, "probes were typed, with weights of the family's own names"
    prediction = run(file)
    assert prediction.token_ids
    ids = list(prediction.token_ids)
    own = forward(decided.checkpoint.weights, decided.checkpoint.config, ids, Zones.of(len(ids)), 1)
    assert prediction.next_token_id == own["next_token_id"][0, 0]


def test_a_transposed_matrix_is_read_as_the_workbook_has_it(family, tmp_path):
    model = written(tmp_path / "model")
    stored = load_file(model / "model.safetensors")["h.0.mlp.c_fc.weight"]
    read = load_checkpoint(model).weights["h.0.mlp.c_fc.weight"]
    assert read.shape == stored.shape[::-1]
    assert np.array_equal(read.astype(np.float32), stored.T)


def test_what_its_files_have_wrong_is_said_in_its_own_names(family, tmp_path):
    model = written(tmp_path / "model")
    tensors = load_file(model / "model.safetensors")
    save_file({**tensors, "wpe.weight": tensors["wte.weight"]}, model / "model.safetensors")
    with pytest.raises(
        UnsupportedModelError, match=r"tensors of Plain with n_layer 1, got also wpe\.weight"
    ):
        load_checkpoint(model)
    tensors["h.0.mlp.c_fc.weight"] = np.ascontiguousarray(tensors["h.0.mlp.c_fc.weight"].T)
    save_file(tensors, model / "model.safetensors")
    with pytest.raises(WrongShapeError, match="the transposed shape"):
        load_checkpoint(model)
    config = json.loads((model / "config.json").read_text("utf-8"))
    (model / "config.json").write_text(json.dumps({**config, "model_type": "other"}), "utf-8")
    with pytest.raises(UnsupportedModelError, match="expected gpt2 or plain, got other"):
        load_checkpoint(model)
