"""Samples of long lists: what one run of the suite takes of them, by a seed that is printed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

#: The seed, if it is not that of the date.
SEED_VARIABLE = "XLGPT2_SEED"

Row = TypeVar("Row")


@dataclass(frozen=True)
class Samples:
    """A seed, and whether lists are taken as a whole instead (`pytest --exhaustive`)."""

    seed: int
    exhaustive: bool = False

    def of(self, rows: Sequence[Row], number: int) -> list[Row]:
        """At most `number` rows, evenly spaced; consecutive seeds go through all of them."""
        step = 1 if self.exhaustive else max(1, -(-len(rows) // number))
        return list(rows[self.seed % step :: step])

    def __str__(self) -> str:
        if self.exhaustive:
            return f"samples: none, whole lists; {SEED_VARIABLE}={self.seed}"
        return f"samples: {SEED_VARIABLE}={self.seed} repeats those of this run"


def samples_of_today(exhaustive: bool) -> Samples:
    """The samples of the seed in the environment, where the date's is put if there is none.

    The processes of pytest-xdist inherit it, so that all of them have the same seed.
    """
    if SEED_VARIABLE not in os.environ:
        os.environ[SEED_VARIABLE] = str(date.today().toordinal())
    return Samples(int(os.environ[SEED_VARIABLE]), exhaustive)
