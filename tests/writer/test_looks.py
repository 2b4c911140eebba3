"""The appearance of a built sheet, cell by cell, with its formats and conditional formatting."""

import pytest

from tests.random_models import write_random_model
from tests.writer.sheets import Sheets, opened
from xlgpt2.checkpoint.precision import Precision
from xlgpt2.commands.build import build
from xlgpt2.commands.build_split import build_split
from xlgpt2.designs.model_workbook import design
from xlgpt2.designs.split import split
from xlgpt2.layout.labels import row_labels
from xlgpt2.xlsx.reading.workbook import open_workbook
from xlgpt2.xlsx.split_folder import split_files

CAPACITY, NEW, PROMPT = 7, 3, "the cat sat"  # four tokens, and three rows without one

#: Ranges with rows of tokens that are not hidden: inputs, and those of the tokenizer.
NOT_HIDDEN = ("token_ids", "given_token_labels", "wrong_ids")


def model_rows(text_rows):
    """The rows of the model's tabs that have a token: all but that of the last new token."""
    return text_rows[:CAPACITY] + text_rows[CAPACITY + 1 :]


def empty_rows(sheets, text_rows):
    """Ranges and labels that are not empty in a row without a token, with their texts.

    `text_rows` are those of the tab Text. On the other tabs a new token has a row only if another
    one follows it.
    """
    wrong = {}
    rows = {len(text_rows): text_rows, len(text_rows) - 1: model_rows(text_rows)}
    rows[CAPACITY] = text_rows[:CAPACITY]
    for name, placed in sheets.plan.places.items():
        area, template = placed.area, placed.range.template
        if template.shape[0] not in ("N", "T", "T+G") or name in NOT_HIDDEN or template.view:
            continue
        for i, cells in enumerate(sheets.rows(area.sheet, area)):
            if rows[area.rows][i] == "0" and any(cells):
                wrong[f"{name} row {i}"] = cells[:3]
    for tab in sheets.plan.tabs:
        for beside in [] if tab.stage.by_hand else row_labels(tab):
            displayed = sheets.rows(tab.name, beside.area) if beside.kind == "range" else []
            for i, cells in enumerate(displayed):
                if rows[beside.area.rows][i] == "0" and any(cells):
                    wrong[f"label {beside.of} on {tab.name} row {i}"] = cells
    return wrong


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_random_model(tmp_path_factory.mktemp("looks") / "model", n_positions=12)


@pytest.fixture(scope="module")
def default(model, tmp_path_factory):
    """A plan and its workbook, built once."""
    decided = design(model, capacity=CAPACITY, max_bytes=29, new_tokens=NEW)
    return decided.plan, build(decided, tmp_path_factory.mktemp("looks") / "a.xlsx", PROMPT).path


def controls(new_tokens=0, score=0, **others):
    return {
        name: [[value]]
        for name, value in {"new_tokens": new_tokens, "score": score, **others}.items()
    }


#: what is tested, the inputs, and which rows have a token: seven for the prompt, three for new ones
INPUTS = [
    ("no new tokens", controls(1), "1111000100"),
    ("new tokens and a score", controls(3, 1), "1111000111"),
    ("an empty prompt", controls(3, 1, prompt=""), "0000000000"),
    ("a wrong id", controls(1) | {"token_ids": [[5.0], ["abc"], *[[""]] * 5]}, "1000000000"),
]


@pytest.mark.parametrize(("what", "inputs", "rows"), INPUTS, ids=[row[0] for row in INPUTS])
def test_rows_without_a_token_are_empty_on_every_tab(default, what, inputs, rows):
    sheets = Sheets(*default, inputs)
    assert empty_rows(sheets, rows) == {}, what
    area = sheets.plan.place("residual_0").area
    displayed = ["1" if all(row) else "0" for row in sheets.rows(area.sheet, area)]
    assert "".join(displayed) == model_rows(rows), what
    # A new token's row in attention: the columns of missing tokens are empty too.
    area = sheets.plan.place("h_0_attn_softmax_0").area
    tokens = model_rows(rows)
    for i, cells in enumerate(sheets.rows(area.sheet, area)):
        filled = "".join("1" if cell else "0" for cell in cells[: i + 1])
        assert filled == (tokens[: i + 1] if tokens[i] == "1" else "0" * (i + 1)), (what, i)


@pytest.mark.parametrize(
    "options", [{"lean": True, "precision": Precision("int8")}, {"blocks": (1,)}]
)
def test_they_are_empty_in_every_variant_of_a_workbook(model, tmp_path, options):
    decided = design(model, capacity=CAPACITY, max_bytes=29, new_tokens=NEW, **options)
    path = build(decided, tmp_path / "variant.xlsx", PROMPT).path
    assert empty_rows(Sheets(decided.plan, path, controls(1)), "1111000100") == {}


