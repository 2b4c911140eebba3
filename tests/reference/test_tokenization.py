"""Tokenization: the trace of the tokenizer's tabs ends in the ids of `tokenizers`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tokenizers import pre_tokenizers

from tests.random_models import vocabulary_files
from xlgpt2.cells.values import Cells, utf16_length
from xlgpt2.checkpoint.tokenizer.vocabulary_files import read_vocabulary
from xlgpt2.errors import PromptError
from xlgpt2.reference.tabs.tokenizer import tokenizer_trace
from xlgpt2.reference.tokenization import encode, prompt_ids, split_words
from xlgpt2.vocabulary.labels import (
    bytes_label,
    bytes_text,
    character_label,
)
from xlgpt2.vocabulary.vocabulary import Vocabulary, byte_alphabet

PUBLISHED = Path(__file__).parents[3] / "shared" / "gpt2-vocab"

#: a text, and the words that it must split into
TEXTS: list[tuple[str, list[str]]] = [
    ("a", ["a"]),
    ("Hello world", ["Hello", " world"]),
    ("I'm", ["I", "'m"]),
    ("we'll've", ["we", "'ll", "'ve"]),
    ("'s's", ["'s", "'s"]),
    ("'re're'd't", ["'re", "'re", "'d", "'t"]),
    ("!'s", ["!'", "s"]),
    (" 's", [" '", "s"]),
    ("'S", ["'", "S"]),
    ("'l", ["'", "l"]),
    ("'", ["'"]),
    ("it''s", ["it", "''", "s"]),
    ("'store", ["'s", "tore"]),
    ("\n's", ["\n", "'s"]),
    ("  's", [" ", " '", "s"]),
    ("9's 's9", ["9", "'s", " '", "s", "9"]),
    ("don’t", ["don", "’", "t"]),
    ("a1b22", ["a", "1", "b", "22"]),
    ("x²½Ⅷ٣", ["x", "²½Ⅷ٣"]),
    ("a  b", ["a", " ", " b"]),
    ("a \n b", ["a", " \n", " b"]),
    ("a\nb", ["a", "\n", "b"]),
    ("a\n\nb", ["a", "\n", "\n", "b"]),
    ("a\tb \t", ["a", "\t", "b", " \t"]),
    (" ", [" "]),
    ("   ", ["   "]),
    ("a   ", ["a", "   "]),
    ("  a", [" ", " a"]),
    ("a\u00a0b", ["a", "\u00a0", "b"]),
    ("a\u3000 b", ["a", "\u3000", " b"]),
    ("a\u200bb", ["a", "\u200b", "b"]),
    ("a\x1c\x1fb", ["a", "\x1c\x1f", "b"]),
    ("a\r\nb", ["a", "\r", "\n", "b"]),
    ("naïve café", ["naïve", " café"]),
    ("nai\u0308ve", ["nai", "\u0308", "ve"]),
    ("中文字 混合", ["中文字", " 混合"]),
    ("مرحبا بالعالم", ["مرحبا", " بالعالم"]),
    ("हिन्दी", ["ह", "ि", "न", "्", "द", "ी"]),
    ("😀😀 😀a", ["😀😀", " 😀", "a"]),
    ("👩\u200d👩\u200d👧 ❤\ufe0f", ["👩\u200d👩\u200d👧", " ❤\ufe0f"]),
    ("\U00031350\U00016d40!", ["\U00031350\U00016d40", "!"]),
    ("<|endoftext|>", ["<|", "endoftext", "|>"]),
    ("a*b?~c", ["a", "*", "b", "?~", "c"]),
    ("The the THE", ["The", " the", " THE"]),
    ("the other cat sat", ["the", " other", " cat", " sat"]),
]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    """256 bytes, 143 merges and <|endoftext|>."""
    ids, merges = vocabulary_files(400)
    return Vocabulary(tuple(ids), tuple(merges))


def values(cells: Cells) -> list[float | str]:
    """A column's cells down to the first blank one."""
    column: list[float | str] = cells[:, 0].tolist()
    return column[: column.index("")] if "" in column else column


