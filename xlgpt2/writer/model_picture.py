"""The picture of the model on the Guide: boxes from the prompt to the answer, made of cells.

A box is a link to its tab, what comes out of it, and how many weights it has. Tabs whose template
says what they give are boxes; links to all others are below them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from xlgpt2.cells.address import column_letters
from xlgpt2.layout.layout import Plan, TabPlan
from xlgpt2.writer.sheet import Sheet

#: With more blocks only the first and the last are shown, so that the picture fits on a screen.
MOST_BLOCKS = 4

_BOXES_A_ROW = 7
_LINES = 3  # of a box
_BOX_WIDTH, _ARROW_WIDTH = 22.0, 2.6  # characters: seven boxes on a screen of 1600 pixels
_LONGEST_BAR = 7  # characters
_PARTS_OF_A_BAR = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")  # eighths


@dataclass(frozen=True)
class Band:
    """A row of boxes: the tabs of a block, or some of those before or after all blocks."""

    block: int | None
    tabs: tuple[TabPlan, ...]

    @property
    def boxes(self) -> int:
        """How many boxes it has: that of the block, if it is one, and those of its tabs."""
        return len(self.tabs) + (self.block is not None)

    @property
    def gives(self) -> str:
        """What comes out of its last box."""
        return self.tabs[-1].stage.gives


def bands_of(plan: Plan) -> list[Band]:
    """All rows of boxes, in the order of the computation."""
    boxes = [tab for tab in plan.tabs if tab.stage.gives]
    bands = []
    for block, together in groupby(boxes, key=lambda tab: tab.stage.block):
        tabs = tuple(together)
        a_row = _BOXES_A_ROW if block is None else len(tabs)
        bands += [Band(block, tabs[i : i + a_row]) for i in range(0, len(tabs), a_row)]
    return bands


def weights_of(tab: TabPlan) -> int:
    """The number of weights on a tab."""
    ranges = (p.range for p in tab.placed if p.range.role == "weight" and not p.range.view_of)
    return sum(entry.rows * entry.columns for entry in ranges)


def write_picture(sheet: Sheet, row: int, column: int) -> None:
    """Write all boxes from a cell on, and below them links to the other tabs."""
    bands = bands_of(sheet.plan)
    blocks = [band for band in bands if band.block is not None]
    hidden = blocks[1:-1] if len(blocks) > MOST_BLOCKS else []
    shown = [band for band in bands if band not in hidden]
    picture = _Picture(sheet, column, max(weights_of(tab) for band in bands for tab in band.tabs))
    # The legend is to the right of all rows but the first, which is longer.
    beside = bands[1:] or bands
    columns = max([_BOXES_A_ROW, *(band.boxes + 1 for band in beside)])
    picture.set_widths(columns)
    for number, band in enumerate(shown):
        if number:
            picture.flow(row, shown[number - 1].gives)
            row += 1
        if hidden and band is blocks[-1]:
            picture.ellipsis(row, hidden)
            row += 2
        if band is beside[0]:
            picture.legend(row, columns - 1)
        picture.band(row, band)
        row += _LINES
    picture.other_tabs(row + 1, bands, hidden)


class _Picture:
    """The places of boxes on a sheet: every second column from `left` on."""

    def __init__(self, sheet: Sheet, left: int, most_weights: int) -> None:
        self._sheet, self._styles, self._left = sheet, sheet.styles, left
        self._most_weights = max(most_weights, 1)

    def set_widths(self, boxes: int) -> None:
        """Set the widths of the columns of boxes and of arrows between them."""
        dimensions = self._sheet.worksheet.column_dimensions
        for number in range(boxes):
            column = self._column(number)
            dimensions[column_letters(column)].width = _BOX_WIDTH
            dimensions[column_letters(column + 1)].width = _ARROW_WIDTH

    def band(self, row: int, band: Band) -> None:
        """Write a row of boxes; that of a block starts with a box for the block."""
        first = 0
        if band.block is not None:
            weights = f"{sum(map(weights_of, band.tabs)):,} weights"
            self._lines(row, 0, band.tabs[0], [f"block {band.block}", "adds to its input", weights])
            first = 1
        for number, tab in enumerate(band.tabs, first):
            if number:
                self._sheet.text(row + 1, self._column(number) - 1, "→", self._styles.arrow())
            self._lines(row, number, tab, [tab.name, tab.stage.gives, self._bar(weights_of(tab))])

    def flow(self, row: int, gives: str) -> None:
        """Write what passes from the row of boxes above to the one below."""
        self._sheet.text(row, self._left, f"↓ {gives}", self._styles.flow())

    def ellipsis(self, row: int, hidden: list[Band]) -> None:
        """Say which blocks are not shown."""
        first, last = hidden[0].block, hidden[-1].block
        text = f"⋮   blocks {first} to {last}: the same steps with weights of their own"
        self._sheet.text(row, self._left, text, self._styles.flow())
        self.flow(row + 1, hidden[-1].gives)

    def legend(self, row: int, number: int) -> None:
        """Write the colours of cells with the first words of their meanings, and all weights."""
        for role, paint in self._styles.palette.roles.items():
            words = paint.meaning.partition(":")[0]
            self._sheet.text(row, self._column(number), words, self._styles.role(paint, role))
            row += 1
        weights = sum(map(weights_of, self._sheet.plan.tabs))
        self._sheet.text(row + 1, self._column(number), f"{weights:,}", self._styles.heading())
        self._sheet.text(row + 2, self._column(number), "weights in all", self._styles.body())

    def other_tabs(self, row: int, bands: list[Band], hidden: list[Band]) -> None:
        """Write links to all tabs that are no boxes, without those of blocks that are not shown."""
        blocks = {band.block for band in hidden}
        boxes = {tab.name for band in bands for tab in band.tabs}
        others = [tab for tab in self._sheet.plan.tabs if tab.name not in boxes]
        others = [tab for tab in others if tab is not self._sheet.tab]
        others = [tab for tab in others if tab.stage.block not in blocks]
        if others:
            self._sheet.text(row, self._left, "Other tabs", self._styles.heading())
        for number, tab in enumerate(others):
            below, beside = divmod(number, _BOXES_A_ROW)
            self._sheet.link(row + 1 + below, self._column(beside), tab.name, tab.name)

    def _lines(self, row: int, number: int, tab: TabPlan, lines: list[str]) -> None:
        """Write a box: a link to its tab and two lines of text."""
        group, column = tab.stage.group, self._column(number)
        self._sheet.link(row, column, lines[0], tab.name, style=self._styles.box(group, "name"))
        self._sheet.text(row + 1, column, lines[1], self._styles.box(group, "gives"))
        self._sheet.text(row + 2, column, lines[2], self._styles.box(group, "weights"))

    def _bar(self, weights: int) -> str:
        """A number of weights, with a bar in proportion to the largest one."""
        if not weights:
            return "no weights"
        eighths = max(1, round(8 * _LONGEST_BAR * weights / self._most_weights))
        return "█" * (eighths // 8) + _PARTS_OF_A_BAR[eighths % 8] + f" {weights:,}"

    def _column(self, number: int) -> int:
        return self._left + 2 * number
