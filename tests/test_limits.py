"""Limits of spreadsheet programs: refused before anything is written, with the way out named."""

import pytest

from tests.random_models import write_random_model
from xlgpt2.building import build, design
from xlgpt2.errors import LimitError

LIMITS = [
    (
        "more columns than a sheet has: heads times tokens",
        {"n_head": 12, "head_size": 2, "n_positions": 1024},
        {"capacity": 1024, "max_bytes": 1024},
        ["tab 'h0 attention'", "16,384 columns", "column "],
        "--capacity",
    ),
    (
        "more rows than a sheet has: bytes of a prompt",
        {},
        {"max_bytes": 1_100_000},
        ["1,048,576 rows"],
        "--max-bytes",
    ),
    (
        "more tokens than the model has positions",
        {},
        {"capacity": 12},
        ["capacity: expected 1 to 11 tokens", "got 12"],
        "--capacity",
    ),
    (
        "a formula of more than 8,192 characters is never written",
        {"n_layer": 1},
        {"templates": "long formula"},
        ["expected a formula of at most 8,192 characters"],
        "split the formula",
    ),
]


@pytest.mark.parametrize(
    ("sentence", "sizes", "wanted", "words", "way_out"), LIMITS, ids=[row[0] for row in LIMITS]
)
def test_a_limit_is_named_with_the_way_out(tmp_path, sentence, sizes, wanted, words, way_out):
    model = write_random_model(tmp_path / "m", **sizes)
    if wanted.get("templates") == "long formula":
        wanted = {"templates": with_a_long_formula(tmp_path)}
    target = tmp_path / "out" / "a.xlsx"
    with pytest.raises(LimitError) as caught:
        build(design(model, **wanted), target)
    assert [word for word in words if word not in caught.value.message] == []
    assert way_out in caught.value.hint
    assert not target.parent.exists() or list(target.parent.iterdir()) == []


def with_a_long_formula(folder):
    """The shipped templates with a formula that is too long for a cell."""
    import shutil

    from xlgpt2.stages.templates import shipped_templates

    copy = shutil.copytree(shipped_templates(), folder / "templates")
    file = copy / "14-final-norm.toml"
    long = "+".join(["{ln_f_normalized[i]}"] * 900)
    text = file.read_text("utf-8").replace("{ln_f_normalized[i]}*{ln_f_weight}", long)
    file.write_text(text, "utf-8")
    return copy


def test_a_prompt_that_no_cell_holds_is_refused(tmp_path):
    """A cell holds 32,767 characters; an emoji counts as two of them."""
    decided = design(write_random_model(tmp_path / "m"))
    for text in ("x" * 32_768, "\U0001f600" * 16_384):
        with pytest.raises(LimitError, match=r"at most 32,767 characters, .* got 32,768"):
            build(decided, tmp_path / "a.xlsx", text)
    assert build(decided, tmp_path / "a.xlsx", "x" * 32_767).bytes
