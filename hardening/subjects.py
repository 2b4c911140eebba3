"""Every hostile input, with the commands that it is given to: `python -m hardening.answers`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hardening.hostile_models import HOSTILE_MODELS
from hardening.hostile_packages import HOSTILE_PACKAGES
from hardening.hostile_prompts import HOSTILE_PLACES, HOSTILE_PROMPTS
from hardening.hostile_sheets import HOSTILE_SHEETS
from hardening.makers import Hostile
from tests.random_models import write_random_model
from xlgpt2 import build, design

#: Stand in a command for the input, for a folder that can be written, and for what is good.
INPUT, OUTPUT, MODEL, WORKBOOK = "INPUT", "OUTPUT", "MODEL", "WORKBOOK"


@dataclass(frozen=True)
class Command:
    """A command line; `engine` is the program that it needs, if not the one in this process."""

    line: str
    engine: str | None = None

    def arguments(self, given: str, output: Path, model: Path, workbook: Path) -> list[str]:
        """The arguments of xlgpt2 with everything in its place."""
        places = {INPUT: given, MODEL: str(model), WORKBOOK: str(workbook)}
        words = [places.get(word, word) for word in self.line.split()]
        return [word.replace(OUTPUT, str(output)) for word in words]


@dataclass(frozen=True)
class Subject:
    """Hostile inputs of a kind, and the commands that each of them is given to.

    They are made of the good model or the good workbook.
    """

    title: str
    inputs: Sequence[Hostile]
    commands: Sequence[Command]
    made_of: str


SUBJECTS = (
    Subject(
        "workbooks",
        [*HOSTILE_PACKAGES, *HOSTILE_SHEETS],
        [
            Command("run INPUT --top 1"),
            Command("verify INPUT --model MODEL --engine formulas --no-probe"),
            Command("diff INPUT WORKBOOK"),
            Command("bake INPUT -o OUTPUT/baked.xlsx"),
            Command("run INPUT --top 1 --engine ironcalc", "ironcalc"),
            Command("run INPUT --top 1 --engine cellrune", "cellrune"),
            Command("run INPUT --top 1 --engine libreoffice", "libreoffice"),
            Command("run INPUT --top 1 --engine gnumeric", "gnumeric"),
        ],
        WORKBOOK,
    ),
    Subject(
        "models",
        HOSTILE_MODELS,
        [
            Command("build --model INPUT --capacity 3 --new-tokens 1 -o OUTPUT/model.xlsx"),
            Command("verify WORKBOOK --model INPUT --engine formulas --no-probe"),
        ],
        MODEL,
    ),
    Subject(
        "prompts",
        HOSTILE_PROMPTS,
        [
            Command("run WORKBOOK --top 1 --prompt INPUT"),
            Command("run WORKBOOK --top 1 --json --prompt INPUT"),
            Command("verify WORKBOOK --model MODEL --engine formulas --no-probe --prompt INPUT"),
            Command("build --model MODEL --capacity 3 -o OUTPUT/model.xlsx --prompt INPUT"),
            Command("run WORKBOOK --top 1 --engine ironcalc --prompt INPUT", "ironcalc"),
            Command("run WORKBOOK --top 1 --engine cellrune --prompt INPUT", "cellrune"),
            Command("run WORKBOOK --top 1 --engine libreoffice --prompt INPUT", "libreoffice"),
            Command("run WORKBOOK --top 1 --engine gnumeric --prompt INPUT", "gnumeric"),
        ],
        WORKBOOK,
    ),
    Subject(
        "places to write to",
        HOSTILE_PLACES,
        [
            Command("build --model MODEL --capacity 3 -o INPUT"),
            Command("build --model MODEL --capacity 3 --split -o INPUT"),
            Command("bake WORKBOOK -o INPUT"),
            Command("verify WORKBOOK --model MODEL --engine formulas --no-probe --report INPUT"),
        ],
        WORKBOOK,
    ),
)


def good_ones(folder: Path) -> tuple[Path, Path]:
    """A small good model and the workbook of it, that hostile inputs are made of."""
    model = write_random_model(
        folder / "good", n_layer=1, n_head=2, head_size=2, vocab_size=262, n_positions=5
    )
    decided = design(model, capacity=4, max_bytes=8, new_tokens=2)
    return model, build(decided, folder / "good.xlsx", "the").path
