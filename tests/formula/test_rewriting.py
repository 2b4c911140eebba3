"""What is done to the formulas of templates: guards, scales, prefixes, each on the tree."""

import pytest

from xlgpt2.errors import DialectError
from xlgpt2.formula.rewriting import guarded, with_prefixes, with_scales
from xlgpt2.formula.tree import Hole, parse

SCALES = {"w": "w_scale", "u": "u_scale"}

SCALED = [
    ("a product with weights", "MMULT({x[i]},{w})+{b}", "MMULT({x[i]},{w})*{w_scale}+{b}"),
    ("weights with a column", "MAX(MMULT({w},TRANSPOSE({x[i]})))", "MAX(MMULT({w},TRANSPOSE({x[i]}*{w_scale})))"),
    ("weights with a column that is a sum", "MMULT({w},TRANSPOSE({x[i]}+{y[i]}))", "MMULT({w},TRANSPOSE(({x[i]}+{y[i]})*{w_scale}))"),
    ("one product in another", "MMULT(MMULT({x[i]},{w}),{u})", "MMULT(MMULT({x[i]},{w})*{w_scale},{u})*{u_scale}"),
    ("a row that is looked up", "INDEX({w},{id[i]}+1,{column}+1)", "INDEX({w},{id[i]}+1,{column}+1)*{w_scale[0, j]}"),
    ("activations stay", "MMULT({x[i]},TRANSPOSE({y[:i+1]}))", "MMULT({x[i]},TRANSPOSE({y[:i+1]}))"),
    ("weights that are not rounded stay", "MMULT({x[i]},{v})", "MMULT({x[i]},{v})"),
    ("a name that begins with that of weights stays", "{w_other[i]}*2", "{w_other[i]}*2"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "text", "expected"), SCALED, ids=[r[0] for r in SCALED])
def test_weights_get_their_scales(sentence, text, expected):
    assert str(with_scales(parse(text), SCALES)) == expected, sentence


@pytest.mark.parametrize(
    "text", ["SUM({w})", "MMULT({w},{x})", "{w[i]}+1", "INDEX({x},{w[0,0]},1)"]
)
def test_weights_without_a_place_for_their_scales_are_refused(text):
    """Unscaled whole numbers must never be taken for weights."""
    with pytest.raises(DialectError, match=r"expected \{w.* only in MMULT or INDEX"):
        with_scales(parse(text), SCALES)


PREFIXES = [
    ("a function", "UNICODE({a})", "_xlfn.UNICODE({a})"),
    ("a function in another", "1+LEN(UNICHAR(UNICODE({a})))", "1+LEN(_xlfn.UNICHAR(_xlfn.UNICODE({a})))"),
    ("a text that looks like one", 'IF({a}="UNICODE(",1,0)', 'IF({a}="UNICODE(",1,0)'),
    ("others", "SUM({a})", "SUM({a})"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "text", "expected"), PREFIXES, ids=[r[0] for r in PREFIXES])
def test_newer_functions_get_their_prefix(sentence, text, expected):
    assert str(with_prefixes(parse(text))) == expected, sentence


def test_a_guard_is_an_if_around_the_whole_formula():
    assert str(guarded(parse("{a}+1"), Hole("active", ("i",)))) == "IF({active[i]}=1,{a}+1,0)"


def test_a_formula_in_which_nothing_changes_is_the_same_object():
    """The writer binds a formula once, and again only where it was rewritten."""
    formula = parse("SUM({a})*-2")
    assert with_scales(formula, SCALES) is formula
    assert with_prefixes(formula) is formula