def check_trace(vocabulary: Vocabulary, text: str, words: list[str]) -> None:
    """Check the trace of any text."""
    byte_count = len(text.encode())
    rows = byte_count + 3
    ranges = tokenizer_trace(vocabulary, text, rows, rows)
    ids = encode(vocabulary, text)
    assert values(ranges["found_ids"]) == ids
    assert ranges["found_count"][0, 0] == ranges["merge_tokens_before"][-1, 0] == len(ids)
    signs = str.maketrans({" ": "·", "\n": "↵", "\t": "→", "\r": "␍"})
    assert values(ranges["word_label"]) == [word.translate(signs) for word in words]
    assert ranges["word_count"][0, 0] == max(values(ranges["word"])) == len(words)
    assert values(ranges["code_point"]) == [ord(character) for character in text]
    starts = values(ranges["word_start"])
    assert [i for i, start in enumerate(starts) if start] == [
        sum(map(len, words[:n])) for n in range(len(words))
    ]
    assert [int(byte) for byte in ranges["utf8_bytes"].ravel() if byte != ""] == list(text.encode())
    assert bytes(map(int, values(ranges["byte_value"]))) == text.encode()
    assert ranges["byte_count"][0, 0] == byte_count
    check_merges(vocabulary, ranges, words)


def check_merges(vocabulary: Vocabulary, ranges: dict[str, Cells], words: list[str]) -> None:
    """Check the merge tab: each row spells its word, and follows from the row before."""
    rows = len(ranges["merge_ids"])
    assert len(values(ranges["merge_word"])) <= sum(len(word.encode()) for word in words)
    for r, number in enumerate(values(ranges["merge_word"])):
        size = int(ranges["merge_size"][r, 0])
        ids = [int(token_id) for token_id in ranges["merge_ids"][r, :size]]
        assert size <= rows - r
        assert b"".join(map(vocabulary.token_bytes, ids)) == words[int(number) - 1].encode()
        assert set(ranges["merge_ids"][r, size:]) <= {""}
        ranks = ranges["merge_ranks"][r, : size - 1].tolist()
        assert set(ranges["merge_ranks"][r, size - 1 :]) <= {""}
        numbers = [rank for rank in ranks if rank != "–"]
        assert ranges["merge_done"][r, 0] == (not numbers)
        if numbers:
            at = int(ranges["merge_at"][r, 0])
            assert ranges["merge_best"][r, 0] == min(numbers) == ranks[at]
            assert min(numbers) not in ranks[:at]
            merged = [*ids[:at], ranges["merge_new_id"][r, 0], *ids[at + 2 :]]
            assert ranges["merge_ids"][r + 1, : size - 1].tolist() == merged
        else:
            assert ranges["merge_at"][r, 0] == ranges["merge_label"][r, 0] == ""


@pytest.mark.parametrize(("text", "words"), TEXTS, ids=[repr(text) for text, _ in TEXTS])
def test_text_splits_and_merges_as_tokenizers_does(
    vocabulary: Vocabulary, text: str, words: list[str]
) -> None:
    """A text's words are those of GPT-2's rule, and its merges give the library's ids."""
    assert split_words(text) == words
    check_trace(vocabulary, text, words)


def test_random_texts_end_in_the_ids_of_tokenizers(vocabulary: Vocabulary) -> None:
    """Any mixture of letters, marks, spaces and quotes gives the library's ids."""
    pieces = [*"aethT'sl 1.\n\té😀中\u0301\u00a0", "'re", "the", " naïve", "  "]
    source = random.Random(0)
    for _ in range(200):
        text = "".join(source.choices(pieces, k=source.randint(1, 20)))
        check_trace(vocabulary, text, split_words(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'm", [0, 2, 1]),
        ("we'll've", [0, 0, 3, 2, 1, 3, 2, 1]),
        ("'s's", [2, 1, 2, 1]),
        ("!'s", [0, 0, 0]),
        (" 's", [0, 0, 0]),
        ("'S", [0, 0]),
        ("'store", [2, 1, 0, 0, 0, 0]),
    ],
)
def test_contractions_count_down(vocabulary: Vocabulary, text: str, expected: list[int]) -> None:
    """Each character of a contraction has the number of characters from it to the end."""
    assert values(tokenizer_trace(vocabulary, text, 12, 12)["contraction"]) == expected


