"""The tabs that lead through a workbook: Guide with its picture, Tour, Glossary; and all links."""

import re

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from scripts.readme import glossary_words, project_words
from tests.random_models import write_random_model
from xlgpt2.cells.address import Area
from xlgpt2.commands.build import build
from xlgpt2.commands.build_split import build_split
from xlgpt2.designs.model_workbook import design
from xlgpt2.designs.split import split
from xlgpt2.engines import get_engine
from xlgpt2.stages.template_files import load_templates
from xlgpt2.writer.model_picture import MOST_BLOCKS, bands_of, weights_of
from xlgpt2.xlsx.reading.workbook import open_workbook

#: What a window of 1600 x 900 pixels shows at 100 %: characters of width, and rows of 15 points.
SCREEN_WIDTH, SCREEN_ROWS = 180, 35


def built(folder, n_layer, **options):
    """The plan and the opened workbook of a random model of some blocks."""
    model = write_random_model(folder / "model", n_layer=n_layer)
    decided = design(model, capacity=5, max_bytes=17, new_tokens=2, **options)
    return decided.plan, openpyxl.load_workbook(build(decided, folder / "a.xlsx", "the cat").path)


def links(sheet):
    """The cells of a sheet with a link: address -> where to."""
    cells = (cell for row in sheet.iter_rows() for cell in row if cell.hyperlink)
    return {cell.coordinate: cell.hyperlink.location for cell in cells}


def check_links(book):
    """Every link leads to a tab of the workbook, and there to a cell that is filled."""
    for sheet in book:
        for cell, place in links(sheet).items():
            area = Area.parse(place)
            assert area.sheet in book.sheetnames, (sheet.title, cell, place)
            target = book[area.sheet].cell(area.row, area.column)
            assert target.has_style or target.value is not None, (sheet.title, cell, place)


VARIANTS = [
    ("two blocks", 2, {}),
    ("one block of three", 3, {"blocks": (1,)}),
    ("lean, as many blocks as the picture has", MOST_BLOCKS, {"lean": True}),
    ("more blocks than the picture has", MOST_BLOCKS + 1, {}),
]


@pytest.fixture(scope="module", params=VARIANTS, ids=[row[0] for row in VARIANTS])
def variant(request, tmp_path_factory):
    _, n_layer, options = request.param
    return built(tmp_path_factory.mktemp("guide"), n_layer, **options)


def test_links_lead_to_tabs_and_cells_of_the_workbook(variant):
    check_links(variant[1])


def test_links_and_pictures_of_a_split_model_stay_in_their_workbook(tmp_path):
    """A picture has only the tabs that its own workbook has, and still all of them."""
    decided = design(write_random_model(tmp_path / "m", n_layer=2), 5, 17, split=True)
    summaries = build_split(decided, tmp_path / "split", "the cat")
    for part, summary in zip(split(decided), summaries, strict=True):
        book = openpyxl.load_workbook(summary.path)
        check_links(book)
        check_picture(part.plan, book["Guide"])
        linked = {Area.parse(place).sheet for place in links(book["Guide"]).values()}
        assert linked == set(book.sheetnames), summary.path.name


def first_screen(sheet):
    """The cells of a tab that a window shows."""
    wide, last = 0.0, 0
    while (
        wide + (width := sheet.column_dimensions[get_column_letter(last + 1)].width) <= SCREEN_WIDTH
    ):
        wide, last = wide + width, last + 1
    return [cell for row in sheet.iter_rows(1, SCREEN_ROWS, 1, last - 1) for cell in row]


def test_every_tab_is_one_click_away_on_the_first_screen(variant):
    """But of many blocks only the first and the last are shown; the map below has all."""
    plan, book = variant
    linked = {
        Area.parse(cell.hyperlink.location).sheet
        for cell in first_screen(book["Guide"])
        if cell.hyperlink
    }
    blocks = list(
        dict.fromkeys(tab.stage.block for tab in plan.tabs if tab.stage.block is not None)
    )
    hidden = blocks[1:-1] if len(blocks) > MOST_BLOCKS else []
    assert linked == {
        tab.name for tab in plan.tabs if tab.stage.block not in hidden and tab.name != "Guide"
    }
    assert {Area.parse(place).sheet for place in links(book["Guide"]).values()} == {
        tab.name for tab in plan.tabs
    }
    texts = [str(cell.value) for cell in first_screen(book["Guide"]) if cell.value]
    said = [text for text in texts if "⋮" in text]
    assert len(said) == bool(hidden)
    assert not hidden or f"blocks {hidden[0]} to {hidden[-1]}:" in said[0]


