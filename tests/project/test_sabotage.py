"""verify can't be fooled: every change of a formula's meaning is found, and its stage is named.

A run takes samples of the faults and of the kinds of random mutants; `python -m sabotage` tries
hundreds of mutants of all kinds.
"""

import json

import pytest

from sabotage.__main__ import try_mutant, workbook
from sabotage.book import Book
from sabotage.file_faults import FAULTS as FAULTS_OF_FILES
from sabotage.formula_faults import frozen, join, shifted, spots, tokenize
from sabotage.mutants import HARMLESS, KINDS, Saboteur
from sabotage.score import Result, missed, rules, table
from tests.sabotage import replaced, sabotaged, substituted, with_value
from xlgpt2.commands.verify import verify
from xlgpt2.engines import get_engine
from xlgpt2.verification import report
from xlgpt2.xlsx.reading.workbook import open_workbook

pytestmark = pytest.mark.slow

# what is changed, the tab, the change
MUTANTS = [
    ("GELU with another constant", "h1 mlp up", replaced("0.044715", "0.044714")),
    ("GELU without its half", "h1 mlp up", replaced("0.5*", "0.51*")),
    ("another epsilon", "Guide", replaced("<v>1e-05</v>", "<v>1e-06</v>")),
    ("epsilon left out", "h0 qkv", replaced("+layer_norm_epsilon", "")),
    ("the sample variance", "h1 qkv", replaced("VARP(", "VAR(")),
    ("a mean over one column less", "Final norm", substituted(r"AVERAGE\(('[^']*'!)\$T", r"AVERAGE(\1$U")),
    ("keys off by one row", "h0 attention", replaced("TRANSPOSE('h0 qkv'!$S$7:$W9)", "TRANSPOSE('h0 qkv'!$S$8:$W10)")),
    ("a head's keys for another's", "h1 attention", replaced("TRANSPOSE('h1 qkv'!$S$7:$W9)", "TRANSPOSE('h1 qkv'!$X$7:$AB9)")),
    ("no division by the root of D", "h0 attention", replaced("/SQRT(head_size)", "")),
    ("softmax without its sum", "h1 attention", substituted(r"/SUM\(EXP\([^/]*\)\)\)", "/1")),
    ("a missing bias", "h1 projection", replaced("+h_1_attn_c_proj_bias", "")),
    ("another block's bias", "h1 projection", replaced("+h_1_attn_c_proj_bias", "+h_0_attn_c_proj_bias")),
    ("a missing residual", "h0 mlp down", substituted(r"'h0 projection'!\$T(\d+):\$AH\1\+", "")),
    ("scale and bias swapped", "h0 mlp up", replaced("*h_0_ln_2_weight+h_0_ln_2_bias", "*h_0_ln_2_bias+h_0_ln_2_weight")),
    ("the first token's row in place of the last one's", "Final norm", replaced("MAX(token_count,1)", "1")),
    ("positions from 1", "Embeddings", replaced("INDEX(wpe,Tokens!$D7+1", "INDEX(wpe,Tokens!$D7+2")),
    ("probabilities divided by another sum", "Logits", substituted(r"logit_exp/[^,<]*", "logit_exp/2")),
    ("the second token chosen", "Ranking", substituted(r"(LARGE\([^,<]*,\$A)7\)", r"\g<1>8)")),
    ("merging the highest rank first", "Merges", replaced("MIN(", "MAX(")),
    ("upper case as lower case", "Characters", replaced("IF(COUNT($C7)=0,\"\",IFERROR(", "IF(COUNT($C7)=0,\"\",32+IFERROR(")),
    ("three bytes in place of two", "Characters", replaced("&lt;2048,2,", "&lt;2048,3,")),
    ("a formula replaced by a value", "h1 mlp down", with_value("D8", "0.125")),
    ("a formula replaced by its value, rounded", "Logits", with_value("N7", "1.41")),
    ("one weight changed in its fourth digit", "Embeddings", substituted(r'(<c r="D3\d"[^>]*><v>-?0\.\d\d\d)(\d)', lambda m: m[1] + str((int(m[2]) + 5) % 10), 1)),
    ("one cell deleted", "h1 qkv", substituted(r'<c r="D2[5-7]"[^>]*><v>[^<]*</v></c>', "", 1)),
    ("a token shown that is not the model's", "Prompt", with_value("B9", "7")),
    ("an error", "h0 mlp down", replaced("MMULT(", "SQRT(-1)+MMULT(", 1)),
]  # fmt: skip


# Together they reach every row and every branch that the mutants change.
PROMPTS = ["the other cat sat", "caf\u00e9 I'll"]


