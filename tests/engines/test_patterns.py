"""Patterns: formulas that differ only in cell addresses share a pattern, compiled once."""

import pytest

from xlgpt2.cells.address import Area
from xlgpt2.engines.formulas.filled_down import filled_down
from xlgpt2.engines.formulas.patterns import FormulaParser
from xlgpt2.xlsx.reading.formulas import FileFormula

CASES = [
    ("cells become placeholders", "=A1+Sheet!$B$2*A1", "=C_0+C_1*C_0"),
    ("areas have their own placeholders", "=SUM(A1:B3)+A1", "=SUM(A_0)+C_0"),
    ("texts don't change", '="A1"&A1', '="A1"&C_0'),
    ("parentheses around a formula are dropped", "=(IF(A1>0,1,2))", "=IF(C_0>0,1,2)"),
    ("also several of them", "=((A1))", "=C_0"),
    ("parentheses around operands stay", "=(A1)+(A2)", "=(C_0)+(C_1)"),
    ("and those of a union", "=(A1,A2)", "=(C_0,C_1)"),
    ("but not those around a call with one", "=(SUM(A1,(B1,B2)))", "=SUM(C_0,(C_1,C_2))"),
]


@pytest.mark.parametrize(("sentence", "formula", "pattern"), CASES, ids=[row[0] for row in CASES])
def test_the_pattern_of_a_formula(sentence, formula, pattern):
    parsed = FormulaParser({}, ["Sheet"]).parse(formula, Area("Sheet", 9, 9, 1, 1))
    assert parsed.pattern().text == pattern


#: Formulas below each other, and those of them that share a pattern and its columns.
FILLED_DOWN = [
    ("only rows differ", ["=A1+B$9", "=A2+B$9", "=A3+B$9"], [[0, 1, 2]]),
    ("the other order of corners is the same area", ["=SUM(A1:B3)", "=SUM(A6:B4)"], [[0, 1]]),
    ("operands that coincide in one formula only", ["=A1+A2", "=A2+A2", "=A3+A2"], [[0, 2], [1]]),
    ("an area that is a single cell in one formula", ["=SUM(A$1:A1)", "=SUM(A$1:A2)"], [[0], [1]]),
    ("a name that is a cell of one formula only", ["=A1+one", "=A2+one"], [[0], [1]]),
    ("other numbers differ", ["=A1+1", "=A2+2", "=A3+1"], [[0, 2], [1]]),
    ("digits in texts differ", ['=A1&"A1"', '=A2&"A2"'], [[0], [1]]),
    ("functions have digits", ["=LOG10(A1)", "=LOG10(A2)"], [[0, 1]]),
    ("sheets have digits", ["='a 1'!A1+b2!A1", "='a 1'!A2+b2!A2"], [[0, 1]]),
    ("a sheet's number is no row", ["='a 1'!A1", "='a 2'!A2"], [[0], [1]]),
    ("decimals", ["=A1*0.05+A2", "=A2*0.05+A3", "=A2*0.5+A3"], [[0, 1], [2]]),
    ("rows with a 0 before them", ["=A01", "=A02"], [[0], [1]]),
    ("rows of seven digits", ["=A1000001", "=A1000002"], [[0], [1]]),
    ("formulas without operands", ["=1+2", "=1+2"], [[0, 1]]),
]


@pytest.mark.parametrize(
    ("sentence", "texts", "groups"), FILLED_DOWN, ids=[r[0] for r in FILLED_DOWN]
)
def test_formulas_that_are_filled_down_are_parsed_together(sentence, texts, groups):
    """Each has the pattern and the operands that it has if it is parsed alone."""
    sheets = ["s", "a 1", "a 2", "b2"]
    parser = FormulaParser({"one": Area("s", 1, 1, 1, 1)}, sheets)
    formulas = [FileFormula(Area("s", row, 9, 1, 1), t) for row, t in enumerate(texts, 1)]
    together = filled_down(formulas, parser)
    assert sorted(group.formulas.tolist() for group in together) == groups
    for group in together:
        for index, number in enumerate(group.formulas.tolist()):
            alone = FormulaParser({"one": Area("s", 1, 1, 1, 1)}, sheets).parse(
                texts[number], formulas[number].area
            )
            pattern = alone.pattern()
            assert group.pattern.text == pattern.text
            cells = [operand.area(index) for operand in group.cells]
            areas = [operand.area(index) for operand in group.areas]
            assert cells == [alone.operands[i] for i in pattern.cells]
            assert areas == [alone.operands[i] for i in pattern.areas]
