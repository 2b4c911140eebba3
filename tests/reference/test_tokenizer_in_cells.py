"""The tokenizer's tabs: for any text, formulas give the token ids of `tokenizers`.

A run takes samples of the texts, with `pytest --exhaustive` all of them and 2,000 at random.
"""

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from tests.cases import cases
from tests.random_models import write_random_model
from tests.reference.test_tokenization import PUBLISHED
from tests.typing_in import OpenWorkbook
from xlgpt2.checkpoint.checkpoint import shipped_model
from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import get_engine

CASES = cases("text")

#: Rows for bytes and for tokens; a text has at most as many tokens as bytes.
ROOM = 64

VOCABULARIES = [
    pytest.param(shipped_model(), id="shipped vocabulary"),
    pytest.param(
        PUBLISHED,
        id="published vocabulary",
        marks=[
            pytest.mark.vocabulary,
            pytest.mark.skipif(
                not PUBLISHED.exists(), reason="the published vocabulary is not there"
            ),
        ],
    ),
]


@pytest.fixture(scope="module", params=VOCABULARIES)
def vocabulary(request):
    """A folder with vocab.json and merges.txt."""
    return request.param


@pytest.fixture(scope="module")
def workbook(vocabulary, tmp_path_factory):
    """A workbook of a small model with that vocabulary."""
    folder = tmp_path_factory.mktemp("tokenizer")
    model = write_random_model(
        folder / "model", n_layer=1, n_head=1, head_size=4, n_positions=ROOM, vocabulary=vocabulary
    )
    return build(
        design(model, capacity=ROOM, max_bytes=ROOM, new_tokens=0), folder / "model.xlsx"
    ).path


@pytest.fixture(scope="module")
def expected(vocabulary):
    """The library's tokenization with the same two files and <|endoftext|> as one token."""
    files = (str(vocabulary / "vocab.json"), str(vocabulary / "merges.txt"))
    tokenizer = Tokenizer(models.BPE.from_file(*files))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.add_special_tokens(["<|endoftext|>"])
    return lambda text: tokenizer.encode(text, add_special_tokens=False).ids


@pytest.fixture(scope="module")
def in_formulas(workbook):
    """The workbook, open in the engine formulas."""
    return OpenWorkbook(get_engine("formulas"), workbook, ["token_ids"])


def truncated(text):
    """A text's first characters, as many as fit."""
    return text.encode("utf-8")[:ROOM].decode("utf-8", "ignore")


#: What a cell can hold: no surrogates, no U+0000 and not the two that XML excludes.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff")

#: Strings that GPT-2's rule treats in different ways, to be joined in any order.
PIECES = st.one_of(
    st.sampled_from(["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'", "’s", "'S", "'l", "'r"]),
    st.sampled_from(
        [" ", "  ", "   ", "\n", "\n\n", "\t", "\r\n", " \n", "\u00a0", "\u3000", "\u200b"]
    ),
    st.sampled_from(
        ["the", " the", "The", " quick", "ing", "don", "naïve", " über", "1", " 23", "½"]
    ),
    st.sampled_from(
        ["👩\u200d👧", "👋🏽", "🇫🇷", "❤\ufe0f", "e\u0301", "हिन्दी", "مرحبا", "中文", "각"]
    ),
    st.sampled_from(["<|endoftext|>", "...", "!?", "*", "?", "~", "=", '"', "_x0041_", "aaaa"]),
    st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=6),
    st.text(st.characters(categories=["L"]), min_size=1, max_size=4),
    st.text(st.characters(categories=["N", "M", "Z", "P", "S"]), min_size=1, max_size=4),
    st.text(CHARACTERS, min_size=1, max_size=4),
)

TEXTS = st.lists(PIECES, min_size=1, max_size=8).map("".join).map(truncated).filter(bool)


@pytest.mark.slow
def test_any_text_has_the_ids_of_tokenizers(in_formulas, expected, samples):
    """In the engine formulas, for as many generated texts as conftest.py's profile sets."""
    in_formulas.count = 0

    @seed(samples.seed)
    @settings(
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(TEXTS)
    def check(text):
        assert in_formulas.token_ids(text) == expected(text)

    check()
    assert in_formulas.count >= 0.9 * settings().max_examples


def test_the_cases_are_many_and_fit():
    """At least 200 different texts that fit, each with a note on what is hard about it."""
    texts = {case["text"] for case in CASES}
    assert len(texts) == len(CASES) >= 200
    assert len({case["what"] for case in CASES}) == len(CASES)
    assert all(0 < len(text.encode("utf-8")) <= ROOM for text in texts)


#: How many of the texts an engine gets. IronCalc goes through all 50,000 merges for every pair, half
#: a minute a text; CellRune rereads the file, some seconds a text.
NUMBERS = {"formulas": 60, "libreoffice": 40, "ironcalc": 1, "cellrune": 2}


@pytest.mark.slow
@pytest.mark.parametrize(
    "engine",
    [
        "formulas",
        pytest.param("libreoffice", marks=pytest.mark.libreoffice),
        pytest.param("ironcalc", marks=pytest.mark.ironcalc),
        pytest.param("cellrune", marks=pytest.mark.cellrune),
    ],
)
def test_hard_texts_have_the_ids_of_tokenizers(workbook, expected, engine, samples, request):
    """A sample of cases/texts.toml, by the engine."""
    if engine == "formulas":
        opened = request.getfixturevalue("in_formulas")
    else:
        opened = OpenWorkbook(request.getfixturevalue(engine), workbook, ["token_ids"])
    cases = samples.of(CASES, NUMBERS[engine])
    ids = {case["what"]: opened.token_ids(case["text"]) for case in cases}
    assert ids == {case["what"]: expected(case["text"]) for case in cases}


@pytest.mark.slow
def test_endoftext_in_the_prompt_is_one_token(in_formulas, expected, vocabulary):
    """It is split off before words are, in this case only, and is not merged."""
    ids = in_formulas.token_ids("a<|endoftext|>'s")
    assert ids == expected("a<|endoftext|>'s")
    assert in_formulas.token_ids("<|EndOfText|>") == expected("<|EndOfText|>")
    if vocabulary == PUBLISHED:
        assert ids == [64, 50256, 338]


@pytest.mark.slow
def test_the_empty_prompt_has_no_tokens(in_formulas):
    """The message on the Prompt tab is tested with the prompts."""
    assert in_formulas.token_ids("") == []
