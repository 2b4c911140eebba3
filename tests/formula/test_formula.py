"""Formulas of templates: parsing them, and the limits of the dialect."""

import pytest

from xlgpt2.errors import DialectError, ShapeError, UnknownNameError
from xlgpt2.formula.branches import with_full_branches
from xlgpt2.formula.dialect import check_dialect
from xlgpt2.formula.shapes import least_shape, result_shape
from xlgpt2.formula.symbols import evaluate, substitute
from xlgpt2.formula.tree import (
    Binary,
    Call,
    Formula,
    Hole,
    Negative,
    Number,
    Text,
    parse,
)

TREES = [
    (
        "a product binds before a sum",
        "1+2*3",
        Binary("+", Number("1"), Binary("*", Number("2"), Number("3"))),
    ),
    (
        "equal operators associate to the left",
        "8-3-2",
        Binary("-", Binary("-", Number("8"), Number("3")), Number("2")),
    ),
    (
        "a minus sign binds before a power, as in Excel",
        "-2^2",
        Binary("^", Negative(Number("2")), Number("2")),
    ),
    (
        "& binds before a comparison",
        '"a"&"b"="ab"',
        Binary("=", Binary("&", Text('"a"'), Text('"b"')), Text('"ab"')),
    ),
    (
        "a hole keeps its selectors",
        "SUM({wte[i, :j+1]})",
        Call("SUM", (Hole("wte", ("i", ":j+1")),)),
    ),
    ("a doubled quote stays inside its text", '"say ""hi"""', Text('"say ""hi"""')),
]


@pytest.mark.parametrize(("sentence", "text", "tree"), TREES, ids=[row[0] for row in TREES])
def test_a_formula_is_parsed_as_in_a_spreadsheet(sentence, text, tree):
    assert parse(text).tree == tree, sentence


@pytest.mark.parametrize(
    "text",
    [
        *(text for _sentence, text, _tree in TREES),
        "8-(3-2)+(4-1)",
        "2*(3+{one})^-2/(5*7)",
        '(-2)^2&("a"="b")',
        "IF({one}=1,MMULT({x},{w})*(1+TANH(0.5)),-(1E-5+2))",
    ],
)
def test_a_tree_survives_writing_and_parsing(text):
    tree = parse(text).tree
    again = Formula(tree)
    assert parse(str(again)).tree == tree
    assert again.pieces == parse(str(again)).pieces


REFUSED = [
    ("a function that some engine lacks", "XLOOKUP(1,{a},{b})", False, "got XLOOKUP"),
    ("a volatile function", "OFFSET({a},1,1)", False, "got OFFSET"),
    ("a lookup in an array formula", "LARGE({a},1)", True, "got LARGE"),
    ("two minus signs", "SUM(--{a})", True, "--x"),
    ("an exponent without its sign", "{a}*1E9", False, "got 1E9"),
    ("a stray sign", "{a}+", False, "got 'the end'"),
    ("a cell address in place of a hole", "A1+1", False, "got 'A1+1'"),
    ("a text longer than Excel's limit", '"' + "x" * 256 + '"', False, "255"),
]


@pytest.mark.parametrize(
    ("sentence", "text", "array", "words"), REFUSED, ids=[r[0] for r in REFUSED]
)
def test_formulas_outside_the_dialect_are_refused(sentence, text, array, words):
    with pytest.raises(DialectError) as error:
        check_dialect(parse(text), array)
    assert words in error.value.message, sentence
    assert error.value.hint


SHAPES = {"x": (3, 5), "w": (5, 7), "row": (1, 5), "column": (3, 1), "one": (1, 1)}
RESULTS = [
    ("a matrix product", "MMULT({x},{w})", (3, 7)),
    ("a row broadcast over a matrix", "{x}*{row}+{one}", (3, 5)),
    ("a column and a row make a matrix", "{column}*{row}", (3, 5)),
    ("a sum is one cell", "SUM(EXP({x}-MAX({x})))", (1, 1)),
    ("a transposed matrix", "TRANSPOSE({x})", (5, 3)),
]


