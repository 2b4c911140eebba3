"""What a folder without a vocabulary of ours has in its place, and what that means."""

from __future__ import annotations

from pathlib import Path

_SENTENCEPIECE = "is a sentencepiece vocabulary, which the workbook has no formulas for"
_OPENAI = "is OpenAI's name for it: rename encoder.json to vocab.json and vocab.bpe to merges.txt"

#: Files of other tokenizers, in the order in which they are looked for.
_KNOWN: tuple[tuple[str, str], ...] = (
    ("encoder.json", _OPENAI),
    ("vocab.bpe", _OPENAI),
    ("vocab.txt", "is a wordpiece vocabulary (BERT's), which the workbook has no formulas for"),
    ("spiece.model", _SENTENCEPIECE),
    ("tokenizer.model", _SENTENCEPIECE),
    ("sentencepiece.bpe.model", _SENTENCEPIECE),
    ("tekken.json", "is Mistral's vocabulary, which the workbook has no formulas for"),
)

_NONE = (
    "the vocabulary is in tokenizer.json, or in vocab.json and merges.txt; "
    "AutoTokenizer.from_pretrained(name).save_pretrained(folder) in transformers writes it"
)


def vocabulary_hint(folder: Path) -> str:
    """The way out where vocab.json or merges.txt is missing."""
    for name, meaning in _KNOWN:
        if (folder / name).exists():
            return f"{name} {meaning}"
    return _NONE
