"""All hostile inputs, with the commands that get them: `python -m hardening.answers`."""

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

#: Placeholders in a command for the input, a writable folder, the good model and workbook.
INPUT, OUTPUT, MODEL, WORKBOOK = "INPUT", "OUTPUT", "MODEL", "WORKBOOK"


@dataclass(frozen=True)
class Command:
    """A command line; `engine` is the engine that it needs, None for the one in this process."""

    line: str
    engine: str | None = None

    def arguments(self, argument: str, output: Path, model: Path, workbook: Path) -> list[str]:
        """The arguments of xlgpt2 with the placeholders filled in."""
        values = {INPUT: argument, MODEL: str(model), WORKBOOK: str(workbook)}
        words = [values.get(word, word) for word in self.line.split()]
        return [word.replace(OUTPUT, str(output)) for word in words]


@dataclass(frozen=True)
class Subject:
    """Hostile inputs of a kind, and the commands that get each of them.

    They are made from the good model or the good workbook.
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


def taken(inputs: Sequence[Hostile], step: int, seed: int) -> list[Hostile]:
    """Every so many inputs; consecutive seeds go through all of them."""
    return list(inputs[seed % step :: step])


def good_ones(folder: Path) -> tuple[Path, Path]:
    """A small good model and its workbook, from which hostile inputs are made."""
    model = write_random_model(
        folder / "good", n_layer=1, n_head=2, head_size=2, vocab_size=262, n_positions=5
    )
    decided = design(model, capacity=4, max_bytes=8, new_tokens=2)
    return model, build(decided, folder / "good.xlsx", "the").path
