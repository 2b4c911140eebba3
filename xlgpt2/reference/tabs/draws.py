"""The tab Draws: sampling one token from logits, with temperature, top-k, top-p and a seed.

Tokens are ordered by logit, the largest first, and by id among equal ones. Top-k keeps the first
k of them. Top-p (Holtzman et al. 2020, nucleus sampling) keeps the fewest of these whose
probabilities, normalized after top-k, sum to p.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.values import Cells

Array = NDArray[np.float64]

#: The largest prime below 2^26: squares of smaller numbers are exact in a float64, and since it
#: is 2 more than a multiple of 3, cubing permutes them.
PRIME = 67_108_859

_ROUNDS = 8
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19)
CONSTANTS = tuple(int(math.sqrt(prime) % 1 * 2**26) for prime in _PRIMES)

#: The ranges of a sample: single cells, and the binary searches with a row for each step.
_CELLS = (
    *("sampled", "kept_k", "cut_k_logit", "cut_k_above", "cut_k_id", "mass_k", "nucleus_size"),
    *("cut_logit", "cut_above", "cut_id", "kept_mass", "draw_uniform", "drawn_ids"),
)
_NUCLEUS = ("nucleus_low", "nucleus_high", "nucleus_middle", "nucleus_logit", "nucleus_mass")
_DRAW = ("draw_low", "draw_high", "draw_middle", "draw_mass")


@dataclass(frozen=True)
class Sampling:
    """Sampling settings: temperature 0 takes the most likely token; top_k 0 keeps all.

    Temperature is 0 or more, top_k from 0 to V, top_p from 0 to 1, seed from 0 to 999,999,999.
    """

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 1


@dataclass
class Sample:
    """The numbers of one sample by range name: single numbers, and columns."""

    cells: dict[str, float] = field(default_factory=dict)
    columns: dict[str, list[float]] = field(default_factory=dict)
    weights: Array = field(default_factory=lambda: np.empty(0))

    @property
    def token_id(self) -> int:
        """The sampled id."""
        return int(self.cells["drawn_ids"])


def random_rounds(seed: int, position: int) -> tuple[list[int], list[int]]:
    """The pseudo-random state for a seed and a position: each round's input and output, [8] each.

    A round adds a constant and cubes modulo PRIME (MiMC, Albrecht et al. 2016, with other
    constants); seed and position are added in the first three.
    """
    inputs = [seed % PRIME, seed // PRIME, position] + [0] * (_ROUNDS - 3)
    sums: list[int] = []
    states: list[int] = []
    for constant, number in zip(CONSTANTS, inputs, strict=True):
        sums.append(((states[-1] if states else 0) + constant + number) % PRIME)
        states.append(pow(sums[-1], 3, PRIME))
    return sums, states


def sample(logits: Array, sampling: Sampling, position: int, steps: int) -> Sample:
    """A token sampled from logits [V]; `steps` is the number of steps of the binary searches."""
    result = Sample(weights=np.exp((logits - logits.max()) / sampling.temperature))
    cells, columns = result.cells, result.columns
    # Like the workbook, by the smallest logit that is kept and the last id that has it.
    ordered = -np.sort(-logits)
    kept_k = sampling.top_k or len(logits)
    cut_k = ordered[kept_k - 1]
    mass_k = _mass(logits, result.weights, cut_k, kept_k, sampling)
    cells |= {"sampled": 1.0, "kept_k": kept_k, "cut_k_logit": cut_k}
    above_k = int((logits > cut_k).sum())
    cells |= {"cut_k_above": above_k, "mass_k": mass_k}
    cells["cut_k_id"] = int(np.flatnonzero(logits == cut_k)[kept_k - above_k - 1])
    size = kept_k
    columns |= dict.fromkeys(_NUCLEUS, [0.0] * steps)
    if sampling.top_p < 1:
        columns |= _nucleus(logits, result, ordered, sampling, steps)
        size = int(columns["nucleus_high"][-1])
    cut = ordered[size - 1]
    above = int((logits > cut).sum())
    cut_id = int(np.flatnonzero(logits == cut)[size - above - 1])
    in_nucleus = (logits > cut) | ((logits == cut) & (np.arange(len(logits)) <= cut_id))
    weights = np.where(in_nucleus, result.weights, 0)
    sums, states = random_rounds(sampling.seed, position)
    columns |= {"draw_sum": list(map(float, sums)), "draw_state": list(map(float, states))}
    cells |= {"nucleus_size": size, "cut_logit": cut, "cut_above": above, "cut_id": cut_id}
    cells |= {"kept_mass": weights.sum(), "draw_uniform": (states[-1] + 0.5) / PRIME}
    columns |= _search_id(weights, cells["draw_uniform"] * cells["kept_mass"], steps)
    cells["drawn_ids"] = columns["draw_high"][-1]
    return result


def _mass(logits: Array, weights: Array, cut: float, size: int, sampling: Sampling) -> float:
    """The total weight of the first `size` tokens, of which the last has the logit `cut`."""
    above = logits > cut
    ties = size - int(above.sum())
    return float(weights[above].sum() + ties * np.exp((cut - logits.max()) / sampling.temperature))


def _nucleus(
    logits: Array, sample: Sample, ordered: Array, sampling: Sampling, steps: int
) -> dict[str, list[float]]:
    """The binary search for how many tokens have the probability top_p, [S] each."""
    low, high = 1, int(sample.cells["kept_k"])
    target = sampling.top_p * sample.cells["mass_k"]
    rows = []
    for _ in range(steps):
        middle = (low + high) // 2
        logit = ordered[middle - 1]
        mass = _mass(logits, sample.weights, logit, middle, sampling)
        rows.append((low, high, middle, logit, mass))
        low, high = (middle + 1, high) if mass < target else (low, middle)
    return dict(zip(_NUCLEUS, map(list, zip(*rows, strict=True)), strict=True))


def _search_id(weights: Array, target: float, steps: int) -> dict[str, list[float]]:
    """The binary search for the first id whose cumulative weight exceeds `target`, [S] each."""
    low, high = 0, len(weights) - 1
    rows = []
    for _ in range(steps):
        middle = (low + high) // 2
        mass = float(weights[: middle + 1].sum())
        rows.append((low, high, middle, mass))
        low, high = (low, middle) if mass > target else (middle + 1, high)
    return dict(zip(_DRAW, map(list, zip(*rows, strict=True)), strict=True))


def draws_trace(
    samples: Sequence[Sample], vocab_size: int, new: int, steps: int, sampling: Sampling
) -> Mapping[str, Cells]:
    """The ranges of the tab Draws: [V, G], [S, G], [8, G], [1, G]; 0 where nothing is sampled."""
    cells = {name: np.zeros((1, new)) for name in _CELLS}
    columns = {name: np.zeros((steps, new)) for name in (*_NUCLEUS, *_DRAW)}
    columns |= {name: np.zeros((_ROUNDS, new)) for name in ("draw_sum", "draw_state")}
    weights = np.zeros((vocab_size, new))
    for g, sample in enumerate(samples):
        weights[:, g] = sample.weights
        for name, number in sample.cells.items():
            cells[name][0, g] = number
        for name, numbers in sample.columns.items():
            columns[name][:, g] = numbers
    return {
        **cells,
        **columns,
        "draw_weights": weights,
        "temperature_used": np.array([[sampling.temperature]]),
        "top_k_used": np.array([[float(sampling.top_k)]]),
        "top_p_used": np.array([[sampling.top_p]]),
        "seed_used": np.array([[float(sampling.seed)]]),
    }
