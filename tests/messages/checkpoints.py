"""Messages about a model's folder: config.json, vocab.json, merges.txt and model.safetensors."""

from __future__ import annotations

import os

import numpy as np

from tests.broken_checkpoints import (
    ENDOFTEXT,
    Change,
    a_folder_for,
    config,
    content,
    gone,
    infinite,
    tensor,
    vocabulary,
    weights_bytes,
    zeros,
)
from tests.messages.case import Case, Cause, Scene, command
from xlgpt2 import build, design
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.errors import (
    BadFileError,
    DownloadError,
    MissingFileError,
    MissingTensorError,
    UnsupportedModelError,
    WrongShapeError,
)

GPT2_ONLY = "take another model: only GPT-2 can be written as a workbook"
FORMULAS = "take another model: the workbook has the formulas of the published GPT-2 only"
COMPARE = "compare with the config.json of a published GPT-2"
LAYOUT = (
    "name a folder with config.json, vocab.json, merges.txt and model.safetensors (or its shards), "
    "as Hugging Face publishes GPT-2"
)
TOKENIZER = (
    "the vocabulary is in tokenizer.json, or in vocab.json and merges.txt; "
    "AutoTokenizer.from_pretrained(name).save_pretrained(folder) in transformers writes it"
)
SAME_MODEL = "take config.json and the weights from one and the same model"
TRANSPOSE = (
    "transpose the weights of attn.c_attn, attn.c_proj, mlp.c_fc and mlp.c_proj in every block and "
    "save them again: GPT-2's Conv1D has [inputs, outputs], nn.Linear (nanoGPT, minGPT) the reverse"
)
SAME_FILES = "take config.json, vocab.json and merges.txt from one and the same model"
OWN_ID = "take the model's own vocab.json, which gives each token its row in wte"
LOGITS = "take another model: the workbook computes logits with wte, as all published GPT-2 do"
UNREADABLE = "see that it is a file and that you may read it, or copy it again"
COPY_AGAIN = "copy the file again; it may have been cut short or be a Git LFS pointer"
DAMAGED = "copy the file again; if it stays so, training went wrong"


def broken(change: Change) -> Cause:
    """A good folder is changed and then read."""

    def cause(scene: Scene) -> None:
        folder = scene.model()
        change(folder)
        load_checkpoint(folder)

    return cause


