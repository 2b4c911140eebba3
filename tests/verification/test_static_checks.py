"""Static checks of a file: names, charts, labels and filled-down formulas, without an engine."""

import pytest

from tests.sabotage import replaced, sabotaged, substituted
from xlgpt2.cells.address import Area
from xlgpt2.commands.build import build
from xlgpt2.commands.verify import verify
from xlgpt2.designs.model_workbook import design
from xlgpt2.stages.template_files import shipped_templates
from xlgpt2.verification import report
from xlgpt2.verification.static_checks import outliers, pattern_of

FILLED_DOWN = [
    ("the formula's own row", ["$A10+1", "$A11+1", "$A12+1"], []),
    ("another row among them", ["$A10+1", "$A11+1", "$A11+1", "$A13+1"], [2]),
    ("another constant", ["$A10+1", "$A11+2", "$A12+1"], [1]),
    ("a text that looks like a cell", ['"A1"&A10', '"A1"&A11', '"A2"&A12'], [2]),
    ("one cell, then an area", ["SUM($A$10)", "SUM($A$10:$A11)", "SUM($A$10:$A12)"], []),
    ("an area that stops growing", ["SUM(A$1:A1)", "SUM(A$1:A2)", "SUM(A$1:A2)", "SUM(A$1:A4)"], [2]),
    ("a column for each row", ["x!$C$9", "x!$D$9", "x!$E$9"], []),
    ("nothing that moves", ["ln_f", "ln_f", "ln_f"], []),
    ("functions with digits", ["LOG10(A1)", "LOG10(A2)", "LOG10(A3)"], []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "formulas", "wrong"), FILLED_DOWN, ids=[row[0] for row in FILLED_DOWN]
)
def test_references_of_filled_down_formulas_move_evenly(what, formulas, wrong):
    """A formula that differs from the others in its column is found."""
    positions = [(row, 3) for row in range(10, 10 + len(formulas))]
    assert outliers(positions, [pattern_of(formula) for formula in formulas]) == wrong, what


def test_references_move_evenly_in_both_directions():
    """A triangle of formulas that read the cell above and the cell to the right."""
    positions = [(row, column) for row in range(10, 14) for column in range(3, 17 - row)]
    letters = "ABCDEFGHIJ"
    formulas = [f"{letters[c]}{r - 1}+$A{r}+{letters[c - 1]}$9" for r, c in positions]
    assert outliers(positions, [pattern_of(formula) for formula in formulas]) == []
    formulas[5] = formulas[5].replace("+$A", "-$A")
    assert outliers(positions, [pattern_of(formula) for formula in formulas]) == [5]


