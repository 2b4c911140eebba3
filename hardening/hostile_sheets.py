"""Hostile names, cells, formulas and values in a workbook, each with the expected answer."""

from __future__ import annotations

import re

from hardening.makers import (
    SHEET,
    STRINGS,
    Hostile,
    Parts,
    cells,
    formula,
    more_names,
    name_at,
    nested,
    number,
    package,
    replaced,
    rows,
)

MOST = "expected at most"
ONE_CELL = "Logits!$A$1"
WHOLE = "A1:XFD1048576"


def sharing(count: int) -> str:
    """Cells that share a long formula, written in the first of them."""
    text = "A1+" * 2000 + "1"
    first = f"<c r='A900'><f t='shared' si='9' ref='A900:A{899 + count}'>{text}</f></c>"
    others = (
        f"<row r='{row}'><c r='A{row}'><f t='shared' si='9'/></c></row>"
        for row in range(901, 900 + count)
    )
    return f"<row r='900'>{first}</row>{''.join(others)}"


def many_texts(parts: Parts) -> None:
    """Add a million empty shared strings."""
    parts[STRINGS] = parts[STRINGS].replace(b"</sst>", b"<si><t/></si>" * 1_000_000 + b"</sst>")


def commented_out(parts: Parts) -> None:
    """Add weights, as the writer formats them, inside a comment: no program may read them."""
    weights = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c><c><v>2</v></c></row>' % (r, r) for r in range(900, 1000))  # fmt: skip
    parts[SHEET] = re.sub(b"</sheetData>", b"<!--" + weights + b"--></sheetData>", parts[SHEET])


NAMES = [
    Hostile("names that refer to each other", more_names(("a_a", "b_b"), ("b_b", "a_a")), "without a cycle"),
    Hostile("a name for a whole sheet", name_at("logits", "Logits!$A$1:$XFD$1048576"), MOST),
    Hostile("a thousand names for a million cells each", more_names(*((f"n_{i}", "Logits!$A$1:$J$100000") for i in range(1000))), MOST),
    Hostile("a name for the last cell of a sheet", more_names(("n_last", "Logits!$XFD$1048576")), MOST),
    Hostile("a name from right to left", name_at("logits", "Logits!$B$99:$A$1"), "named logits, got none"),
    Hostile("a name for row 0", name_at("logits", "Logits!$A$0"), "named logits, got none"),
    Hostile("a name for a row of a hundred digits", name_at("logits", f"Logits!$A$1:$A${'9' * 100}"), "named logits, got none"),
    Hostile("a name for a row of ten thousand digits", name_at("logits", f"Logits!$A$1:$A${'9' * 10_000}"), "named logits, got none"),
    Hostile("a name beyond the last column", name_at("logits", "Logits!$ZZZ$1"), "named logits, got none"),
    Hostile("a name on a sheet that is not there", name_at("logits", "Elsewhere!$A$1"), "named logits, got none"),
    Hostile("a name of a deleted sheet", name_at("logits", "#REF!$A$1"), "named logits, got none"),
    Hostile("a name in another file", name_at("logits", "[1]Logits!$A$1"), "named logits, got none"),
    Hostile("a name that is a command", name_at("logits", "cmd|'/c calc'!A1"), "named logits, got none"),
    Hostile("a name that is there twice", more_names(("LOGITS", ONE_CELL)), "unique names"),
    Hostile("a name of 100,000 characters", more_names(("n" * 100_000, ONE_CELL))),
    Hostile("100,000 names", more_names(*((f"n_{i}", ONE_CELL) for i in range(100_000)))),
    *(
        Hostile(f"the name {name} for one cell", name_at(name, ONE_CELL))
        for name in ("logits", "probabilities", "token_ids", "token_texts", "vocabulary_texts", "chosen_ids", "chosen_probabilities", "log_probability", "wte", "found_ids", "code_point", "prompt")
    ),
]  # fmt: skip

