"""Pictures of real tabs in output/: a workbook is built, printed by LibreOffice and cut out.

Run as `python -m scripts.pictures`, with the extra `pictures` installed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import openpyxl
import pypdfium2
from PIL import Image, ImageChops

from scripts.looking_back import CAPACITY, MAX_BYTES, PROMPT, looking_back
from xlgpt2.cells.address import column_letters
from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines.libreoffice.engine import LibreOfficeEngine

OUTPUT = Path("output")
DOTS_PER_INCH = 170
MARGIN = 12  # pixels of white left around the cells

#: Picture -> tab and cells.
PICTURES = {"prompt.png": ("Prompt", "A1:O35"), "merges.png": ("Merges", "A1:P44")}


def main() -> None:
    """Builds the workbook and makes every picture."""
    decided = design(capacity=CAPACITY, max_bytes=MAX_BYTES)
    look = looking_back()
    scores = decided.plan.places[f"h_{look.block}_attn_scores_{look.head}"].area
    softmax = decided.plan.places[f"h_{look.block}_attn_softmax_{look.head}"].area
    shown = f"A1:{column_letters(softmax.column + softmax.columns - 1)}{softmax.row + CAPACITY - 1}"
    with tempfile.TemporaryDirectory() as folder:
        workbook = build(decided, Path(folder) / "tiny.xlsx", PROMPT).path
        hide_heads_before(workbook, look.tab, scores.column)
        for name, (tab, cells) in {**PICTURES, "attention.png": (look.tab, shown)}.items():
            page = Path(folder) / "page.pdf"
            LibreOfficeEngine().to_pdf(workbook, page, sheet=tab, cell_range=cells)
            cut(draw(page)).save(OUTPUT / name, optimize=True)
            print(OUTPUT / name)


def hide_heads_before(workbook: Path, tab: str, column: int) -> None:
    """Hides the columns between the row labels and a head, in a copy made for a picture."""
    book = openpyxl.load_workbook(workbook)
    for number in range(4, column):  # after two columns of labels and a gap
        book[tab].column_dimensions[column_letters(number)].hidden = True
    for place in range(1, column):  # links and titles that would be cut by what is hidden
        for row in (2, *range(7, 10)):
            if place > 2:
                book[tab].cell(row, place).value = None
    book.save(workbook)


def draw(page: Path) -> Image.Image:
    """The first page of a PDF as a picture."""
    document = pypdfium2.PdfDocument(page)
    picture: Image.Image = document[0].render(scale=DOTS_PER_INCH / 72).to_pil().convert("RGB")
    return picture


def cut(picture: Image.Image) -> Image.Image:
    """The part of a picture that is not white, with a margin."""
    white = Image.new("RGB", picture.size, "white")
    box = ImageChops.difference(picture, white).getbbox()
    assert box is not None, "the page is empty"
    left, top, right, bottom = box
    return picture.crop((left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN))


if __name__ == "__main__":
    main()