def check_picture(plan, sheet):
    """A box is three cells: the tab, what it gives, its weights; bars are in proportion.

    Beside the boxes are all colours.
    """
    cells = {cell.value: cell for cell in first_screen(sheet) if cell.hyperlink}
    tabs = [tab for band in bands_of(plan) for tab in band.tabs]
    most = max(map(weights_of, tabs))
    for tab in tabs:
        if tab.name not in cells:
            continue
        gives, weights = (cells[tab.name].offset(lines).value for lines in (1, 2))
        assert gives == tab.stage.gives
        assert "{" not in gives
        bar, _, number = weights.rpartition(" ")
        if weights == "no weights":
            assert weights_of(tab) == 0, tab.name
        else:
            assert int(number.replace(",", "")) == weights_of(tab), tab.name
            assert abs(bar.count("█") - 7 * weights_of(tab) / most) < 1
    styles = [cell.style for cell in first_screen(sheet)]
    for role in load_templates().palette.roles:
        assert styles.count(f"legend {role}") == 1, role


def test_the_picture_says_what_comes_out_of_a_tab_and_how_many_weights_it_has(variant):
    plan, book = variant
    check_picture(plan, book["Guide"])
    tabs = {tab.name: weights_of(tab) for tab in plan.tabs}
    areas = [plan.place(name).area for name in ("wte", "wpe")]
    assert tabs["Embeddings"] == sum(area.rows * area.columns for area in areas)
    assert tabs["Prompt"] == 0


def test_nothing_of_the_guide_is_cut_by_the_cell_beside_it(variant):
    """A text may run over empty cells only; what is in a box fits into it (9 points and more)."""
    sheet = variant[1]["Guide"]
    for row in sheet.iter_rows():
        for cell in row:
            if not isinstance(cell.value, str) or cell.value.startswith("="):
                continue
            room, column = 0.0, cell.column
            while column == cell.column or (
                column < 60 and sheet.cell(cell.row, column).value is None
            ):
                room += sheet.column_dimensions[get_column_letter(column)].width
                column += 1
            assert len(cell.value) <= room * 1.25, cell


# --- the Tour, in the workbook of the shipped model

QUICK = "Mike is quick. He moves"

#: The number of a step, what is typed, and what its last text promises for the model tiny: ranges
#: or texts of the workbook, computed by the formulas.
PROMISES = [
    (1, {"prompt": QUICK}, lambda v: (v.text("next_token"), v.percent("next_token_probability"))),
    (2, {"prompt": "Zorp is quick. He moves"}, lambda v: (*v.tokens()[:3], v.text("next_token"))),
    (4, {"prompt": QUICK}, lambda v: (*v.seen("h_0_attn_softmax_0"), *v.seen("h_2_attn_softmax_1"))),
    (6, {"prompt": "Mike is slow. He moves"}, lambda v: (v.text("next_token"), v.percent("next_token_probability"))),
    (7, {"prompt": "The ball", "temperature": 0.8, "seed": 1}, lambda v: (v.sentence(),)),
    (7, {"prompt": "The ball", "temperature": 0.8, "seed": 2}, lambda v: (v.sentence(),)),
    (8, {"prompt": QUICK + " slowly", "score": 1}, lambda v: (v.tokens()[-1], v.last("surprise"))),
    (8, {"prompt": QUICK + " quickly", "score": 1}, lambda v: (v.tokens()[-1], v.last("surprise"))),
]  # fmt: skip


class Values:
    """What a reader sees of an engine's readings."""

    def __init__(self, readings) -> None:
        self.values, self.text = readings.values, readings.text
        self.count = int(self.values["token_count"][0, 0])

    def tokens(self):
        """The prompt's tokens."""
        return [str(label) for label in self.values["token_labels"][: self.count, 0]]

    def percent(self, name):
        """A probability."""
        return f"{self.values[name][0, 0]:.2%}"

    def last(self, name):
        """The last token's number."""
        return f"{self.values[name][self.count - 1, 0]:.2f}"

    def sentence(self):
        """The first sentence of the text continued."""
        return self.text("continued_text").partition(".")[0] + "."

    def seen(self, name):
        """The token that the last one looks at most, and how much, as the Tour says it."""
        shares = self.values[name][self.count - 1, : self.count].astype(float)
        share = f"{shares.max():.0%}"
        return self.tokens()[shares.argmax()], {"50%": "half"}.get(share, share)


