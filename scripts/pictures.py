"""Pictures of tabs in output/: a workbook is built, printed by LibreOffice, and cropped.

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
from xlgpt2.xlsx.reading.workbook import open_workbook

OUTPUT = Path("output")
DOTS_PER_INCH = 170
MARGIN = 12  # white pixels around the cells

#: Picture -> tab and cells.
PICTURES = {"prompt.png": ("Prompt", "A1:O35"), "merges.png": ("Merges", "A1:P44")}


def main() -> None:
    """Build the workbook and make every picture."""
    decided = design(capacity=CAPACITY, max_bytes=MAX_BYTES)
    head = looking_back()
    scores = decided.plan.places[f"h_{head.block}_attn_scores_{head.head}"].area
    softmax = decided.plan.places[f"h_{head.block}_attn_softmax_{head.head}"].area
    area = f"A1:{column_letters(softmax.column + softmax.columns - 1)}{softmax.row + CAPACITY - 1}"
    with tempfile.TemporaryDirectory() as folder:
        workbook = build(decided, Path(folder) / "tiny.xlsx", PROMPT).path
        hide_heads_before(workbook, head.tab, scores.column)
        for name, (tab, cells) in {**PICTURES, "attention.png": (head.tab, area)}.items():
            page = Path(folder) / "page.pdf"
            LibreOfficeEngine().to_pdf(open_workbook(workbook), page, sheet=tab, cell_range=cells)
            crop(render(page)).save(OUTPUT / name, optimize=True)
            print(OUTPUT / name)


def hide_heads_before(workbook: Path, tab: str, column: int) -> None:
    """Hide the columns between the row labels and a head, in a workbook made for a picture."""
    book = openpyxl.load_workbook(workbook)
    for hidden in range(4, column):  # after two columns of labels and a gap
        book[tab].column_dimensions[column_letters(hidden)].hidden = True
    for title in range(3, column):  # links and titles that hidden columns would cut off
        for row in (2, *range(7, 10)):
            book[tab].cell(row, title).value = None
    book.save(workbook)


def render(page: Path) -> Image.Image:
    """The first page of a PDF as an image."""
    document = pypdfium2.PdfDocument(page)
    picture: Image.Image = document[0].render(scale=DOTS_PER_INCH / 72).to_pil().convert("RGB")
    return picture


def crop(picture: Image.Image) -> Image.Image:
    """The part of a picture that is not white, with a margin."""
    white = Image.new("RGB", picture.size, "white")
    box = ImageChops.difference(picture, white).getbbox()
    assert box is not None, "the page is empty"
    left, top, right, bottom = box
    return picture.crop((left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN))


if __name__ == "__main__":
    main()
