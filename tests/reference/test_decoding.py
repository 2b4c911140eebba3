"""Decoding: tokens that end inside a character are joined as in `tokenizers`."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models

from tests.random_models import vocabulary_files
from tests.typing_in import OpenWorkbook
from xlgpt2.designs.inputs import token_id_inputs
from xlgpt2.reference.tabs.text import decoding_trace
from xlgpt2.reference.trace import trace
from xlgpt2.verification.compare import compare
from xlgpt2.verification.requests import typed_controls
from xlgpt2.verification.result import Input
from xlgpt2.vocabulary.vocabulary import Vocabulary, byte_alphabet

#: what is tested, tokens as bytes, the text
CASES = [
    ("an emoji in two halves", [b"\xf0\x9f", b"\x98\x80"], "😀"),
    ("an emoji byte by byte", [b"\xf0", b"\x9f", b"\x98", b"\x80"], "😀"),
    ("two bytes of é", ["é".encode()[:1], "é".encode()[1:]], "é"),
    ("three bytes of 中", [b"a\xe4", b"\xb8", b"\xadb"], "a中b"),
    ("the end of one character with the beginning of the next", [b"\xe4\xb8", b"\xad\xe4", b"\xb8\xad"], "中中"),
    ("half a character at the end", [b"a", b"\xf0\x9f\x98"], "a�"),
    ("a beginning, then a letter", [b"\xf0\x9f", b"a"], "�a"),
    ("a beginning, then another beginning", [b"\xf0\x9f", b"\xe4", b"\xb8\xad"], "�中"),
    ("the middle of a character alone", [b"a", b"\x98\x80", b"b"], "a��b"),
    ("an extra byte", [b"\xc3", b"\xa9\xa9"], "é�"),
    ("an overlong zero", [b"\xc0", b"\x80"], "��"),
    ("overlong in three bytes", [b"\xe0", b"\x9f\xbf"], "���"),
    ("overlong in four bytes", [b"\xf0", b"\x8f", b"\xbf\xbf"], "����"),
    ("an unpaired surrogate", [b"\xed", b"\xa0\x80"], "���"),
    ("beyond the last code point", [b"\xf4", b"\x90\x80\x80"], "����"),
    ("the last code point", [b"\xf4\x8f", b"\xbf\xbf"], "\U0010ffff"),
    ("the first of four bytes", [b"\xf0\x90", b"\x80\x80"], "\U00010000"),
    ("the last before the surrogates", [b"\xed", b"\x9f\xbf"], "\ud7ff"),
    ("U+FFFD itself, in two parts", [b"\xef\xbf", b"\xbd"], "�"),
    ("U+FFFD itself, then more", [b"\xef\xbf\xbd", b"a"], "�a"),
    ("a byte that never occurs in UTF-8", [b"\xff", b"a", b"\xf8"], "�a�"),
    ("a carriage return and a bell", [b"a", b"\r", b"\x07"], "a\r\x07"),
    ("U+0000, which no cell holds", [b"a", b"\0", b"b"], "a�b"),
    ("U+FFFE, which no cell holds", [b"\xef", b"\xbf\xbe"], "�"),
]  # fmt: skip


_IDS, _MERGES = vocabulary_files(400)

#: 256 bytes, 143 merges of bytes and letters, and <|endoftext|>.
MIXED = Vocabulary(tuple(_IDS), tuple(_MERGES))


def cell_text(text):
    """A text with U+FFFD for the characters that cells cannot hold."""
    return text.replace("\0", "�").replace("\ufffe", "�").replace("\uffff", "�")


def library_decoder(vocabulary):
    """The decoder of `tokenizers` for a vocabulary."""
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary.ids, merges=list(vocabulary.merges)))
    tokenizer.decoder = decoders.ByteLevel()
    return lambda ids: cell_text(tokenizer.decode(ids, skip_special_tokens=False))


DECODE = library_decoder(MIXED)


@pytest.mark.parametrize(("what", "tokens", "text"), CASES, ids=[case[0] for case in CASES])
def test_tokens_are_joined_to_a_text(what, tokens, text):
    """Split characters are joined; invalid UTF-8 becomes U+FFFD, as Unicode recommends."""
    letters = ["".join(byte_alphabet()[byte] for byte in token) for token in tokens]
    vocabulary = Vocabulary(tuple(dict.fromkeys([*byte_alphabet(), *letters])), ())
    ids = [vocabulary.ids[token] for token in letters]
    ranges = decoding_trace(vocabulary, ids[:1], ids[1:], 3, 6)
    assert ranges["continued_text"][0, 0] == text, what
    assert library_decoder(vocabulary)(ids) == text, what


@settings(max_examples=1000, deadline=None, derandomize=True, database=None)
@given(st.lists(st.one_of(st.integers(128, 255), st.integers(0, 399)), min_size=1, max_size=13))
def test_any_tokens_give_the_text_of_tokenizers(numbers):
    """Random tokens, most of them parts of characters, decode as in the library."""
    ids = [MIXED.byte_tokens[n] if n < 256 else n for n in numbers]
    assert decoding_trace(MIXED, ids[:5], ids[5:], 7, 8)["continued_text"][0, 0] == DECODE(ids)


def sequences(vocabulary, capacity):
    """Ids for the workbook: the cases above, byte by byte, and characters cut at any byte."""
    texts = [b"".join(tokens) for _, tokens, _ in CASES]
    texts += ["é中😀".encode()[k:] for k in range(9)]
    texts += ["😀a中é\U0010ffff".encode()[:k] for k in range(1, capacity + 1)]
    return [[vocabulary.byte_tokens[byte] for byte in text[:capacity]] for text in texts]


#: How many of these sequences each engine gets.
NUMBER = 10


def test_the_tab_text_agrees_with_the_reference_and_tokenizers(
    random_workbook, random_design, exact_engine, samples
):
    """With overridden ids, every range is right, and so is the text with the next token."""
    file, _ = random_workbook
    checkpoint, sizes = random_design.checkpoint, random_design.sizes
    decode = library_decoder(checkpoint.vocabulary)
    opened = OpenWorkbook(exact_engine, file, None)
    for ids in samples.of(sequences(checkpoint.vocabulary, sizes.capacity), NUMBER):
        readings = opened.read(token_id_inputs(tuple(ids), sizes.capacity))
        expected = trace(checkpoint, sizes, readings.text("prompt"), ids, typed_controls(readings))
        check = compare(readings, expected, random_design.plan, Input("typed"))
        assert [entry for entry in check.ranges if not entry.outcome.good] == []
        new = [int(i) for i in readings.values["chosen_ids"][:, 0] if i != ""]
        assert readings.text("continued_text") == decode([*ids, *new])
