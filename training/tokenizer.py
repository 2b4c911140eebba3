"""The tokenizer: byte-level BPE with GPT-2's alphabet, learnt from the training documents."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

END_OF_TEXT = "<|endoftext|>"
BYTES = 256
# A larger vocabulary would make the worksheets of the token table needlessly long.
LARGEST_VOCABULARY = 1024


def byte_alphabet() -> list[str]:
    """The 256 characters that stand for bytes, in the order of GPT-2's own vocabulary.

    GPT-2 lists the printable bytes first and gives the others the characters from U+0100 on, in
    byte order (`bytes_to_unicode` in its encoder.py), which is the order of code points.
    """
    return sorted(pre_tokenizers.ByteLevel.alphabet())


def assemble(vocabulary: dict[str, int], merges: list[tuple[str, str]]) -> Tokenizer:
    """A tokenizer that splits, merges and decodes as GPT-2's does."""
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def learn_merges(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Learn merges until every frequent word is one token or the vocabulary is full."""
    learner = assemble({}, [])
    trainer = trainers.BpeTrainer(
        vocab_size=LARGEST_VOCABULARY - 1,
        min_frequency=2,
        initial_alphabet=byte_alphabet(),
        show_progress=False,
    )
    learner.train_from_iterator(texts, trainer)
    merges = json.loads(learner.to_str())["model"]["merges"]
    return [(left, right) for left, right in merges]


def number_tokens(merges: list[tuple[str, str]]) -> dict[str, int]:
    """Ids of the tokens in GPT-2's order: bytes, merges by rank, end of text."""
    tokens = [*byte_alphabet(), *(left + right for left, right in merges), END_OF_TEXT]
    if len(set(tokens)) != len(tokens):
        raise ValueError("two merges make the same token; ids would not follow the ranks")
    return {token: number for number, token in enumerate(tokens)}


def save_tokenizer(folder: Path, merges: list[tuple[str, str]]) -> None:
    """Write vocab.json and merges.txt in Hugging Face's layout."""
    vocabulary = json.dumps(number_tokens(merges), ensure_ascii=False)
    (folder / "vocab.json").write_text(vocabulary + "\n", encoding="utf-8")
    lines = ["#version: 0.2", *(f"{left} {right}" for left, right in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def load_tokenizer(folder: Path) -> Tokenizer:
    """Read the tokenizer of a model folder."""
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    lines = (folder / "merges.txt").read_text(encoding="utf-8").splitlines()[1:]
    merges = [(left, right) for left, right in (line.split(" ") for line in lines)]
    return assemble(vocabulary, merges)


def end_of_text_id(tokenizer: Tokenizer) -> int:
    """The id of the token that ends a document: the last one."""
    return int(tokenizer.get_vocab_size()) - 1
