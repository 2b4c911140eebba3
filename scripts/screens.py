"""Pictures of the first screen of every tab, in a real LibreOffice window on a virtual screen.

Run as `python -m scripts.screens [WORKBOOK] [-o FOLDER]`, with the extra `pictures`, Xvfb and
xdotool installed. Without a workbook the shipped model's is built. Its own prompt is shown.
"""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path

import click
from PIL import Image, ImageChops, ImageGrab

from scripts.window import Keyboard, screen, window
from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design
from xlgpt2.xlsx.reading.workbook import open_workbook

#: A tab may be computed when it is shown first; the picture is taken when two in a row are equal.
PAUSE_S = 0.4
MOST_PAUSES = 50

_NO_LETTERS = re.compile(r"[^\w ]")


@click.command(help=__doc__)
@click.argument("workbook", type=click.Path(path_type=Path, exists=True), required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("build/screens"))
@click.option("--tab", "tabs", multiple=True, help="Only this tab; can be repeated.")
def main(workbook: Path | None, output: Path, tabs: tuple[str, ...]) -> None:
    """Take a picture of every visible tab."""
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        opened = Path(folder) / "shown.xlsx"
        if workbook is None:
            build(design(), opened)
        else:
            opened.write_bytes(workbook.read_bytes())
        names = open_workbook(opened).contents.sheets
        with (
            screen() as display,
            window(opened, Path(folder) / "profile", display) as keyboard,
        ):
            keyboard.fill_screen()
            keyboard.press(*["ctrl+Prior"] * len(names))
            for number, name in enumerate(names, 1):
                if not tabs or name in tabs:
                    path = output / f"{number:02} {_NO_LETTERS.sub('', name)}.png"
                    still_picture(keyboard).save(path, optimize=True)
                    click.echo(path)
                keyboard.press("ctrl+Next")


def still_picture(keyboard: Keyboard) -> Image.Image:
    """The screen, when it no longer changes."""
    before = picture(keyboard)
    for _ in range(MOST_PAUSES):
        time.sleep(PAUSE_S)
        now = picture(keyboard)
        if ImageChops.difference(before, now).getbbox() is None:
            break
        before = now
    return before


def picture(keyboard: Keyboard) -> Image.Image:
    """The screen as it is."""
    return ImageGrab.grab(xdisplay=keyboard.display).convert("RGB")


if __name__ == "__main__":
    main()