@pytest.fixture(scope="module")
def original(random_workbook):
    """A verified workbook of a random model whose sizes all differ."""
    workbook, model = random_workbook
    result = verify(workbook, model, PROMPTS, engine="formulas")
    assert result.verified, report.lines(result)
    return workbook, model


@pytest.mark.sample(6)
@pytest.mark.parametrize(("what", "tab", "change"), MUTANTS, ids=[row[0] for row in MUTANTS])
def test_a_fault_is_found_and_its_stage_named(original, tmp_path, what, tab, change):
    workbook, model = original
    mutant = sabotaged(workbook, tmp_path / "mutant.xlsx", tab, change)
    result = verify(mutant, model, PROMPTS, engine="formulas")
    assert report.exit_code(result) == 1, what
    first = next(stage for stage in result.stages() if not stage.outcome.good)
    assert first.tab == tab, what
    assert f"error: stage {tab}: " in report.lines(result)


def test_a_moved_name_is_found(original, tmp_path):
    """A range whose name points one row lower is not the range that was built."""
    workbook, model = original
    move = replaced("'h0 projection'!$T$7:$AH$19", "'h0 projection'!$T$8:$AH$20")
    mutant = sabotaged(workbook, tmp_path / "mutant.xlsx", "", move)
    result = verify(mutant, model, engine="formulas")
    assert {s.name for s in result.stages() if not s.outcome.good} == {"h_0_attn_residual"}


def test_a_deleted_name_is_found(original, tmp_path):
    """A range that the file does not name is absent; the tab Check also notices."""
    workbook, model = original
    delete = substituted(r'<definedName name="h_1_mlp_c_proj"[^>]*>[^<]*</definedName>', "")
    mutant = sabotaged(workbook, tmp_path / "mutant.xlsx", "", delete)
    result = verify(mutant, model, engine="formulas")
    wrong = [s for s in result.stages() if not s.outcome.good]
    assert (wrong[0].tab, wrong[0].outcome.value) == ("h1 mlp down", "absent value")
    assert [s.tab for s in wrong[1:]] == ["Check", "Prompt"]


@pytest.mark.sample(5)  # one for each engine
@pytest.mark.parametrize("what", ["GELU with another constant", "keys off by one row", "an error"])
def test_every_engine_finds_it(original, tmp_path, engine, what):
    """The other engines, which share no code with the first, find the same fault."""
    workbook, model = original
    _, tab, change = next(row for row in MUTANTS if row[0] == what)
    mutant = sabotaged(workbook, tmp_path / "mutant.xlsx", tab, change)
    result = verify(mutant, model, engine=engine.name)
    assert report.exit_code(result) == 1
    assert next(s for s in result.stages() if not s.outcome.good).tab == tab
    assert json.dumps(report.as_json(result))


@pytest.mark.gnumeric
def test_planted_cached_values_are_ignored(original, tmp_path, gnumeric):
    """Wrong cached values in every formula cell change nothing: engines compute.

    The other engines have this test in tests/commands/test_bake.py.
    """
    workbook, model = original
    plant = replaced("</f>", "</f><v>0.5</v>")
    for tab in ("h0 mlp up", "Logits", "Ranking"):
        workbook = sabotaged(workbook, tmp_path / f"{tab}.xlsx", tab, plant)
    result = verify(workbook, model, engine=gnumeric.name, probe=False)
    assert result.verified, report.lines(result)


#: How many mutants there are, of which a run tries one of each of some kinds.
NUMBER, KINDS_TRIED = 500, 6

#: Kinds that no input shows: they are found in the file itself, or are harmless. A run does not probe them.
UNPROBED = (*FAULTS_OF_FILES, *HARMLESS)

#: Kinds that depend on computed values, of which LibreOffice gets some.
COMPUTED, IN_LIBREOFFICE = ("constant", "operator", "another head", "the 4th digit of a weight"), 1


@pytest.fixture(scope="module")
def shipped(tmp_path_factory, samples):
    """A small workbook of the shipped model, and a function that gives a maker of mutants."""
    decided, file = workbook(tmp_path_factory.mktemp("sabotage"))
    values = next(iter(get_engine("formulas").recalculate(open_workbook(file), [{}]))).values
    return decided, file, lambda: Saboteur(decided, Book.read(file), values, samples.seed)


@pytest.fixture(scope="module")
def mutants(shipped):
    """Mutants of all kinds."""
    return shipped[2]().mutants(NUMBER)


def one_of(kind, mutants, samples):
    """A mutant of a kind."""
    of_kind = [mutant for mutant in mutants if mutant.kind == kind]
    return of_kind[samples.seed % len(of_kind)]


