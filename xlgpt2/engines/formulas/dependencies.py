"""The order of computing: formulas in steps, each step needing only the steps before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Needs:
    """What a formula needs: other formulas, and areas, all by number."""

    formulas: Sequence[int]
    areas: Sequence[int]


def steps(
    formulas: Sequence[Needs], areas: Sequence[Sequence[int]]
) -> tuple[list[int], frozenset[int]]:
    """The step at which each formula can be computed, and the formulas that need themselves.

    `areas` are the formulas in every area, so that an area of many cells that many formulas read
    counts once and not for each of them. The steps of other formulas are as if those that need
    themselves needed nothing.
    """
    count = len(formulas)
    needs = [[*need.formulas, *(count + area for area in need.areas)] for need in formulas]
    needs += [list(area) for area in areas]
    missing = [len(need) for need in needs]
    users: list[list[int]] = [[] for _ in needs]
    for node, need in enumerate(needs):
        for other in need:
            users[other].append(node)
    step = [0] * len(needs)
    ready = [node for node, number in enumerate(missing) if not number]
    done = _follow(ready, users, missing, step)
    circles = _circles(needs, users, done)
    for node in circles:
        missing[node] = -1  # never again 0: it is done now
    _follow(sorted(circles), users, missing, step)
    return step[:count], frozenset(node for node in circles if node < count)


def _follow(
    ready: list[int], users: Sequence[Sequence[int]], missing: list[int], step: list[int]
) -> set[int]:
    """All nodes that are done once some are: those, and all that then need nothing more."""
    for node in ready:  # grows while we go through it
        for user in users[node]:
            step[user] = max(step[user], step[node] + 1)
            missing[user] -= 1
            if not missing[user]:
                ready.append(user)
    return set(ready)


def _circles(
    needs: Sequence[Sequence[int]], users: Sequence[Sequence[int]], done: set[int]
) -> set[int]:
    """Of the nodes that are not done those that others hang on in turn: what is on a circle."""
    left = set(range(len(needs))) - done
    hanging = {node: sum(user in left for user in users[node]) for node in left}
    ends = [node for node, number in hanging.items() if not number]
    for node in ends:  # grows while we go through it
        left.discard(node)
        for other in needs[node]:
            if other in left:
                hanging[other] -= 1
                if not hanging[other]:
                    ends.append(other)
    return left


def needed(
    ends: Iterable[int], formulas: Sequence[Needs], areas: Sequence[Sequence[int]]
) -> set[int]:
    """Some formulas, all that they need, and what that needs."""
    found = set(ends)
    seen_areas: set[int] = set()
    waiting = list(found)
    while waiting:
        need = formulas[waiting.pop()]
        fresh = set(need.areas) - seen_areas
        seen_areas |= fresh
        new = set(need.formulas).union(*(areas[area] for area in fresh)) - found
        found |= new
        waiting += new
    return found