def cut_short_while_building(scene: Scene) -> None:
    """The weights were looked at; half of the file is gone when they are written."""
    decided = design(scene.model())
    file = scene.folder / "model" / "model.safetensors"
    os.truncate(file, file.stat().st_size // 2)
    build(decided, "a.xlsx")


CASES = [
    Case(
        "no such model",
        command("build", "--model", "./nowhere"),
        MissingFileError,
        "./nowhere: expected a folder, got none",
        LAYOUT,
    ),
    Case(
        "a file for a model",
        lambda scene: load_checkpoint(scene.model() / "config.json"),
        MissingFileError,
        "model/config.json: expected a folder, got a file",
        "name the folder that holds it: --model model",
    ),
    Case(
        "a folder with a revision",
        command("build", "--model", "MODEL", "--revision", "v1"),
        DownloadError,
        "revision 'v1': expected a model of the hub to take it of, got model",
        "leave --revision out: a folder has no revisions",
    ),
    Case(
        "no config.json",
        broken(gone("config.json")),
        MissingFileError,
        "model: expected config.json, got merges.txt, model.safetensors, vocab.json",
        LAYOUT,
    ),
    Case(
        "config.json is a folder",
        broken(a_folder_for("config.json")),
        BadFileError,
        "model/config.json: expected a file, got a folder",
        UNREADABLE,
    ),
    Case(
        "config.json is no JSON",
        broken(content("config.json", "{")),
        BadFileError,
        "model/config.json: expected JSON, got Expecting property name enclosed in double quotes in line 1",
        "copy the file again; it may have been cut short",
    ),
    Case(
        "config.json is a number",
        broken(content("config.json", "7")),
        BadFileError,
        "model/config.json: expected a JSON object, got int",
        "take the model's own config.json: this is another file",
    ),
    Case(
        "another model",
        broken(config(model_type="llama")),
        UnsupportedModelError,
        "model/config.json: model_type: expected gpt2, got llama",
        GPT2_ONLY,
    ),
    Case(
        "no model type",
        broken(config(model_type=..., architectures=...)),
        UnsupportedModelError,
        "model/config.json: model_type: expected gpt2, got none",
        GPT2_ONLY,
    ),
    Case(
        "a classifier",
        broken(config(architectures=["GPT2ForSequenceClassification"])),
        UnsupportedModelError,
        "model/config.json: architectures: expected GPT2LMHeadModel or GPT2Model or GPT2DoubleHeadsModel, got ['GPT2ForSequenceClassification']",
        GPT2_ONLY,
    ),
    Case(
        "another activation",
        broken(config(activation_function="relu")),
        UnsupportedModelError,
        'model/config.json: activation_function: expected "gelu_new" or "gelu_fast" or "gelu_pytorch_tanh" or "gelu_python_tanh" or "gelu_accurate", got "relu"',
        FORMULAS,
    ),
    Case(
        "attention scaled by block",
        broken(config(scale_attn_by_inverse_layer_idx=True)),
        UnsupportedModelError,
        "model/config.json: scale_attn_by_inverse_layer_idx: expected false, got true",
        FORMULAS,
    ),
    Case(
        "attention unscaled",
        broken(config(scale_attn_weights=False)),
        UnsupportedModelError,
        "model/config.json: scale_attn_weights: expected true, got false",
        FORMULAS,
    ),
    Case(
        "cross attention",
        broken(config(add_cross_attention=True)),
        UnsupportedModelError,
        "model/config.json: add_cross_attention: expected false, got true",
        FORMULAS,
    ),
    Case(
        "an output matrix that is not saved",
        broken(config(tie_word_embeddings=False)),
        UnsupportedModelError,
        "model/model.safetensors: tie_word_embeddings is false: expected lm_head.weight equal to wte.weight, got none",
        LOGITS,
    ),
    Case(
        "a size under two names that differ",
        broken(config(num_attention_heads=5)),
        BadFileError,
        "model/config.json: n_head: expected the number of num_attention_heads, which names the same size, 5, got 3",
        "delete the wrong one of the two; transformers takes num_attention_heads",
    ),
    Case(
        "a size under its second name that is a text",
        broken(config(n_layer=..., num_hidden_layers="2")),
        BadFileError,
        "model/config.json: num_hidden_layers: expected to be a valid integer, got '2'",
        COMPARE,
    ),
    Case(
        "an output matrix that is tied by a text",
        broken(config(tie_word_embeddings="false")),
        BadFileError,
        "model/config.json: tie_word_embeddings: expected to be a valid boolean, got 'false'",
        COMPARE,
    ),
    Case(
        "quantized weights by config.json",
        broken(config(quantization_config={"quant_method": "gptq", "bits": 4})),
        UnsupportedModelError,
        "model/config.json: quantization_config: expected none, got gptq: its weights are quantized",
        "take the model before it was quantized, or load it with transformers and save model.dequantize()",
    ),
    Case(
        "no n_embd",
        broken(config(n_embd=...)),
        BadFileError,
        "model/config.json: n_embd: expected a value, got none",
        COMPARE,
    ),
    Case(
        "n_layer a text",
        broken(config(n_layer="2")),
        BadFileError,
        "model/config.json: n_layer: expected to be a valid integer, got '2'",
        COMPARE,
    ),
    Case(
        "no layers",
        broken(config(n_layer=0)),
        BadFileError,
        "model/config.json: n_layer: expected to be greater than 0, got 0",
        COMPARE,
    ),
    Case(
        "heads that don't fit",
        broken(config(n_head=4)),
        BadFileError,
        "model/config.json: n_embd: expected a multiple of n_head 4, got 15",
        "take config.json from the model again: every head has n_embd / n_head columns",
    ),
    Case(
        "an epsilon of zero",
        broken(config(layer_norm_epsilon=0)),
        BadFileError,
        "model/config.json: layer_norm_epsilon: expected to be greater than 0, got 0",
        COMPARE,
    ),
    Case(
        "no vocab.json",
        broken(gone("vocab.json")),
        MissingFileError,
        "model/vocab.json: expected a file, got none",
        TOKENIZER,
    ),
    Case(
        "vocab.json is a list",
        broken(content("vocab.json", "[1]")),
        BadFileError,
        "model/vocab.json: expected a JSON object, got list",
        "take the model's own vocab.json: this is another file",
    ),
    Case(
        "a token too many",
        broken(vocabulary(lambda ids: ids.update(new=301))),
        BadFileError,
        "model/vocab.json: expected at most 301 tokens (vocab_size of config.json), got 302",
        "take all files from one and the same model, or give each token a row of wte: model.resize_token_embeddings(len(tokenizer)) in transformers",
    ),
    Case(
        "an id that is a text",
        broken(vocabulary(lambda ids: ids.update({ENDOFTEXT: "300"}))),
        BadFileError,
        "model/vocab.json: token '<|endoftext|>': expected an id of its own from 0 to 300, got '300'",
        OWN_ID,
    ),
    Case(
        "an id that is true",
        broken(vocabulary(lambda ids: ids.update({ENDOFTEXT: True}))),
        BadFileError,
        "model/vocab.json: token '<|endoftext|>': expected an id of its own from 0 to 300, got True",
        OWN_ID,
    ),
    Case(
        "an id too high",
        broken(vocabulary(lambda ids: ids.update({ENDOFTEXT: 301}))),
        BadFileError,
        "model/vocab.json: token '<|endoftext|>': expected an id of its own from 0 to 300, got 301",
        OWN_ID,
    ),
    Case(
        "an id twice",
        broken(vocabulary(lambda ids: ids.update({ENDOFTEXT: 7}))),
        BadFileError,
        "model/vocab.json: token '<|endoftext|>': expected an id of its own from 0 to 300, got 7",
        OWN_ID,
    ),
    Case(
        "a byte without a token",
        broken(vocabulary(lambda ids: ids.update(new=ids.pop("!")))),
        BadFileError,
        "model/vocab.json: expected a token '!' for byte 0x21, got none",
        "take a model with a byte-level vocabulary such as GPT-2's, which knows every text",
    ),
    Case(
        "no merges.txt",
        broken(gone("merges.txt")),
        MissingFileError,
        "model/merges.txt: expected a file, got none",
        TOKENIZER,
    ),
    Case(
        "no merges in it",
        broken(content("merges.txt", "#version: 0.2\n\n")),
        BadFileError,
        "model/merges.txt: expected at least one merge, got none",
        "take another model: one whose tokens are single bytes or characters has no merges",
    ),
    Case(
        "a merge of three",
        broken(content("merges.txt", "#version: 0.2\na b c\n")),
        BadFileError,
        "model/merges.txt: line 2: expected two tokens with a space between, got 'a b c'",
        "take the model's own merges.txt, which has one merge a line in the order of ranks",
    ),
    Case(
        "a merge with an unknown part",
        broken(content("merges.txt", "Ġt\u20ac h\n")),
        BadFileError,
        "model/merges.txt: merge 0 (Ġt€ h): expected token 'Ġt€' in vocab.json, got none",
        SAME_FILES,
    ),
    Case(
        "a merge with an unknown result",
        broken(content("merges.txt", "Ġ t\nq z\n")),
        BadFileError,
        "model/merges.txt: merge 1 (q z): expected token 'qz' in vocab.json, got none",
        SAME_FILES,
    ),
    Case(
        "merges.txt is not UTF-8",
        broken(content("merges.txt", b"a \xff\n")),
        BadFileError,
        "model/merges.txt: expected UTF-8, got byte 0xff at offset 2",
        "copy the file again, as bytes",
    ),
    Case(
        "no weights",
        broken(gone("model.safetensors")),
        MissingFileError,
        "model: expected model.safetensors, model.safetensors.index.json with its shards, or model_wte.csv and the other CSV files, got config.json, merges.txt, vocab.json",
        LAYOUT,
    ),
    Case(
        "weights are a folder",
        broken(a_folder_for("model.safetensors")),
        BadFileError,
        "model/model.safetensors: expected a file, got a folder",
        UNREADABLE,
    ),
    Case(
        "weights cut short",
        broken(weights_bytes(lambda data: data[:-1000])),
        BadFileError,
        "model/model.safetensors: expected a complete safetensors file, got: <...>",
        COPY_AGAIN,
    ),
    Case(
        "weights cut short during the build",
        cut_short_while_building,
        BadFileError,
        "model/model.safetensors: h.0.ln_1.weight: expected 60 bytes, got 0",
        "the file was changed while it was read; copy it again",
    ),
    Case(
        "a Git LFS pointer",
        broken(content("model.safetensors", "version https://example.org/spec\n")),
        BadFileError,
        "model/model.safetensors: expected a complete safetensors file, got 33 bytes that say the first 2,336,927,755,350,992,246 are a header",
        COPY_AGAIN,
    ),
    Case(
        "a tensor is missing",
        broken(tensor("h.1.mlp.c_fc.bias", None)),
        MissingTensorError,
        "model/model.safetensors: h.1.mlp.c_fc.bias: expected a tensor [60], got none",
        SAME_MODEL,
    ),
    Case(
        "a tensor is turned",
        broken(tensor("h.0.attn.c_attn.weight", zeros(45, 15))),
        WrongShapeError,
        "model/model.safetensors: h.0.attn.c_attn.weight: expected shape [15, 45], got [45, 15], which is transposed",
        TRANSPOSE,
    ),
    Case(
        "a matrix of other sizes",
        broken(tensor("h.0.mlp.c_fc.weight", zeros(15, 45))),
        WrongShapeError,
        "model/model.safetensors: h.0.mlp.c_fc.weight: expected shape [15, 60], got [15, 45]",
        SAME_MODEL,
    ),
    Case(
        "wte of another vocabulary",
        broken(tensor("wte.weight", zeros(300, 15))),
        WrongShapeError,
        "model/model.safetensors: wte.weight: expected shape [301, 15], got [300, 15]",
        SAME_MODEL,
    ),
    Case(
        "whole numbers",
        broken(weights_bytes(lambda data: data.replace(b'"dtype": "F32"', b'"dtype": "I32"', 1))),
        BadFileError,
        "model/model.safetensors: wte.weight: expected dtype F32, F16, BF16, got I32",
        "convert the model to float32 and save it again",
    ),
    Case(
        "an infinite weight",
        broken(infinite("wpe.weight")),
        BadFileError,
        "model/model.safetensors: wpe.weight: expected finite numbers, got inf at [1, 2]",
        DAMAGED,
    ),
    Case(
        "a weight that is no number",
        broken(tensor("ln_f.bias", np.full(15, np.nan, dtype=np.float32))),
        BadFileError,
        "model/model.safetensors: ln_f.bias: expected finite numbers, got nan at [0]",
        DAMAGED,
    ),
    Case(
        "another output matrix",
        broken(tensor("lm_head.weight", zeros(301, 15))),
        UnsupportedModelError,
        "model/model.safetensors: lm_head.weight: expected the numbers of wte.weight, got others",
        LOGITS,
    ),
    Case(
        "more layers than config.json says",
        broken(config(n_layer=1)),
        UnsupportedModelError,
        "model/model.safetensors: expected the 16 tensors of GPT-2 with n_layer 1, got h.1.attn.c_attn.bias, h.1.attn.c_attn.weight, h.1.attn.c_proj.bias beside them",
        SAME_MODEL,
    ),
    Case(
        "a name with and without prefix",
        broken(tensor("transformer.ln_f.bias", zeros(15))),
        BadFileError,
        "model/model.safetensors: ln_f.bias: expected one tensor of that name, got ln_f.bias and transformer.ln_f.bias",
        "save the model again with one of the two names",
    ),
]