def test_characters_of_a_prompt(vocabulary: Vocabulary) -> None:
    """Each character has its position, class, label, successor and bytes."""
    ranges = tokenizer_trace(vocabulary, "é 1\n😀", 12, 12)
    expected = {
        "character_start": [1, 2, 3, 4, 5],
        "code_point": [0xE9, 32, 49, 10, 0x1F600],
        "character": ["é", "·", "1", "↵", "😀"],
        "character_class": ["letter", "space", "number", "space", "other"],
        "next_code_point": [32, 49, 10, 0x1F600, 0],
        "next_class": ["space", "number", "space", "other", "end"],
        "utf8_length": [2, 1, 1, 1, 4],
        "first_byte": [0, 2, 3, 4, 5],
        "word": [1, 2, 2, 3, 4],
        "byte_character": [0, 0, 1, 2, 3, 4, 4, 4, 4],
        "byte_word": [1, 1, 2, 2, 3, 4, 4, 4, 4],
        "word_first_byte": [0, 2, 4, 5],
        "word_bytes": [2, 2, 1, 4],
    }
    assert {name: values(ranges[name]) for name in expected} == expected
    assert ranges["utf8_bytes"][0].tolist() == [0xC3, 0xA9, "", ""]
    assert ranges["utf8_bytes"].shape == (12, 4)
    assert ranges["character_count"][0, 0] == 5
    assert ranges["byte_count"][0, 0] == 9
    tokens = [vocabulary.byte_tokens[byte] for byte in "é 1\n😀".encode()]
    assert values(ranges["byte_token_id"]) == tokens
    assert tokens != list("é 1\n😀".encode())


def test_positions_in_utf16_units(vocabulary: Vocabulary) -> None:
    """If LEN counts UTF-16 units, only the starts and the number of unread characters change."""
    code_points, utf16 = (
        tokenizer_trace(vocabulary, "é😀1😀😀", 4, 4, length) for length in (len, utf16_length)
    )
    assert values(code_points["character_start"]) == [1, 2, 3, 4]
    assert values(utf16["character_start"]) == [1, 2, 4, 5]
    assert (code_points["characters_left"][0, 0], utf16["characters_left"][0, 0]) == (1, 2)
    same = code_points.keys() - {"character_start", "characters_left"}
    assert all(code_points[name].tolist() == utf16[name].tolist() for name in same)


def test_merges_of_two_words(vocabulary: Vocabulary) -> None:
    """The first row of a word is its bytes; each later row has one more merge applied."""
    ranges = tokenizer_trace(vocabulary, "hehe t", 8, 8)
    assert ["|".join(filter(None, row)) for row in ranges["merge_symbols"]] == [
        "h|e|h|e",
        "he|h|e",
        "he|he",
        "·|t",
        "·t",
        *["", "", ""],
    ]
    assert ranges["merge_label"][:, 0].tolist()[:5] == ["h + e → he"] * 2 + ["", "· + t → ·t", ""]
    assert ranges["merge_at"][:, 0].tolist() == [0, 1, "", 0, "", "", "", ""]
    assert ranges["merge_done"][:, 0].tolist() == [0, 0, 1, 0, 1, "", "", ""]
    assert ranges["merge_size"][:, 0].tolist() == [4, 3, 2, 2, 1, 0, 0, 0]
    assert ranges["merge_tokens_before"][:, 0].tolist() == [0, 0, 0, 2, 2, 3, 3, 3]
    assert ranges["merge_ranks"][1, :3].tolist() == ["–", ranges["merge_best"][0, 0], ""]


def test_a_merge_written_twice_has_its_last_rank() -> None:
    """Of two ranks for one pair the last one counts, as in encoder.py and `tokenizers`."""
    tokens = (*byte_alphabet(), "ab", "bc")
    twice = Vocabulary(tokens, (("a", "b"), ("b", "c"), ("a", "b")))
    once = Vocabulary(tokens, (("a", "b"), ("b", "c")))
    assert encode(twice, "abc") == [97, 257]
    assert encode(once, "abc") == [256, 99]
    assert twice.merge_key_ranks.tolist() == [2, 2, 1]
    for vocabulary in (twice, once):
        check_trace(vocabulary, "abc", ["abc"])


