"""The open document: what people see who type one thing after the other into LibreOffice."""

import pytest

from xlgpt2.checkpoint.checkpoint import Precision
from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design
from xlgpt2.layout.labels import labels
from xlgpt2.verification.difference import unequal

LONG, SHORT = "the other cat sat", "the"


def ids(*cells):
    """What is typed over the first token ids; "" clears a cell."""
    return {"token_ids": [[cell] for cell in cells]}


def controls(**numbers):
    return {name: [[number]] for name, number in numbers.items()}


#: What is typed in this order into one document; what a step leaves out is taken back.
STEPS = [
    ("a prompt that fills many rows", {"prompt": [[LONG]]}),
    ("a shorter one", {"prompt": [[SHORT]]}),
    ("none", {"prompt": [[""]]}),
    ("one that is too long", {"prompt": [["a b c d e f g h i j k l m n"]]}),
    ("a long one again", {"prompt": [[LONG]]}),
    ("more new tokens, drawn", {"prompt": [[SHORT]], **controls(new_tokens=3, temperature=2)}),
    ("fewer", {"prompt": [[SHORT]], **controls(new_tokens=1, temperature=2)}),
    ("none, with a score", {"prompt": [[LONG]], **controls(new_tokens=0, score=1)}),
    ("a score of fewer tokens", {"prompt": [[SHORT]], **controls(new_tokens=0, score=1)}),
    ("controls that are no numbers", {"prompt": [[SHORT]], **controls(new_tokens="many", score="")}),
    ("ids over the tokens", {"prompt": [[LONG]], **ids(*range(1, 12))}),
    ("fewer ids", {"prompt": [[LONG]], **ids(7, "", "", "", "", "", "", "", "", "", "")}),
    ("the ids taken back", {"prompt": [[SHORT]]}),
    ("an id that no token has", {"prompt": [[LONG]], **ids(7, 5000)}),
    ("a word in place of an id", {"prompt": [[LONG]], **ids("seven", 5)}),
    ("as in the file", {}),
]  # fmt: skip

FORMS = [
    ("whole", {}),
    ("lean", {"lean": True, "precision": Precision("int8")}),
]


@pytest.mark.libreoffice
@pytest.mark.parametrize(("form", "options"), FORMS, ids=[row[0] for row in FORMS])
def test_every_cell_of_an_open_document_is_that_of_a_new_one(
    form, options, libreoffice, random_design, tmp_path
):
    """LibreOffice computes only what changed, shows it on all tabs, and leaves nothing behind.

    Ranges and the labels beside them are all cells with formulas; others never change.
    """
    model = random_design.checkpoint.folder
    decided = design(model, capacity=11, max_bytes=29, new_tokens=3, **options)
    file = build(decided, tmp_path / "a.xlsx", LONG).path
    beside = {one.name: one.area for tab in decided.plan.tabs for one in labels(decided.plan, tab)}
    inputs = [step for _, step in STEPS]
    opened = libreoffice.edited(file, inputs, None, beside)
    fresh = libreoffice.recalculate(file, inputs, None, beside)
    stale = {
        (sentence, name): len(cells)
        for (sentence, _), kept, computed in zip(STEPS, opened, fresh, strict=True)
        for name, values in computed.values.items()
        if (cells := unequal(values, kept.values[name]))
    }
    assert not stale, f"{form}: {sum(stale.values())} cells are not renewed: {stale}"