def tour_rows(sheet):
    """The rows of the list on a tab Tour, without its headings."""
    return [[cell.value for cell in row] for row in sheet.iter_rows(7, 16, 2, 6)]


#: Equal tokens; and the prompt of step 1 with another last word.
SAME, WALKS = {"prompt": "quick quick quick"}, {"prompt": "Mike is quick. He walks"}


@pytest.fixture(scope="module")
def tour(tiny_workbook):
    """The rows of the list on the tab Tour, without its headings."""
    sheet = openpyxl.load_workbook(tiny_workbook)["Tour"]
    return [[cell.value for cell in row] for row in sheet.iter_rows(7, 16, 2, 6)]


@pytest.fixture(scope="module")
def readings(short_workbook):
    """What the formulas give for what is typed, and for a changed weight, as "weight".

    Fewer rows than those of the Tour's own workbook have the same values.
    """
    weights = design().checkpoint.weight_cells["wte"].astype(float).copy()
    weights[0, 0] = 0.5
    inputs = {
        str(typed): {name: [[value]] for name, value in typed.items()}
        for typed in [*(typed for _, typed, _ in PROMISES), SAME, WALKS]
    }
    inputs["weight"] = {"wte": weights.tolist()}
    engine, file = get_engine("formulas"), open_workbook(short_workbook)
    return dict(zip(inputs, engine.recalculate(file, inputs.values()), strict=True))


@pytest.mark.slow
def test_the_tour_promises_what_the_shipped_model_does(tour, readings):
    """Each text to type is named in its step, and each result is what the formulas give."""
    for step, typed, promised in PROMISES:
        number, _, _, change, happens = tour[step - 1]
        assert number.startswith(f"{step} ")
        assert typed["prompt"] in change or typed["prompt"].split()[-1] in happens, step
        for part in promised(Values(readings[str(typed)])):
            assert part in happens, (step, typed, part)


@pytest.mark.slow
def test_a_weight_typed_over_turns_the_verdict_as_the_tour_says(tour, readings):
    """Step 9 names the cell of the weight and that of the verdict."""
    plan = design().plan
    first = {}
    for name in ("wte", "prompt_check"):
        area = plan.place(name).area
        first[name] = f"{get_column_letter(area.column)}{area.row}"
    assert f"type 0.5 over the weight in {first['wte']} of this tab" in tour[8][3]
    assert f"Cell {first['prompt_check']} of Prompt turns red" in tour[8][4]
    assert readings["weight"].text("prompt_check") == "Not as built: see Check"


@pytest.mark.slow
def test_a_row_of_a_token_does_not_depend_on_later_ones(readings):
    """Steps 3 and 5, in any model: equal tokens have equal embeddings; earlier rows stay."""
    same, before, after = (
        readings[str(typed)].values for typed in (SAME, {"prompt": QUICK}, WALKS)
    )
    assert (same["token_embedding"][3] == same["token_embedding"][4]).all()
    assert (same["position_embedding"][3] != same["position_embedding"][4]).any()
    changed = (before["h_0_mlp_c_fc"] != after["h_0_mlp_c_fc"]).any(axis=1)
    assert changed[:6].tolist() == [False] * 5 + [True]


# --- the Glossary


def test_the_glossary_has_each_word_once_in_order():
    """The page has the tab's words as they are, and words of its own that the tab doesn't have."""
    words = list(glossary_words())
    assert words == sorted(words, key=str.lower)
    assert 25 <= len(words) <= 35
    assert not set(words) & set(project_words())


def test_texts_of_all_tabs_say_workshop():
    """Steps are those of the workshop; no text speaks of a course."""
    for tab in design().plan.tabs:
        said = " ".join([*tab.stage.text, tab.stage.title, *(t.text for t in tab.stage.texts)])
        assert not re.search(r"\bcourse\b", said), tab.name
