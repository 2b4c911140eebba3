"""The order of computation: formulas in steps, which depend only on earlier steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Dependencies(NamedTuple):
    """The formulas and areas that a formula depends on, by number."""

    formulas: Sequence[int]
    areas: Sequence[int]


def steps(
    formulas: Sequence[Dependencies], areas: Sequence[Sequence[int]]
) -> tuple[list[int], frozenset[int]]:
    """The step at which each formula can be computed, and the formulas on cycles.

    `areas` has the formulas in every area, which is a node of its own, so that its cells are not
    counted again for each formula that reads it. Other formulas get the steps that they would have
    if those on cycles depended on nothing.
    """
    count = len(formulas)
    needs = [[*formula.formulas, *(count + area for area in formula.areas)] for formula in formulas]
    needs += [list(area) for area in areas]
    missing = [len(nodes) for nodes in needs]
    users: list[list[int]] = [[] for _ in needs]
    for node, nodes in enumerate(needs):
        for other in nodes:
            users[other].append(node)
    step = [0] * len(needs)
    ready = [node for node, number in enumerate(missing) if not number]
    done = _follow(ready, users, missing, step)
    cycles = _cycles(needs, users, done)
    for node in cycles:
        missing[node] = -1  # never 0 again: it is done now
    _follow(sorted(cycles), users, missing, step)
    return step[:count], frozenset(node for node in cycles if node < count)


def _follow(
    ready: list[int], users: Sequence[Sequence[int]], missing: list[int], step: list[int]
) -> set[int]:
    """The `ready` nodes, and all that can be done after them; sets their steps."""
    for node in ready:  # grows during the loop
        next_step = step[node] + 1
        for user in users[node]:
            step[user] = max(step[user], next_step)
            missing[user] -= 1
            if not missing[user]:
                ready.append(user)
    return set(ready)


def _cycles(
    needs: Sequence[Sequence[int]], users: Sequence[Sequence[int]], done: set[int]
) -> set[int]:
    """The nodes on cycles, and those between two cycles."""
    remaining = set(range(len(needs))) - done
    user_counts = {node: sum(user in remaining for user in users[node]) for node in remaining}
    ends = [node for node, number in user_counts.items() if not number]
    for node in ends:  # grows during the loop
        remaining.discard(node)
        for other in needs[node]:
            if other in remaining:
                user_counts[other] -= 1
                if not user_counts[other]:
                    ends.append(other)
    return remaining


def with_dependencies(
    ends: Iterable[int], formulas: Sequence[Dependencies], areas: Sequence[Sequence[int]]
) -> set[int]:
    """Some formulas and all that they depend on, directly or indirectly."""
    needed = set(ends)
    seen_areas: set[int] = set()
    waiting = list(needed)
    while waiting:
        formula = formulas[waiting.pop()]
        new_areas = set(formula.areas) - seen_areas
        seen_areas |= new_areas
        new = set(formula.formulas).union(*(areas[area] for area in new_areas)) - needed
        needed |= new
        waiting += new
    return needed
