"""An open document: the cells in LibreOffice after a sequence of inputs."""

import pytest

from xlgpt2.checkpoint.checkpoint import Precision
from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design
from xlgpt2.layout.labels import labels
from xlgpt2.verification.difference import unequal
from xlgpt2.xlsx.reading.workbook import open_workbook

LONG, SHORT = "the other cat sat", "the"


def ids(*cells):
    """Inputs for the first token ids; "" clears a cell."""
    return {"token_ids": [[cell] for cell in cells]}


def controls(**numbers):
    return {name: [[number]] for name, number in numbers.items()}


#: Inputs in sequence in one document; a step undoes those before it.
STEPS = [
    ("a prompt that fills many rows", {"prompt": [[LONG]]}),
    ("a shorter prompt", {"prompt": [[SHORT]]}),
    ("an empty prompt", {"prompt": [[""]]}),
    ("a prompt that is too long", {"prompt": [["a b c d e f g h i j k l m n"]]}),
    ("a long prompt again", {"prompt": [[LONG]]}),
    ("more new tokens, sampled", {"prompt": [[SHORT]], **controls(new_tokens=3, temperature=2)}),
    ("fewer new tokens", {"prompt": [[SHORT]], **controls(new_tokens=1, temperature=2)}),
    ("no new tokens, and a score", {"prompt": [[LONG]], **controls(new_tokens=0, score=1)}),
    ("a score of fewer tokens", {"prompt": [[SHORT]], **controls(new_tokens=0, score=1)}),
    ("controls that are not numbers", {"prompt": [[SHORT]], **controls(new_tokens="many", score="")}),
    ("overridden ids", {"prompt": [[LONG]], **ids(*range(1, 12))}),
    ("fewer ids", {"prompt": [[LONG]], **ids(7, "", "", "", "", "", "", "", "", "", "")}),
    ("ids no longer overridden", {"prompt": [[SHORT]]}),
    ("an impossible id", {"prompt": [[LONG]], **ids(7, 5000)}),
    ("a word in place of an id", {"prompt": [[LONG]], **ids("seven", 5)}),
    ("as in the file", {}),
]  # fmt: skip

VARIANTS = [
    ("whole", {}),
    ("lean", {"lean": True, "precision": Precision("int8")}),
]


@pytest.mark.libreoffice
@pytest.mark.sample(1)
@pytest.mark.parametrize(("variant", "options"), VARIANTS, ids=[row[0] for row in VARIANTS])
def test_every_cell_of_an_open_document_is_that_of_a_new_one(
    variant, options, libreoffice, random_design, tmp_path
):
    """LibreOffice recomputes exactly what changed, on all tabs.

    Ranges and their labels are all cells with formulas; others never change.
    """
    model = random_design.checkpoint.folder
    decided = design(model, capacity=11, max_bytes=29, new_tokens=3, **options)
    file = build(decided, tmp_path / "a.xlsx", LONG).path
    label_areas = {
        label.name: label.area for tab in decided.plan.tabs for label in labels(decided.plan, tab)
    }
    inputs = [step for _, step in STEPS]
    opened = libreoffice.edited(open_workbook(file), inputs, None, label_areas)
    fresh = libreoffice.recalculate(open_workbook(file), inputs, None, label_areas)
    stale = {
        (sentence, name): len(cells)
        for (sentence, _), edited, new in zip(STEPS, opened, fresh, strict=True)
        for name, values in new.values.items()
        if (cells := unequal(values, edited.values[name]))
    }
    assert not stale, f"{variant}: {sum(stale.values())} cells are stale: {stale}"