FAULTS = [
    ("a name moved to cells with the same values", "", replaced("Guide!$C$45<", "Guide!$C$44<"), "Guide", "head_size"),
    ("a local name that hides a global one", "", replaced("<definedNames>", '<definedNames><definedName name="WTE" localSheetId="8">Guide!$C$41</definedName>'), "Embeddings", "wte"),
    ("a local name for a number of another range", "", replaced("<definedNames>", '<definedNames><definedName name="head_size" localSheetId="10">Guide!$C$44</definedName>'), "h0 attention", "head_size"),
    ("an array formula of one cell made plain", "Ranking", replaced('<f t="array" ref="E9">', "<f>"), "Ranking", "top_ids"),
    ("array formulas of one cell made plain", "Ranking", substituted(r'<f t="array" ref="E\d+">', "<f>"), "Ranking", "top_ids"),
    ("an array formula over fewer cells", "h0 projection", replaced('ref="D9:R9"', 'ref="D9:Q9"'), "h0 projection", "h_0_attn_c_proj"),
    ("a plain formula made an array formula", "Ranking", substituted(r'(<c r="C9"[^>]*>)<f>', r'\1<f t="array" ref="C9">'), "Ranking", "top_logits"),
    ("an array formula made dynamic", "h0 projection", replaced('<c r="D9"', '<c r="D9" cm="1"'), "h0 projection", "h_0_attn_c_proj"),
    ("a function without its prefix", "Words", replaced("_xlfn.UNICHAR", "UNICHAR", 1), "Words", "word_label"),
    ("functions without their prefix", "Words", replaced("_xlfn.", ""), "Words", "word_label"),
    ("a repeated prefix", "Words", replaced("_xlfn.", "_xlfn._xlfn.", 1), "Words", "word_label"),
    ("a superfluous prefix", "Ranking", replaced("LARGE(", "_xlfn.LARGE(", 1), "Ranking", "top_logits"),
    ("precision as displayed", "", replaced("<calcPr ", '<calcPr fullPrecision="false" '), "workbook", "fullPrecision"),
    ("a tab that computes as Lotus 1-2-3", "Score", replaced("<sheetPr>", '<sheetPr transitionEvaluation="1">'), "Score", "transitionEvaluation"),
    ("a formula of another row where no prompt reaches", "Merges", substituted(r"(<c r=\"[A-Z]+34\"[^>]*><f>\(?IF\([A-Z]+\$6&lt;\$)E34", r"\1E33"), "Merges", "merge_symbols"),
    ("a value where no prompt reaches", "Merges", substituted(r'(<c r="(?!A)[A-Z]+34"[^>]*?)><f>\(?IF\([A-Z]+\$6.*?</f></c>', r"\1><v>7</v></c>", 1), "Merges", "merge_symbols"),
]  # fmt: skip


@pytest.mark.sample(8)
@pytest.mark.parametrize(("what", "tab", "change", "stage", "name"), FAULTS, ids=[r[0] for r in FAULTS])  # fmt: skip
def test_faults_are_found_without_an_engine(
    random_workbook, tmp_path, what, tab, change, stage, name
):
    """The first line names the tab and the range."""
    file, model = random_workbook
    mutant = sabotaged(file, tmp_path / "mutant.xlsx", tab, change)
    result = verify(mutant, model, engine="formulas", probe=False)
    assert report.exit_code(result) == 1
    first = next(check for check in result.stages() if not check.outcome.good)
    assert (first.engine, first.tab, first.name) == ("the file", stage, name), what
    where = stage if stage == "workbook" else f"stage {stage}"
    assert f"error: {where}: {name} at " in report.lines(result)
    has_hint = what not in WITHOUT_HINT
    assert ("\nhint: " in report.lines(result)) == has_hint


WITHOUT_HINT = [
    "a name moved to cells with the same values",
    "a formula of another row where no prompt reaches",
    "a value where no prompt reaches",
]

HARMLESS = [
    ("a local name that its tab does not use", replaced("</definedNames>", '<definedName name="prompt" localSheetId="4">Bytes!$B$8</definedName></definedNames>')),
    ("a local name for the same cells", replaced("</definedNames>", '<definedName name="wte" localSheetId="8">Embeddings!$D$24:$R$324</definedName></definedNames>')),
    ("iteration, R1C1 notation and 1904 dates", lambda xml: xml.replace("<calcPr ", '<calcPr iterate="1" iterateCount="3" refMode="R1C1" calcOnSave="0" fullPrecision="true" ').replace("<workbookPr>", '<workbookPr date1904="1">')),
]  # fmt: skip


def test_changes_without_an_effect_are_not_faults(random_workbook, tmp_path):
    """All of them in one file: any that is taken for a fault is named."""
    file, model = random_workbook
    mutant = file
    for number, (_, change) in enumerate(HARMLESS):
        mutant = sabotaged(mutant, tmp_path / f"{number}.xlsx", "", change)
    result = verify(mutant, model, engine="formulas", probe=False)
    assert report.exit_code(result) == 0, report.problems(result)
    assert not result.as_written


