"""A check that can't be fooled: every change to a formula's meaning is found and its stage named."""

import json

import pytest

from tests.sabotage import replaced, sabotaged, substituted, with_value
from xlgpt2 import check, report

# what was done, the tab it was done to, the change
MUTANTS = [
    ("GELU with another constant", "h1 mlp up", replaced("0.044715", "0.044714")),
    ("GELU without its half", "h1 mlp up", replaced("0.5*", "0.51*")),
    ("another epsilon", "Guide", replaced("<v>1e-05</v>", "<v>1e-06</v>")),
    ("epsilon left out", "h0 qkv", replaced("+layer_norm_epsilon", "")),
    ("the sample's variance", "h1 qkv", replaced("VARP(", "VAR(")),
    ("a mean of one column less", "Final norm", substituted(r"AVERAGE\(('[^']*'!)\$T", r"AVERAGE(\1$U")),
    ("keys one row off", "h0 attention", replaced("TRANSPOSE('h0 qkv'!$BS$10:$BW12)", "TRANSPOSE('h0 qkv'!$BS$11:$BW13)")),
    ("a head's keys for another's", "h1 attention", replaced("TRANSPOSE('h1 qkv'!$BS$10:$BW12)", "TRANSPOSE('h1 qkv'!$BX$10:$CB12)")),
    ("no division by the root of D", "h0 attention", replaced("/SQRT(head_size)", "")),
    ("softmax without its sum", "h1 attention", substituted(r"/SUM\(EXP\([^/]*\)\)\)", "/1")),
    ("a missing bias", "h1 projection", replaced("+h_1_attn_c_proj_bias", "")),
    ("another block's bias", "h1 projection", replaced("+h_1_attn_c_proj_bias", "+h_0_attn_c_proj_bias")),
    ("a missing residual", "h0 mlp down", substituted(r"'h0 projection'!\$T1(\d):\$AH1\1\+", "")),
    ("gain and bias swapped", "h0 mlp up", replaced("*h_0_ln_2_weight+h_0_ln_2_bias", "*h_0_ln_2_bias+h_0_ln_2_weight")),
    ("the first token's row in place of the last", "Final norm", replaced("MAX(token_count,1)", "1")),
    ("positions from 1", "Embeddings", replaced("INDEX(wpe,Tokens!$D10+1", "INDEX(wpe,Tokens!$D10+2")),
    ("probabilities by another sum", "Logits", substituted(r"logit_exp/[^,<]*", "logit_exp/2")),
    ("the second token chosen", "Ranking", substituted(r"(LARGE\([^,<]*,\$A1)0\)", r"\g<1>1)")),
    ("merging the highest rank first", "Merges", replaced("MIN(", "MAX(")),
    ("capitals as small letters", "Characters", replaced("IF(COUNT($C10)=0,\"\",IFERROR(", "IF(COUNT($C10)=0,\"\",32+IFERROR(")),
    ("three bytes for two", "Characters", replaced("&lt;2048,2,", "&lt;2048,3,")),
    ("a formula replaced by a value", "h1 mlp down", with_value("D11", "0.125")),
    ("a formula replaced by its value, rounded", "Logits", with_value("J10", "1.41")),
    ("one weight changed in its fourth digit", "Embeddings", substituted(r'(<c r="D3\d"[^>]*><v>-?0\.\d\d\d)(\d)', lambda m: m[1] + str((int(m[2]) + 5) % 10), 1)),
    ("one cell deleted", "h1 qkv", substituted(r'<c r="BD2[7-9]"[^>]*><v>[^<]*</v></c>', "", 1)),
    ("a shown token that is not the model's", "Prompt", with_value("B12", "7")),
    ("an error", "h0 mlp down", replaced("MMULT(", "SQRT(-1)+MMULT(", 1)),
]  # fmt: skip


# Between them they reach every row and every branch that the mutants touch.
PROMPTS = ["the other cat sat", "caf\u00e9 I'll"]


@pytest.fixture(scope="module")
def honest(random_workbook):
    """A workbook of a random model whose sizes all differ, verified before anything is changed."""
    workbook, model = random_workbook
    result = check.verify(workbook, model, PROMPTS, engine="formulas")
    assert result.verified, report.lines(result)
    return workbook, model


@pytest.mark.parametrize(("what", "tab", "change"), MUTANTS, ids=[row[0] for row in MUTANTS])
def test_a_change_of_meaning_is_found_and_its_stage_named(honest, tmp_path, what, tab, change):
    workbook, model = honest
    mutant = sabotaged(workbook, tmp_path / "mutant.xlsx", tab, change)
    result = check.verify(mutant, model, PROMPTS, engine="formulas")
    assert report.exit_code(result) == 1, what
    first = next(stage for stage in result.stages() if not stage.outcome.good)
    assert first.tab == tab, what
    assert f"error: stage {tab}: " in report.lines(result)


def test_a_moved_name_is_found(honest, tmp_path):
    """A range whose name points one row lower is not the range that was built."""
    workbook, model = honest
    move = replaced("'h0 projection'!$T$10:$AH$22", "'h0 projection'!$T$11:$AH$23")
    mutant = sabotaged(workbook, tmp_path / "mutant.xlsx", "", move)
    result = check.verify(mutant, model, engine="formulas")
    assert [s.name for s in result.stages() if not s.outcome.good] == ["h_0_attn_residual"]


def test_a_deleted_name_is_found(honest, tmp_path):
    """A range that the reference knows and the file does not name is absent."""
    workbook, model = honest
    delete = substituted(r'<definedName name="h_1_mlp_c_proj"[^>]*>[^<]*</definedName>', "")
    mutant = sabotaged(workbook, tmp_path / "mutant.xlsx", "", delete)
    result = check.verify(mutant, model, engine="formulas")
    wrong = [s for s in result.stages() if not s.outcome.good]
    assert [(s.tab, s.outcome.value) for s in wrong] == [("h1 mlp down", "absent value")]


@pytest.mark.parametrize("what", ["GELU with another constant", "keys one row off", "an error"])
def test_every_engine_finds_it(honest, tmp_path, engine, what):
    """The other engines, which share no code with the first, see the same fault."""
    workbook, model = honest
    _, tab, change = next(row for row in MUTANTS if row[0] == what)
    mutant = sabotaged(workbook, tmp_path / "mutant.xlsx", tab, change)
    result = check.verify(mutant, model, engine=engine.name)
    assert report.exit_code(result) == 1
    assert next(s for s in result.stages() if not s.outcome.good).tab == tab
    assert json.dumps(report.as_json(result))


def test_planted_results_are_not_believed(honest, tmp_path, engine):
    """False cached results in every formula cell change nothing: engines compute."""
    workbook, model = honest
    plant = replaced("</f>", "</f><v>0.5</v>")
    for tab in ("h0 mlp up", "Logits", "Ranking"):
        workbook = sabotaged(workbook, tmp_path / f"{tab}.xlsx", tab, plant)
    result = check.verify(workbook, model, engine=engine.name)
    assert result.verified, report.lines(result)
