"""Patterns: formulas that differ only in cell addresses share a pattern, compiled once."""

import pytest

from xlgpt2.cells.address import Area
from xlgpt2.engines.formulas.patterns import PatternReader

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
    assert PatternReader({}, ["Sheet"]).read(formula, Area("Sheet", 9, 9, 1, 1)).text == pattern