def test_manual_calculation_is_noted(random_workbook, tmp_path):
    """The file is as built, but shows old values until F9 is pressed."""
    file, model = random_workbook
    change = replaced("<calcPr ", '<calcPr calcMode="manual" ')
    mutant = sabotaged(file, tmp_path / "mutant.xlsx", "", change)
    result = verify(mutant, model, engine="formulas", probe=False)
    assert result.verified
    assert "note: the file is set to manual calculation: programs recalculate it only on request" in report.lines(result)  # fmt: skip


def test_a_formula_in_place_of_a_weight_is_found(random_workbook, random_design, tmp_path):
    """Even if it gives the same number."""
    file, model = random_workbook
    cell = random_design.plan.places["ln_f_bias"].area.cell(0, 0).rpartition("!")[2]
    change = substituted(rf'(<c r="{cell}"[^>]*>)<v>([^<]*)</v>', r"\1<f>\2</f>")
    mutant = sabotaged(file, tmp_path / "mutant.xlsx", "Final norm", change)
    result = verify(mutant, model, engine="formulas", probe=False)
    assert [entry.name for entry in result.as_written] == ["ln_f_bias"]


def test_a_chart_of_other_cells_is_found(random_workbook, tmp_path):
    """Its bars are of other cells than in the plan."""
    import zipfile

    file, model = random_workbook
    mutant = tmp_path / "mutant.xlsx"
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(mutant, "w") as copy:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("chart1.xml"):
                assert b"$H$24" in data
                data = data.replace(b"$H$24", b"$H$25")
            copy.writestr(name, data)
    result = verify(mutant, model, engine="formulas", probe=False)
    assert [entry.name for entry in result.as_written] == ["chart of prompt_top_probabilities"]
    assert not result.verified


LABELS = [
    ("a row's token", "h0 qkv", replaced("<f>Tokens!L9</f>", "<f>Tokens!L8</f>")),
    ("a row's position", "h1 mlp up", replaced("<f>Tokens!D8</f>", "<f>Tokens!D9</f>")),
    ("a column's token", "h0 attention", substituted(r'(<c r="F6"[^>]*><f>Tokens!)L9', r"\1L10")),
    ("a row's number", "Ranking", substituted(r'(<c r="A8"[^>]*><v>)2<', r"\g<1>3<")),
    ("a weight's row number", "h0 projection", substituted(r'(<c r="[A-Z]+25"[^>]*><v>)1</v>', r"\g<1>2</v>", 1)),
]  # fmt: skip


def test_labels_are_compared(random_workbook, tmp_path):
    """Labels beside and above ranges have no names, but are read too: all that changed are named."""
    file, model = random_workbook
    mutant = file
    for number, (_, tab, change) in enumerate(LABELS):
        mutant = sabotaged(mutant, tmp_path / f"{number}.xlsx", tab, change)
    result = verify(mutant, model, engine="formulas", probe=False)
    assert report.exit_code(result) == 1
    compared = [entry for check in result.checks for entry in check.ranges]
    wrong = [entry.name for entry in compared if not entry.outcome.good]
    labels = [Area.parse(name.removeprefix("labels ")) for name in wrong if " " in name]
    assert sorted(area.sheet for area in labels) == sorted(tab for _, tab, _ in LABELS)


def test_a_workbook_of_other_templates_needs_them(tmp_path, random_design):
    """A workbook with another layout is verified with the templates that it was built with."""
    import shutil

    own = shutil.copytree(shipped_templates(), tmp_path / "own")
    text = (own / "gpt2" / "14-final-norm.toml").read_text("utf-8")
    wider = text.replace("labels = [", 'labels = [{ title = "row", index = 0 }, ', 1)
    (own / "gpt2" / "14-final-norm.toml").write_text(wider, "utf-8")
    model = random_design.checkpoint.folder
    decided = design(model, 5, 13, own, new_tokens=2)
    file = build(decided, tmp_path / "a.xlsx", "the cat").path
    result = verify(file, model, engine="formulas", probe=False)
    assert not result.verified
    assert "note: to verify a file built from other templates, use --templates DIR" in report.lines(
        result
    )
    assert verify(file, model, engine="formulas", probe=False, templates=own).verified