def test_byte_alphabet_is_that_of_the_library() -> None:
    """The 256 characters are the library's, and each stands for its byte."""
    assert set(byte_alphabet()) == set(pre_tokenizers.ByteLevel.alphabet())
    rule = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    text = "".join(map(chr, range(0x80))) + "\u00e9\u4e2d\U0001f600"
    ((letters, _),) = rule.pre_tokenize_str(text)
    assert letters == "".join(byte_alphabet()[byte] for byte in text.encode())


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        (b" the", "·the", " the"),
        (b"\n\t\r", "↵→␍", "\n\t\ufffd"),
        (b" \xe2\x80", "·<E2><80>", " \ufffd"),
        (b"\x07\x7f", "<07><7F>", "\ufffd\x7f"),
        ("é😀".encode(), "é😀", "é😀"),
        ("\u00a0\u200d".encode(), "<C2><A0><E2><80><8D>", "\u00a0\u200d"),
        (b"\xed\xa0\x80", "<ED><A0><80>", "\ufffd\ufffd\ufffd"),
        (b"\xef\xbf\xbe", "<EF><BF><BE>", "\ufffd"),
        (b"<|endoftext|>", "<|endoftext|>", "<|endoftext|>"),
    ],
)
def test_labels_and_texts_of_bytes(data: bytes, label: str, text: str) -> None:
    """A label shows spaces and bytes that are not characters; a text holds what a cell can hold."""
    assert bytes_label(data) == label
    assert bytes_text(data) == text


@pytest.mark.parametrize(
    ("character", "label"),
    [
        *[(" ", "·"), ("\n", "↵"), ("\t", "→"), ("\r", "␍"), ("a", "a"), ("é", "é"), ("😀", "😀")],
        *[("\x07", "<U+0007>"), ("\x85", "<U+0085>"), ("\x7f", "<U+007F>")],
        *[("\u00a0", "\u00a0"), ("\u200d", "\u200d"), ("·", "·"), ("\u0301", "\u0301")],
    ],
)
def test_label_of_one_character(character: str, label: str) -> None:
    """White space has signs, control characters their code points, others themselves."""
    assert character_label(ord(character)) == label


def test_tokens_outside_the_byte_alphabet_are_their_own_text() -> None:
    """An added token with a character that stands for no byte is its own text."""
    added = Vocabulary((*byte_alphabet(), "一 二"), ())
    assert added.token_bytes(256) == "一 二".encode()
    assert added.label(256) == "一·二"


@pytest.mark.parametrize(
    ("text", "limits", "counts"),
    [
        ("", (9, 9), {"character_count": 0, "byte_count": 0, "word_count": 0, "found_count": 0}),
        ("aéééé", (4, 9), {"character_count": 4, "characters_left": 1, "word_count": 0}),
        ("aéé", (4, 9), {"character_count": 3, "byte_count": 5, "word_count": 0}),
        ("q z q", (9, 4), {"byte_count": 5, "word_count": 3, "found_count": 5}),
    ],
)
def test_prompts_that_do_not_fit_have_no_tokens(
    vocabulary: Vocabulary, text: str, limits: tuple[int, int], counts: dict[str, float]
) -> None:
    """A prompt beyond a limit is read as far as there are rows, and its tokens are not used."""
    ranges = tokenizer_trace(vocabulary, text, *limits)
    assert {name: ranges[name][0, 0] for name in counts} == counts
    assert values(ranges["found_ids"]) == []
    assert prompt_ids(vocabulary, text, *limits) == []


def test_an_unpaired_surrogate_is_refused(vocabulary: Vocabulary) -> None:
    """It has no UTF-8 bytes, and no cell can hold it."""
    with pytest.raises(PromptError, match=r"character 2: .* unpaired surrogate U\+D83D") as caught:
        tokenizer_trace(vocabulary, "a\ud83d", 9, 9)
    assert "remove it" in caught.value.hint


@pytest.mark.vocabulary
@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published vocabulary is not there")
def test_published_vocabulary_gives_the_published_ids() -> None:
    """With GPT-2's own files, every text of the table gives the library's ids."""
    published = read_vocabulary(PUBLISHED, 50257)
    assert encode(published, "Hello world") == [15496, 995]
    assert published.label(262) == "·the"
    assert encode(published, "a<|endoftext|>b") == [64, 50256, 65]
    for text, words in TEXTS:
        check_trace(published, text, [text] if text in published.special_ids else words)
