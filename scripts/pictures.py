"""The pictures in output/: tabs of the shipped model's workbook, in a real LibreOffice window.

Run as `python -m scripts.pictures`, with the extra `pictures`, Xvfb and xdotool installed.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import click

from scripts.looking_back import PROMPT, looking_back
from scripts.screens import still_picture
from scripts.window import screen, window
from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design

OUTPUT = Path("output")

#: The cells of a window, without menus and bars, in pixels.
LEFT, UPPER, LOWER = 30, 108, 800

#: On a page of 830 pixels, wider pictures are hard to read.
RIGHT, WIDEST = 1262, 1535


@dataclass(frozen=True)
class Picture:
    """A file, the cell to go to, where the picture ends at the right, and what is typed before."""

    name: str
    cell: str
    right: int = RIGHT
    typed: tuple[tuple[str, str], ...] = ()


PICTURES = (
    Picture("merges.png", "Merges.A1"),
    Picture("attention.png", f"$'{looking_back().tab}'.A1"),
    Picture("overview.png", "$'Attention overview'.A1"),
    Picture("after.png", "$'After each block'.A1", WIDEST),
    Picture("switches.png", "Switches.A1", WIDEST, (("Switches.E13", "0"), ("Switches.C13", "0"))),
    Picture("prompt.png", "Prompt.B5"),
)


def main() -> None:
    """Build the workbook and make every picture."""
    with tempfile.TemporaryDirectory() as folder:
        workbook = build(design(), Path(folder) / "tiny.xlsx", PROMPT).path
        with screen() as display, window(workbook, Path(folder) / "profile", display) as keyboard:
            keyboard.fill_screen()
            for picture in PICTURES:
                for cell, text in picture.typed:
                    keyboard.go_to(cell)
                    keyboard.type(text)
                keyboard.go_to(picture.cell)
                path = OUTPUT / picture.name
                cells = still_picture(keyboard).crop((LEFT, UPPER, picture.right, LOWER))
                cells.save(path, optimize=True)
                click.echo(path)


if __name__ == "__main__":
    main()