def test_they_are_empty_in_the_parts_of_a_split_model(model, tmp_path):
    decided = design(model, capacity=CAPACITY, max_bytes=29, split=True)
    build_split(decided, tmp_path / "split", PROMPT)
    for part, path in zip(split(decided), split_files(tmp_path / "split"), strict=True):
        inputs = {}
        if "given_token_labels" in part.plan.places:
            numbers = next(n for n in part.plan.places if n.startswith("residual_"))
            shape = part.plan.place(numbers).area.shape
            inputs = {
                "given_token_labels": [["a"]] * 4 + [[""]] * 3,
                "token_ids": [[5.0]] * 4 + [[""]] * 3,
                "token_count": [[4.0]],
                numbers: [[0.5] * shape[1]] * 4 + [[0.0] * shape[1]] * 3,
            }
        assert empty_rows(Sheets(part.plan, path, inputs), "11110001") == {}


def test_a_token_has_the_same_row_on_every_tab_and_positions_are_unique(default):
    """The prompt's last row and the new tokens' rows are the same on Tokens, the blocks and Text."""
    sheets = Sheets(*default, controls(3))
    for tab in sheets.plan.tabs:
        labels = (
            []
            if tab.stage.by_hand
            else [label for label in row_labels(tab) if label.kind == "range"]
        )
        if len(labels) < 2:
            continue
        positions, tokens = (sheets.rows(tab.name, label.area) for label in labels[:2])
        rows = labels[0].area.rows
        expected = ["0", "1", "2", "3", "", "", "", "4", "5", "6"][:rows]
        assert [row[0].removesuffix(".0") for row in positions] == expected, tab.name
        assert [bool(row[0]) for row in tokens] == [text != "" for text in expected], tab.name


def test_score_and_sampling_have_messages_if_there_is_nothing_to_show(default):
    sheets = Sheets(*default, controls(1, sampling_number=3))
    places = sheets.plan.places
    for name in ("score_max", "surprise", "shown_logits", "shown_top_before", "shown_sum"):
        area = places[name].area
        assert not any(any(row) for row in sheets.rows(area.sheet, area)), name
    messages = {
        name: sheets.rows(places[name].area.sheet, places[name].area)[0][0]
        for name in ("score_state", "sampling_message")
    }
    assert messages["score_state"].startswith("off")
    assert (
        messages["sampling_message"]
        == "Token 3 was not written: choose 1 to 1, or set more on the tab Prompt."
    )


#: an input cell, and the values that its data validation allows
REFUSED = [
    ("temperature", "decimal", "0", "100"),
    ("new_tokens", "whole", "0", "3"),
    ("top_k", "whole", "0", "301"),
    ("top_p", "decimal", "0", "1"),
    ("seed", "whole", "0", "999999999"),
    ("score", "whole", "0", "1"),
    ("check", "whole", "0", "1"),
    ("sampling_number", "whole", "0", "3"),
    ("overview_token_number", "whole", "0", "6"),
    ("lens", "whole", "0", "1"),
    ("lens_position", "whole", "0", "6"),
    ("one_block", "whole", "0", "1"),
    ("one_head", "whole", "0", "2"),
    ("one_query", "whole", "0", "6"),
    ("one_key", "whole", "0", "6"),
    ("one_column", "whole", "0", "4"),
    ("one_unit", "whole", "0", "59"),
    ("token_ids", "whole", "0", "300"),
]


@pytest.mark.parametrize(("name", "kind", "least", "most"), REFUSED)
def test_input_cells_have_data_validation(default, name, kind, least, most):
    plan, path = default
    area = plan.place(name).area
    rules = opened(path)[area.sheet].data_validations.dataValidation
    (rule,) = [rule for rule in rules if str(rule.sqref) == area.local.replace("$", "")]
    assert (rule.type, rule.operator, rule.formula1, rule.formula2) == (
        kind,
        "between",
        least,
        most,
    )
    assert rule.showErrorMessage
    assert rule.showInputMessage
    assert rule.errorStyle in ("stop", None)
    what = "a whole number" if kind == "whole" else "a number"
    assert rule.error.endswith(f"expected {what} from {least} to {most}.")
    assert rule.prompt == f"Type {what} from {least} to {most}."
    assert 0 < len(rule.errorTitle) <= 32
    assert 0 < len(rule.promptTitle) <= 32


#: overridden ids, and the row and id in the message on the tab Prompt
WRONG_IDS = [
    ([5.0, "abc"], 1, "abc"),
    ([5000.0], 0, "5000"),
    ([5.0, 6.0, -1.0], 2, "-1"),
    ([5.0, 1.5], 1, "1.5"),
    ([5.0, "", 7.0], 2, "7"),
    (["", 7.0], 1, "7"),
]


def test_a_wrong_id_is_named_and_nothing_is_predicted(default, exact_engine):
    _, path = default
    inputs = [
        {"token_ids": [[value] for value in ids] + [[""]] * (CAPACITY - len(ids))}
        for ids, _, _ in WRONG_IDS
    ]
    names = ["prompt_message", "next_token", "continued_text", "check_verdict"]
    readings = exact_engine.recalculate(open_workbook(path), inputs, names)
    for (ids, row, got), reading in zip(WRONG_IDS, readings, strict=True):
        assert reading.text("prompt_message") == (
            f"Nothing is predicted. Token ids on the tab Tokens: row {row}: expected a whole "
            f"number from 0 to 300 with no empty row above it, got {got}."
        ), ids
        assert reading.text("next_token") == reading.text("continued_text") == "", ids
        assert reading.text("check_verdict") == "All checks pass", ids