@pytest.mark.parametrize(("sentence", "text", "shape"), RESULTS, ids=[row[0] for row in RESULTS])
def test_the_shape_of_a_result_is_known_before_writing(sentence, text, shape):
    assert result_shape(parse(text).tree, lambda hole: SHAPES[hole.name]) == shape, sentence


#: A formula of a template, and the same with each branch as large as the formula's cells.
FULL = [
    ("no branch", "{x}*{row}", "{x}*{row}"),
    ("branches of one size", "IF({one}=1,{x},0*{w5})", "IF({one}=1,{x},0*{w5})"),
    ("0 in the other branch of a matrix", "IF({one}=1,{x}+1,0)", "IF({one}=1,{x}+1,0*{ids})"),
    ("a number in the first branch", "IF({one}=1,7,{x})", "IF({one}=1,7+0*{ids},{x})"),
    ("0 in nested branches", "IF({one}=1,IF({one}=2,{x},0),0)", "IF({one}=1,IF({one}=2,{x},0*{ids}),0*{ids})"),
    ("a row in the other branch of a matrix", "IF({one}=1,{x},{row})", "IF({one}=1,{x},IF(0*{ids}=0,{row},0))"),
    ("a possible text", 'IF({one}=1,{x},"")', 'IF({one}=1,{x},IF(0*{ids}=0,"",0))'),
    ("an IF inside a product", "2*IF({one}=1,{x},0)", "IF(0*{ids}=0,2*IF({one}=1,{x},0),0)"),
    ("an IF added to a matrix of the full size", "{x}+IF({one}=1,{x},0)", "{x}+IF({one}=1,{x},0)"),
    ("an IF without another branch", "IF({one}=1,{x})", "IF(0*{ids}=0,IF({one}=1,{x}),0)"),
    ("a condition for each cell", "IF({x}>0,{x},0)", "IF({x}>0,{x},0)"),
    ("a matrix product of a row that may be one number", "MMULT(IF({one}=1,{column},0),{row})", "IF(0*{ids}=0,MMULT(IF({one}=1,{column},0),{row}),0)"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "text", "full"), FULL, ids=[row[0] for row in FULL])
def test_both_branches_of_an_array_formula_fill_its_cells(sentence, text, full):
    """If the result is a single value, LibreOffice would update only the first cell."""
    shapes = {**SHAPES, "w5": (3, 5), "ids": (3, 5)}

    def shape_of(hole):
        return shapes[hole.name]

    full_formula = with_full_branches(parse(text), (3, 5), shape_of, Hole("ids", ()))
    assert str(full_formula) == full, sentence
    assert least_shape(full_formula.tree, shape_of) == (3, 5), sentence


@pytest.mark.parametrize("text", ["MMULT({w},{x})", "{x}+{w}", "{row}*{w}"])
def test_incompatible_shapes_are_refused(text):
    """Sizes must be equal or one."""
    with pytest.raises(ShapeError):
        result_shape(parse(text).tree, lambda hole: SHAPES[hole.name])


def test_symbols_are_replaced_and_holes_are_not():
    """Only sums of known symbols are replaced, also inside a range's hole."""
    symbols = {"block": 3, "head": 2, "D": 5}
    assert substitute("{residual_{block+1}[i]}+{D}*{wte}", symbols) == "{residual_4[i]}+5*{wte}"
    assert evaluate("2*D+head", symbols) == 12


@pytest.mark.parametrize(
    "expression", ["unknown+1", "D/2", "D**2", "2.5", "D+", "__import__('os')"]
)
def test_a_size_is_only_a_sum_or_product_of_symbols(expression):
    """A template can't run code; a misspelt symbol is named in the error."""
    with pytest.raises(UnknownNameError):
        evaluate(expression, {"D": 5})
