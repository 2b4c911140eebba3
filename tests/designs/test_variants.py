"""Variants of a workbook: lean, with some blocks, with rounded weights; each is verified."""

import pytest

from tests.random_models import write_random_model
from tests.sabotage import sabotaged, substituted
from xlgpt2.checkpoint.checkpoint import Precision, load_checkpoint
from xlgpt2.commands.build import build
from xlgpt2.commands.verify import verify
from xlgpt2.constants.sizes import default_capacity
from xlgpt2.designs.model_workbook import design
from xlgpt2.errors import LimitError, TemplateError, WorkbookError
from xlgpt2.formula.tree import parse
from xlgpt2.reference.drift import drift
from xlgpt2.stages.inlining import Inlining
from xlgpt2.verification import report
from xlgpt2.writer.writer import Writing

pytestmark = pytest.mark.slow

VARIANTS = [
    ("lean", {"lean": True}),
    ("lean, int8", {"lean": True, "precision": Precision("int8")}),
    ("int8, 3 digits", {"precision": Precision("int8", 3)}),
    ("bfloat16", {"precision": Precision("bfloat16")}),
    ("float16, 3 digits", {"precision": Precision("float16", 3)}),
    ("block 0", {"blocks": [0]}),
    ("blocks 0 and 2, lean", {"blocks": [0, 2], "lean": True}),
]

#: Variants whose formulas differ: inlined steps, scales of weights, blocks left out. A run probes one,
#: and they are in the order in which runs take them.
PROBED = ("blocks 0 and 2, lean", "lean, int8", "int8, 3 digits")

#: Variants that LibreOffice computes.
IN_LIBREOFFICE = ("lean, int8", "block 0")

PROMPTS = ["the cat", "two  spaces"]

