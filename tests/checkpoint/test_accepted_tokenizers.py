"""Tokenizer files in every accepted form: texts have the ids of AutoTokenizer."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.broken_checkpoints import Change, config
from tests.checkpoint.test_accepted_models import reference_logits, transformers_logits, unchanged
from tests.random_models import write_random_model
from tests.reference.test_tokenization import TEXTS
from tests.samples import Samples
from tests.tokenizer_files import added, each, in_json, json_file
from tests.typing_in import OpenWorkbook
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.checkpoint.tokenizer.added_tokens import END_OF_TEXT
from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import get_engine
from xlgpt2.reference.tokenization import encode

Json = dict[str, Any]

#: Rows for bytes and for tokens; texts have at most so many bytes.
ROOM = 48

#: Texts for each kind of folder, every second one with a special token; how many of them are also
#: tried in a workbook, and how many kinds of folders have one in a run.
COUNT, IN_WORKBOOK, WORKBOOKS = 200, 6, 5

#: The size of the random model's vocabulary, of which the last token is <|endoftext|>.
V = 301


def save_model(folder: Path, **rows: int) -> None:
    """Save the model with transformers, with another number of rows of wte if given."""
    transformers = pytest.importorskip("transformers")
    model = transformers.GPT2LMHeadModel.from_pretrained(folder)
    if rows:
        model.resize_token_embeddings(mean_resizing=False, **rows)
    model.save_pretrained(folder)


def as_saved(change: Callable[[Any], object] = lambda _: None, **rows: int) -> Change:
    """Save model and tokenizer with transformers, after a change of the tokenizer."""

    def save(folder: Path) -> None:
        transformers = pytest.importorskip("transformers")
        tokenizer = transformers.GPT2Tokenizer.from_pretrained(folder)
        change(tokenizer)
        save_model(folder, **(rows or {"new_num_tokens": len(tokenizer)}))
        for name in ("vocab.json", "merges.txt"):
            (folder / name).unlink()
        tokenizer.save_pretrained(folder)

    return save


def grown(folder: Path) -> None:
    """Save only the model with transformers, with two more rows of wte."""
    save_model(folder, new_num_tokens=V + 2)


def with_tokens(**tokens: object) -> Callable[[Any], object]:
    """Add special tokens to a tokenizer."""
    return lambda tokenizer: tokenizer.add_special_tokens(tokens)


def merges_as_texts(content: Json) -> None:
    """Write merges as in older tokenizer.json files, as texts with a space."""
    model = content["model"]
    model["merges"] = [" ".join(merge) for merge in model["merges"]]


def steps_in_sequences(content: Json) -> None:
    """Wrap each step in a sequence, and add a post-processor that adds nothing."""
    content["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [content["pre_tokenizer"]]}
    content["decoder"] = {"type": "Sequence", "decoders": [content["decoder"]]}
    content["normalizer"] = {"type": "Sequence", "normalizers": []}
    text = {"Sequence": {"id": "A", "type_id": 0}}
    content["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [text],
        "pair": [text, {"Sequence": {"id": "B", "type_id": 0}}],
        "special_tokens": {},
    }


def token_of_the_vocabulary(name: str) -> Change:
    """Rename the merged token with the highest id to a text that no merge makes."""

    def rename(folder: Path) -> None:
        path, merges = folder / "vocab.json", folder / "merges.txt"
        ids = json.loads(path.read_text(encoding="utf-8"))
        (last,) = (token for token, token_id in ids.items() if token_id == V - 2)
        ids[name] = ids.pop(last)
        path.write_text(json.dumps(ids, ensure_ascii=False), encoding="utf-8")
        lines = merges.read_text(encoding="utf-8").splitlines()
        lines = [line for line in lines if line.replace(" ", "") != last]
        merges.write_text("\n".join(lines) + "\n", encoding="utf-8")

    return rename


PAD = {"pad_token": "[PAD]"}
CHAT = {"additional_special_tokens": ["<|im_start|>", "<|im_end|>", "<|im"]}

#: Changes of a folder with vocab.json and merges.txt, and the special tokens that they add.
KINDS: dict[str, tuple[Change, tuple[str, ...]]] = {
    "vocab.json and merges.txt": (unchanged, ()),
    "tokenizer.json alone": (in_json(), ()),
    "tokenizer.json beside the others": (in_json(keep=True), ()),
    "merges as texts": (in_json(merges_as_texts), ()),
    "steps in sequences": (in_json(steps_in_sequences), ()),
    "no last step": (in_json(lambda content: content.update(post_processor=None)), ()),
    "saved by transformers": (as_saved(), ()),
    "a pad token": (as_saved(with_tokens(**PAD)), ("[PAD]",)),
    "chat tokens, one of them a prefix of others": (
        as_saved(with_tokens(**CHAT)),
        ("<|im_start|>", "<|im_end|>", "<|im"),
    ),
    "added plain words": (
        as_saved(lambda tokenizer: tokenizer.add_tokens(["quick brown", "ü"])),
        ("quick brown", "ü"),
    ),
    "rows up to a multiple of 64": (as_saved(pad_to_multiple_of=64), ()),
    "added_tokens.json": (
        each(grown, json_file("added_tokens.json", **{"[A]": V, "[B]": V + 1})),
        ("[A]", "[B]"),
    ),
    "added_tokens_decoder": (
        each(
            grown,
            json_file(
                "tokenizer_config.json",
                tokenizer_class="GPT2Tokenizer",
                added_tokens_decoder={
                    str(V - 1): added(END_OF_TEXT, V - 1),
                    str(V): added("[A]", V),
                },
            ),
        ),
        ("[A]",),
    ),
    "a special token of the vocabulary": (
        each(
            token_of_the_vocabulary("<|user|>"),
            json_file(
                "tokenizer_config.json",
                tokenizer_class="GPT2Tokenizer",
                additional_special_tokens=["<|user|>"],
            ),
        ),
        ("<|user|>",),
    ),
}


def texts(kind: str, special: tuple[str, ...]) -> list[str]:
    """Different texts made of one to six hard ones, cut to the number of bytes."""
    source = random.Random(kind)
    hard_texts = [text for text, _ in TEXTS]
    tokens = [END_OF_TEXT, *special]
    result: dict[str, None] = {}
    while len(result) < COUNT:
        parts = source.choices(hard_texts, k=source.randint(1, 6))
        if len(result) % 2:
            parts.insert(source.randint(0, len(parts)), source.choice(tokens))
        text = "".join(parts).encode()[:ROOM].decode(errors="ignore")
        result[text] = None
    return list(result)


@pytest.mark.parametrize("kind", KINDS)
def test_texts_have_the_ids_of_autotokenizer(tmp_path: Path, kind: str, samples: Samples) -> None:
    """200 texts in the reference, of some kinds a few in formulas; logits as in transformers."""
    transformers = pytest.importorskip("transformers")
    change, special = KINDS[kind]
    folder = write_random_model(
        tmp_path / "m", n_layer=1, n_head=2, head_size=3, vocab_size=V, n_positions=ROOM
    )
    change(folder)
    checkpoint = load_checkpoint(folder)
    assert np.abs(reference_logits(checkpoint) - transformers_logits(folder)).max() < 1e-6
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    assert all(len(tokenizer(token)["input_ids"]) == 1 for token in (END_OF_TEXT, *special))
    expected = {text: tokenizer(text)["input_ids"] for text in texts(kind, special)}
    assert {text: encode(checkpoint.vocabulary, text) for text in expected} == expected
    if kind not in samples.of(list(KINDS), WORKBOOKS):
        return
    file = tmp_path / "m.xlsx"
    build(design(folder, capacity=ROOM, max_bytes=ROOM, new_tokens=0), file)
    workbook = OpenWorkbook(get_engine("formulas"), file, ["token_ids"])
    for text in list(expected)[-IN_WORKBOOK:]:
        assert workbook.token_ids(text) == expected[text], text


#: The end tokens in config.json and in generation_config.json; None means no such file.
ENDS: dict[str, tuple[Json, Json | None]] = {
    "config.json alone": ({"eos_token_id": 7}, None),
    "a list in config.json": ({"eos_token_id": [7, 9, 7]}, None),
    "no end in config.json": ({"eos_token_id": ...}, None),
    "null in config.json": ({"eos_token_id": None}, None),
    "other ends in generation_config.json": ({"eos_token_id": 7}, {"eos_token_id": [3, 4]}),
    "no end in generation_config.json": ({"eos_token_id": 7}, {"do_sample": True}),
    "no end in one made from config.json": ({"eos_token_id": 7}, {"_from_model_config": True}),
    "null in generation_config.json": ({"eos_token_id": 7}, {"eos_token_id": None}),
}


@pytest.mark.parametrize("kind", ENDS)
def test_the_text_ends_where_transformers_ends_it(tmp_path: Path, kind: str) -> None:
    """The end ids are those of `generate`; GPT2Config's default does not count."""
    transformers = pytest.importorskip("transformers")
    in_config, in_generation = ENDS[kind]
    folder = write_random_model(tmp_path / "m", n_layer=1)
    config(**in_config)(folder)
    if in_generation is not None:
        json_file("generation_config.json", **in_generation)(folder)
    model = transformers.GPT2LMHeadModel.from_pretrained(folder)
    ends = model.generation_config.eos_token_id
    expected = ends if isinstance(ends, list) else [] if ends is None else [ends]
    assert list(load_checkpoint(folder).vocabulary.end_ids) == list(dict.fromkeys(expected))
