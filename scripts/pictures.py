"""Pictures of real tabs in output/: a workbook is built, printed by LibreOffice and cut out.

Run as `python -m scripts.pictures`, with the extra `pictures` installed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops

from scripts.looking_back import CAPACITY, MAX_BYTES, PROMPT, looking_back
from xlgpt2.build import build, design
from xlgpt2.engines.libreoffice import LibreOfficeEngine

OUTPUT = Path("output")
DOTS_PER_INCH = 170
MARGIN = 12  # pixels of white left around the cells

#: Picture -> tab and cells.
PICTURES = {
    "prompt.png": ("Prompt", "A1:O34"),
    "merges.png": ("Merges", "A1:P44"),
    "attention.png": (looking_back().tab, "A1:AC21"),
}


def main() -> None:
    """Builds the workbook and makes every picture."""
    engine = LibreOfficeEngine()
    with tempfile.TemporaryDirectory() as folder:
        workbook = Path(folder) / "tiny.xlsx"
        build(design(capacity=CAPACITY, max_bytes=MAX_BYTES), workbook, PROMPT)
        for name, (tab, cells) in PICTURES.items():
            page = Path(folder) / "page.pdf"
            engine.to_pdf(workbook, page, sheet=tab, cell_range=cells)
            cut(draw(page)).save(OUTPUT / name, optimize=True)
            print(OUTPUT / name)


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