CELLS = [
    Hostile("a cell in the last row and column", rows('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), MOST),
    Hostile("a cell beyond the last row", rows('<row r="99999999"><c r="A99999999"><v>1</v></c></row>'), "expected a row"),
    Hostile("a cell beyond the last column", cells('<c r="ZZZZ900"><v>1</v></c>'), "expected a cell"),
    Hostile("a column of a thousand letters", cells(f'<c r="{"Z" * 1000}900"><v>1</v></c>'), "expected a cell"),
    Hostile("a row of ten thousand digits", rows(f'<row r="{"9" * 10_000}"><c><v>1</v></c></row>'), "expected a row"),
    Hostile("row 0", rows('<row r="0"><c r="A0"><v>1</v></c></row>', before=True), "expected a row"),
    Hostile("row -1", rows('<row r="-1"><c r="A-1"><v>1</v></c></row>', before=True), "expected a row"),
    Hostile("a row that is not a number", rows('<row r="x"><c r="Ax"><v>1</v></c></row>'), "expected a row"),
    Hostile("a row in non-ASCII digits", rows('<row r="٩٠٠"><c><v>1</v></c></row>'), "expected a row"),
    Hostile("an invalid address", cells('<c r="900B"><v>1</v></c>'), "expected a cell"),
    Hostile("an address in another row", cells('<c r="B901"><v>1</v></c>'), "expected a cell"),
    Hostile("rows in descending order", rows('<row r="900"/><row r="3"><c r="A3"><v>1</v></c></row>'), "expected a row"),
    Hostile("a cell that is there twice", cells('<c r="A900"><v>1</v></c><c r="A900"><v>2</v></c>'), "expected a cell"),
    Hostile("20,000 cells in a row", cells("<c><v>1</v></c>" * 20_000), "expected a cell"),
    Hostile("a cell outside of all rows", rows('<c r="A900"><v>1</v></c>', before=True), "expected a cell"),
    Hostile("a sheet that says it is as large as can be", replaced(SHEET, b'<dimension ref="', f'<dimension ref="{WHOLE}" x="'.encode())),
    Hostile("a shared string that does not exist", cells('<c r="A900" t="s"><v>999999</v></c>'), "expected cells"),
    Hostile("text number -1", cells('<c r="A900" t="s"><v>-1</v></c>')),
    Hostile("an invalid kind of cell", cells('<c r="A900" t="zz"><v>1</v></c>'), "expected cells"),
    Hostile("an invalid number", cells('<c r="A900"><v>abc</v></c>')),
    Hostile("numbers that are not finite", cells('<c r="A900"><v>NaN</v></c><c r="B900"><v>inf</v></c><c r="C900"><v>1e999</v></c>')),
    Hostile("an error that no program knows", cells('<c r="A900" t="e"><v>#WHAT!</v></c>')),
    Hostile("a date in the year 99999", cells('<c r="A900" t="d"><v>99999-01-01</v></c>')),
    Hostile("a text of ten million characters", cells(f'<c r="A900" t="inlineStr"><is><t>{"x" * 10_000_000}</t></is></c>')),
    Hostile("a list of a million texts", package(many_texts)),
    Hostile("cells in a comment", package(commented_out)),
    Hostile("a merged area of a whole sheet", replaced(SHEET, b"</sheetData>", f'</sheetData><mergeCells count="1"><mergeCell ref="{WHOLE}"/></mergeCells>'.encode())),
    Hostile("a link in all cells of a sheet", replaced(SHEET, b"<pageMargins", f'<hyperlinks><hyperlink ref="{WHOLE}" location="A1"/></hyperlinks><pageMargins'.encode())),
]  # fmt: skip

BROKEN_FORMULAS = ("1+", "(1", "1)", ")(", "((", "SUM(1", "SUM(1))", "{1,2", "1}", "{}", "IF(", '"open', "'open", "1 1", "1,,2", "A1:", ":A1", "[1]Sheet!A1", "A0", "ZZZ1", "A1048577", "A1:A9999999", "#REF!", "SUM(A:A)", "SUM(1:1)", "cmd|'/c calc'!A1", "A1:INDEX(A1:A9,2)", "@A1", "!", "$", "\\", "{{1}}", "1E+", "1E+999", "(,)", "SUM(,)", "-", "%", "&amp;", "=", "==1", "A1#", "1.2.3", "'a'!", "Sheet!", "\t", "\u200b1", "１", "")  # fmt: skip

#: Arguments that the functions of the library `formulas` mistook for internal ones, or ignored.
ODD_ARGUMENTS = (
    *('ISERROR(1,"a")', "ISERROR(A1,A2:B3)", "ISERROR(1,2,3,4)", "ISERR(1,2,3)", "ISTEXT(1,2)"),
    *("ISEVEN(1,2,3,4)", "INDEX(TRUE,A1:A3,{1,2;3,4})", "DROP(A1,A1)"),
)

FORMULAS = [
    Hostile("an array formula in a whole sheet", formula("1", f' t="array" ref="{WHOLE}"'), "starting at its own cell"),
    Hostile("an array formula in a billion cells", formula("1", ' t="array" ref="B900:ALM1000899"'), MOST),
    Hostile("an array formula in a million cells", formula("1+B1", ' t="array" ref="B900:B1000899"')),
    Hostile("an array formula in no area", formula("1", ' t="array" ref="what"'), "expected an array formula"),
    Hostile("an array formula from right to left", formula("1", ' t="array" ref="D905:B900"'), "expected an array formula"),
    Hostile("an array formula beside its cell", formula("1", ' t="array" ref="F1:G2"'), "expected an array formula"),
    Hostile("two array formulas in one place", cells('<c r="A900"><f t="array" ref="A900:B901">1</f></c><c r="B900"><f t="array" ref="B900:C901">2</f></c>'), "expected one formula"),
    Hostile("two formulas in one cell", cells('<c r="A900"><f>1</f><f>2</f></c>'), "expected one formula"),
    Hostile("an element in a formula", formula("1<x/>+1"), "expected text"),
    Hostile("a formula of an invalid kind", formula("1", ' t="what"'), "of type"),
    Hostile("a data table", formula("", ' t="dataTable" ref="B900:C901" dt2D="1" dtr="1" r1="A1" r2="A2"'), "of type"),
    Hostile("a shared formula without a first one", formula("", ' t="shared" si="77"'), "share"),
    Hostile("a long formula that 20,000 cells share", rows(sharing(20_000)), MOST),
    Hostile("a formula in 4,000 pairs of parentheses", formula(nested("(", ")", 4000)), "nested parentheses"),
    Hostile("1,300 nested IFs", formula(nested("IF(1,", ")", 1300)), "nested parentheses"),
    Hostile("65 nested SUMs", formula(nested("SUM(", ")", 65)), "nested parentheses"),
    Hostile("64 nested SUMs", formula(nested("SUM(", ")", 64))),
    Hostile("64 nested IFs", formula(nested("IF(1,", ")", 64))),
    Hostile("8,000 minus signs", formula("-" * 8000 + "1")),
    Hostile("8,000 per cent signs", formula("1" + "%" * 8000)),
    Hostile("a sum of 4,000 numbers", formula("1" + "+1" * 4000)),
    Hostile("a sum of 2,600 cells", formula("+".join(["A1"] * 2600))),
    Hostile("a tower of 2,000 powers", formula("2" + "^2" * 2000)),
    Hostile("a call with 3,000 arguments", formula(f"SUM({','.join('1' * 3000)})")),
    Hostile("an array of 4,000 constants", formula("{" + ",".join("1" * 4000) + "}")),
    Hostile("a formula of 100,000 characters", formula("1" + "+1" * 50_000), "expected at most 8,192 characters"),
    Hostile("a formula of ten million characters", formula("1" * 10_000_000), "expected at most 8,192 characters"),
    Hostile("8,001 quotation marks", formula('"' * 8001), "B$900"),
    Hostile("8,001 apostrophes", formula("'" * 8001), "B$900"),
    Hostile("a number of 8,000 digits", formula("9" * 8000)),
    Hostile("a name of 8,000 characters", formula("x" * 8000)),
    *(Hostile(f"the formula {text!r}", formula(text)) for text in BROKEN_FORMULAS),
    Hostile("an unknown function", formula("NOSUCH(1)"), "NOSUCH"),
    Hostile("a function that reads from the network", formula('WEBSERVICE("http://localhost:9/")'), "WEBSERVICE"),
    Hostile("the factorial of a billion", formula("FACT(10^9)"), "FACT"),
    Hostile("a formula that refers to itself", formula("B900+1")),
    Hostile("formulas in a cycle through a name", formula("perplexity*2")),
    Hostile("a formula over a whole sheet", formula(f"SUM({WHOLE})"), "expected"),
    Hostile("a formula over another whole sheet", formula(f"SUM(Bytes!{WHOLE})"), MOST),
    Hostile("a product of a million rows and columns", formula("SUM(MMULT(Bytes!A1:A1000000,TRANSPOSE(Bytes!A1:A1000000)))")),
    Hostile("a text of ten billion characters", formula('LEN(REPT(REPT("x",32000),320000))')),
    Hostile("a text of a billion characters", formula('LEN(SUBSTITUTE(REPT("x",32000),"x",REPT("y",32000)))')),
    Hostile("a number rounded to a billion places", formula("ROUNDUP(1.5,10^9)+TRUNC(1.5,-10^9)")),
    *(Hostile(f"unexpected arguments: {text}", formula(text)) for text in ODD_ARGUMENTS),
    Hostile("a power that no number holds", formula("9^9^9^9")),
]  # fmt: skip

_OUTPUTS = ("token_count", "next_token_id", "generated_count", "chosen_ids", "token_ids", "ids_typed_over", "loss", "scored_count")  # fmt: skip
_INPUTS = ("weight_digits", "new_tokens", "temperature", "top_k", "top_p", "seed", "score", "check", "sampling_number", "overview_token_number", "one_block", "one_key", "one_unit", "lens", "lens_position")  # fmt: skip

VALUES = [
    Hostile(f"{name} is {text}", number(name, text))
    for name in (*_OUTPUTS, *_INPUTS)
    for text in ("-1", "0.5", "7", "1e300", "1e999", "NaN")
]

HOSTILE_SHEETS = [*NAMES, *CELLS, *FORMULAS, *VALUES]