def test_there_is_a_mutant_for_every_template_and_every_tensor(shipped, mutants):
    """No formula, first row, last row, row of new tokens or tensor is left out."""
    decided, _, maker = shipped
    saboteur = maker()
    few = saboteur.mutants(1)
    assert {(m.range, m.field) for m in few} >= {(t.range, t.field) for t in saboteur.templates}
    tensors = [
        p.range.template.name for p in decided.plan.places.values() if p.range.role == "weight"
    ]
    assert sorted(m.range for m in few if m.kind == "the 4th digit of a weight") == sorted(tensors)
    assert len(mutants) >= NUMBER
    assert {m.kind for m in mutants} == set(KINDS)


def test_the_same_seed_gives_the_same_mutants(shipped, mutants):
    """A score can be reproduced."""
    assert list(map(str, shipped[2]().mutants(NUMBER))) == list(map(str, mutants))


def test_a_sample_is_caught(shipped, mutants, samples, capsys):
    """A mutant of each of some kinds, others with each seed."""
    _, file, _ = shipped
    kinds = samples.of(KINDS, KINDS_TRIED)
    few = [one_of(kind, mutants, samples) for kind in kinds]
    chosen = mutants if samples.exhaustive else few
    results = [
        try_mutant(
            mutant, file, "formulas", probe=samples.exhaustive or mutant.kind not in UNPROBED
        )
        for mutant in chosen
    ]
    with capsys.disabled():
        print(f"\nsabotage, seed {samples.seed}: {table(results)[-1]}")
    assert [f"{result.mutant}: {result.line}" for result in missed(results)] == []


@pytest.mark.libreoffice
def test_libreoffice_catches_them_too(shipped, mutants, samples, libreoffice):
    """LibreOffice catches a mutant of a kind that depends on computed values."""
    _, file, _ = shipped
    chosen = [one_of(kind, mutants, samples) for kind in samples.of(COMPUTED, IN_LIBREOFFICE)]
    results = [try_mutant(mutant, file, libreoffice.name) for mutant in chosen]
    assert [f"{result.mutant}: {result.line}" for result in missed(results)] == []


def test_misses_are_counted(shipped):
    """A mutant that was not caught is missed unless a rule gives a reason."""
    results = [
        Result("operator", "a", "t", True, ""),
        Result("operator", "b", "t", False, ""),
        Result("constant", "c", "t", False, "", "because"),
    ]
    assert [result.mutant for result in missed(results)] == ["b"]
    assert table(results)[-1] == {"fault": "all", "tried": 3, "caught": 1, "equivalent": 1, "missed": 1}  # fmt: skip


def test_every_rule_gives_its_reason():
    """Every reason is a sentence."""
    assert all(len(rule.reason) > 20 and rule.reason.endswith(".") for rule in rules())


FAULTS = [
    ('IF($A10=1,x*2,"")', "constant", 'IF($A10=1,x*3,"")'),
    ('IF($A10=1,x*2,"")', "operator", 'IF($A10<>1,x*2,"")'),
    ('IF($A10=1,x*2,"")', "function", 'IF($A10=1,"",x*2)'),
    ('IF($A10=1,x*2,"")', "shifted by a row", 'IF($A11=1,x*2,"")'),
    ("SUM('h0 qkv'!B$3:C4)/n", "shifted by a column", "SUM('h0 qkv'!C$3:D4)/n"),
    ("SUM('h0 qkv'!B$3:C4)/n", "function", "MAX('h0 qkv'!B$3:C4)/n"),
    ("SUM('h0 qkv'!B$3:C4)/n", "dropped term", "SUM('h0 qkv'!B$3:C4)"),
    ("0-ABS(a-b)", "dropped term", "0"),
]


@pytest.mark.parametrize(("formula", "kind", "fault"), FAULTS)
def test_faults_are_of_their_kind(formula, kind, fault):
    tokens = tokenize(formula)
    assert join(tokens) == formula
    assert fault in [join(spot.rewrite(tokens)) for spot in spots(formula) if spot.kind == kind]


def test_relative_references_can_be_frozen():
    """A reference is that of the first cell everywhere, as with $ in a filled-down formula."""
    (spot,) = frozen("$A10*B$2", "$A12*B$2")
    assert join(spot.rewrite(tokenize("$A12*B$2"))) == "$A$10*B$2"
    assert shifted("Tokens!$L10:M$12", 0, -1) == "Tokens!$L9:M$11"
    assert shifted("A5", 1, -1) == "A5"  # no column is left of A
