"""Tokenizer files in every accepted form: a text has the ids that AutoTokenizer gives it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.broken_checkpoints import Change, config
from tests.checkpoint.test_accepted_models import nothing, our_logits, their_logits
from tests.random_models import write_random_model
from tests.reference.test_tokenization import TEXTS
from tests.tokenizer_files import added, each, in_json, json_file
from tests.typing_in import OpenWorkbook
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.checkpoint.tokenizer.added_tokens import END_OF_TEXT
from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import get_engine
from xlgpt2.reference.tokenization import encode

Json = dict[str, Any]

#: Rows for bytes and for tokens, so that every text of so many bytes has room.
ROOM = 48

#: Texts for each kind of folder, of which every second has a special token in it, and how many of
#: them are typed into a workbook too.
COUNT, TYPED = 200, 6

#: The random model's vocabulary: the last one is <|endoftext|>.
V = 301


def save_model(folder: Path, **rows: int) -> None:
    """The model as transformers saves it, with other rows of wte where these are given."""
    transformers = pytest.importorskip("transformers")
    model = transformers.GPT2LMHeadModel.from_pretrained(folder)
    if rows:
        model.resize_token_embeddings(mean_resizing=False, **rows)
    model.save_pretrained(folder)


def as_saved(change: Callable[[Any], object] = lambda _: None, **rows: int) -> Change:
    """Both halves as transformers saves them today, after a change of the tokenizer."""

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
    """The model alone with two more rows of wte, saved by transformers."""
    save_model(folder, new_num_tokens=V + 2)


def with_tokens(**tokens: object) -> Callable[[Any], object]:
    """Special tokens that a tokenizer gets."""
    return lambda tokenizer: tokenizer.add_special_tokens(tokens)


def merges_as_texts(content: Json) -> None:
    """The merges as older tokenizer.json files have them, each a text with a space."""
    model = content["model"]
    model["merges"] = [" ".join(merge) for merge in model["merges"]]


def steps_in_sequences(content: Json) -> None:
    """Each step as a list of one, and a last step that adds nothing to a text."""
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
    """The merged token with the highest id becomes a text that no merges make."""

    def rename(folder: Path) -> None:
        path, merges = folder / "vocab.json", folder / "merges.txt"
        ids = json.loads(path.read_text(encoding="utf-8"))
        (last,) = (token for token, token_id in ids.items() if token_id == V - 2)
        ids[name] = ids.pop(last)
        path.write_text(json.dumps(ids, ensure_ascii=False), encoding="utf-8")
        lines = merges.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if line.replace(" ", "") != last]
        merges.write_text("\n".join(kept) + "\n", encoding="utf-8")

    return rename


PAD = {"pad_token": "[PAD]"}
CHAT = {"additional_special_tokens": ["<|im_start|>", "<|im_end|>", "<|im"]}

#: What is done to a folder with vocab.json and merges.txt, and the tokens that it has by then.
KINDS: dict[str, tuple[Change, tuple[str, ...]]] = {
    "vocab.json and merges.txt": (nothing, ()),
    "tokenizer.json alone": (in_json(), ()),
    "tokenizer.json beside the others": (in_json(keep=True), ()),
    "merges as texts": (in_json(merges_as_texts), ()),
    "steps in sequences": (in_json(steps_in_sequences), ()),
    "no last step": (in_json(lambda content: content.update(post_processor=None)), ()),
    "saved by transformers": (as_saved(), ()),
    "a pad token": (as_saved(with_tokens(**PAD)), ("[PAD]",)),
    "tokens of a chat, of which one begins others": (
        as_saved(with_tokens(**CHAT)),
        ("<|im_start|>", "<|im_end|>", "<|im"),
    ),
    "a plain word that was added": (
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
    """Different texts of one to six pieces of the hard ones, cut where the room ends."""
    source = random.Random(kind)
    pieces = [text for text, _ in TEXTS]
    tokens = [END_OF_TEXT, *special]
    chosen: dict[str, None] = {}
    while len(chosen) < COUNT:
        parts = source.choices(pieces, k=source.randint(1, 6))
        if len(chosen) % 2:
            parts.insert(source.randint(0, len(parts)), source.choice(tokens))
        text = "".join(parts).encode()[:ROOM].decode(errors="ignore")
        chosen[text] = None
    return list(chosen)


@pytest.mark.parametrize("kind", KINDS)
def test_texts_have_the_ids_of_autotokenizer(tmp_path: Path, kind: str) -> None:
    """200 of them by the reference, some by the formulas; and the model has transformers' logits."""
    transformers = pytest.importorskip("transformers")
    change, special = KINDS[kind]
    folder = write_random_model(
        tmp_path / "m", n_layer=1, n_head=2, head_size=3, vocab_size=V, n_positions=ROOM
    )
    change(folder)
    checkpoint = load_checkpoint(folder)
    assert np.abs(our_logits(checkpoint) - their_logits(folder)).max() < 1e-6
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    assert all(len(tokenizer(token)["input_ids"]) == 1 for token in (END_OF_TEXT, *special))
    expected = {text: tokenizer(text)["input_ids"] for text in texts(kind, special)}
    assert {text: encode(checkpoint.vocabulary, text) for text in expected} == expected
    file = tmp_path / "m.xlsx"
    build(design(folder, capacity=ROOM, max_bytes=ROOM, new_tokens=0), file)
    workbook = OpenWorkbook(get_engine("formulas"), file, ["token_ids"])
    for text in list(expected)[-TYPED:]:
        assert workbook.token_ids(text) == expected[text], text


#: What config.json and generation_config.json say of the last token; None is no such file.
ENDS: dict[str, tuple[Json, Json | None]] = {
    "config.json alone": ({"eos_token_id": 7}, None),
    "a list in config.json": ({"eos_token_id": [7, 9, 7]}, None),
    "nothing in config.json": ({"eos_token_id": ...}, None),
    "null in config.json": ({"eos_token_id": None}, None),
    "another one in generation_config.json": ({"eos_token_id": 7}, {"eos_token_id": [3, 4]}),
    "nothing in generation_config.json": ({"eos_token_id": 7}, {"do_sample": True}),
    "nothing in one made from config.json": ({"eos_token_id": 7}, {"_from_model_config": True}),
    "null in generation_config.json": ({"eos_token_id": 7}, {"eos_token_id": None}),
}


@pytest.mark.parametrize("kind", ENDS)
def test_the_text_ends_where_transformers_ends_it(tmp_path: Path, kind: str) -> None:
    """The end ids are those with which `generate` begins; GPT2Config's own default is not asked."""
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