#: Few rows: with probes, a verification takes a second for each of them.
SMALL = {"capacity": 7, "max_bytes": 20, "new_tokens": 2}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of three blocks."""
    return write_random_model(tmp_path_factory.mktemp("forms") / "m", n_layer=3)


def assert_verified(result):
    """Every range agrees with the reference, and nothing goes unchecked."""
    assert result.verified, report.lines(result)
    assert not result.unchecked()


@pytest.mark.sample(3)
@pytest.mark.parametrize(("sentence", "options"), VARIANTS, ids=[row[0] for row in VARIANTS])
def test_a_variant_is_verified(sentence, options, model, samples, tmp_path):
    """Every range agrees with the reference, given only the file and the checkpoint."""
    file = build(design(model, **SMALL, **options), tmp_path / "a.xlsx", PROMPTS[0]).path
    probe = sentence in samples.of(PROBED, 1)
    assert_verified(verify(file, model, PROMPTS, "formulas", probe=probe))


def test_variants_without_addresses_are_verified(model, samples, tmp_path):
    """One of them: they differ in how weights are written, not in formulas."""
    for sentence, options in samples.of(VARIANTS, 1):
        built = build(
            design(model, **SMALL, **options),
            tmp_path / f"{sentence}.xlsx",
            writing=Writing(1, False),
        )
        assert_verified(verify(built.path, model, PROMPTS[:1], "formulas"))


@pytest.mark.libreoffice
@pytest.mark.sample(1)
@pytest.mark.parametrize("sentence", IN_LIBREOFFICE)
def test_libreoffice_computes_the_same(sentence, model, samples, tmp_path, libreoffice):
    """Prompts, and with --exhaustive probes: an open lean document has a test of its own."""
    options = dict(VARIANTS)[sentence]
    decided = design(model, **SMALL, **options)
    file = build(decided, tmp_path / "a.xlsx", writing=Writing(1, False)).path
    result = verify(file, model, PROMPTS, libreoffice.name, probe=samples.exhaustive)
    assert_verified(result)


def test_a_lean_workbook_has_fewer_cells_and_the_same_logits(model):
    """Inlined steps have no range; all other ranges remain."""
    full, lean = design(model), design(model, lean=True)
    inlined = set(full.plan.places) - set(lean.plan.places)
    assert {name for name in inlined if name.startswith("h_1_")} == {
        "h_1_input",
        "h_1_ln_1_normalized",
        "h_1_ln_1",
        "h_1_attn_c_proj",
        "h_1_ln_2_normalized",
        "h_1_ln_2",
        "h_1_mlp_gelu",
        "h_1_mlp_c_proj",
    }
    assert set(lean.plan.places) < set(full.plan.places)
    weights = {name for name, p in full.plan.places.items() if p.range.role == "weight"}
    assert weights <= set(lean.plan.places)


LARGE = [
    ("the shipped model is not large", 1024, 3 * 48, 32),
    ("GPT-2 with 124 million weights is", 1024, 12 * 768, 20),
    ("one block of it is not", 1024, 768, 32),
    ("never more rows than positions", 7, 12 * 768, 7),
]


@pytest.mark.parametrize(
    ("sentence", "positions", "numbers", "rows"), LARGE, ids=[r[0] for r in LARGE]
)
def test_large_models_have_fewer_rows(sentence, positions, numbers, rows):
    assert default_capacity(positions, numbers) == rows


def test_a_workbook_of_some_blocks_names_them_on_every_tab(model, tmp_path):
    """The title of each tab, the Guide and the report name the blocks."""
    decided = design(model, **SMALL, blocks=[0, 2])
    assert decided.plan.notice == "only blocks 0, 2 of 3: not the whole model"
    file = build(decided, tmp_path / "part.xlsx", "the").path
    openpyxl = pytest.importorskip("openpyxl")
    for sheet in openpyxl.load_workbook(file).worksheets:
        assert decided.plan.notice in sheet["A1"].value, sheet.title
    result = verify(file, model, engine="formulas", probe=False)
    assert result.model == "m, only blocks 0, 2 of 3"


@pytest.mark.parametrize("blocks", [[], [3], [1, 0], [0, 0], [-1]])
def test_missing_blocks_are_refused(model, blocks):
    with pytest.raises(LimitError, match="blocks: expected numbers from 0 to 2 in ascending order"):
        design(model, blocks=blocks)


def test_rounded_weights_report_their_drift(model, tmp_path):
    """The report has the differences from float32 logits and the agreement of next tokens."""
    decided = design(model, **SMALL, precision=Precision("int8"))
    file = build(decided, tmp_path / "a.xlsx", "the cat").path
    result = verify(file, model, ["the cat", "two spaces"], engine="formulas")
    drift = result.drift
    assert drift.prompts == 2
    assert 0 < drift.root_mean_square < drift.largest < drift.spread
    line = report.drift_lines(result)[0]
    assert line.startswith("note: m, int8: against float32 weights, logits (standard deviation ")
    assert line.endswith(f"next token agrees {drift.agree} of 2")
    assert report.as_json(result)["drift"]["largest"] == drift.largest
    assert line in report.markdown(result)


def test_more_precise_weights_drift_less(model):
    """bfloat16 is closer to float32 than int8, and float16 closer still."""
    checkpoint = load_checkpoint(model)
    ids = [[5, 6, 7], [300, 1]]
    dtypes = ["int8", "bfloat16", "float16", "float32"]
    drifts = [
        drift(checkpoint.written_as(Precision(dtype)), ids).root_mean_square for dtype in dtypes
    ]
    assert drifts == sorted(drifts, reverse=True)
    assert drifts[-1] == 0


def with_dtype(dtype):
    """The change of the dtype on the tab Guide."""
    return substituted(r'<c r="C52"([^>]*?) t="s"><v>\d+<', rf'<c r="C52"\1 t="str"><v>{dtype}<')


def test_a_file_with_a_wrong_dtype_fails(model, tmp_path):
    """A workbook of float32 weights that claims bfloat16 is not verified."""
    file = build(design(model, **SMALL), tmp_path / "a.xlsx", "the cat").path
    target = sabotaged(file, tmp_path / "b.xlsx", "Guide", with_dtype("bfloat16"))
    result = verify(target, model, engine="formulas")
    assert not result.verified
    assert any(s.tab == "Embeddings" and not s.outcome.good for s in result.stages())
    target = sabotaged(file, tmp_path / "c.xlsx", "Guide", with_dtype("float8"))
    with pytest.raises(WorkbookError, match=r"weight_dtype: expected float32, .* got 'float8'"):
        verify(target, model, engine="formulas")


def test_a_full_workbook_without_a_name_is_not_a_lean_one(model, tmp_path):
    """One missing step is a fault; a workbook is lean only if all of them are missing."""
    file = build(design(model, **SMALL), tmp_path / "a.xlsx", "the cat").path
    name = r'<definedName name="h_1_ln_2"[^<]*</definedName>'
    target = sabotaged(file, tmp_path / "b.xlsx", "", substituted(name, ""))
    result = verify(target, model, engine="formulas", probe=False)
    assert not result.verified


INLINED = [
    ("a guarded step goes into a formula with the same guard", "active", "{x[i]}*2", "active", "{a[i]}+1", "{x[i]}*2+1"),
    ("the guard stays where the formula has none", "active", "{x[i]}*2", None, "{a[i]}+1", "IF({active[i]}=1,{x[i]}*2,0)+1"),
    ("the guard stays where the formula has another", "active", "{x[i]}", "scored", "{a[i]}+1", "IF({active[i]}=1,{x[i]},0)+1"),
    ("a step without a guard goes in as it is", None, "{x[i]}", "active", "{a[i]}+1", "{x[i]}+1"),
    ("parentheses keep its meaning", None, "{x[i]}-{y}", None, "2*{a[i]}^2", "2*({x[i]}-{y})^2"),
    ("others are left alone", None, "{x[i]}", None, "{ab[i]}+{b}", "{ab[i]}+{b}"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "step_rows", "step", "rows", "formula", "expected"),
    INLINED,
    ids=[row[0] for row in INLINED],
)
def test_a_step_is_inlined(sentence, step_rows, step, rows, formula, expected):
    inlining = Inlining()
    inlining.add("a", parse(step), step_rows)
    assert str(inlining.apply(parse(formula), rows, "tab", "r")) == expected
    assert inlining.reader("tab", "a") == ("r" if expected != formula else "a")


def test_an_inlined_step_is_read_in_its_own_row_only():
    inlining = Inlining()
    inlining.add("a", parse("{x[i]}"), None)
    with pytest.raises(TemplateError, match=r"expected \{a\[i\]\}, the same row"):
        inlining.apply(parse("SUM({a[:i+1]})"), None, "tab", "r")
