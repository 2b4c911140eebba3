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
    """The step at which each formula can be computed, and formulas that need themselves.

    `areas` are the formulas in every area, so that an area of many cells that many formulas read
    counts once and not for each of them. One formula of every circle is among those that need
    themselves, and the steps of the others are as if it needed nothing.
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
    done: set[int] = set()
    circular: set[int] = set()
    while True:
        for node in ready:  # grows while we go through it
            done.add(node)
            for user in users[node]:
                step[user] = max(step[user], step[node] + 1)
                missing[user] -= 1
                if not missing[user] and user not in circular:
                    ready.append(user)
        if len(done) == len(needs):
            return step[:count], frozenset(circular)
        ready = [_on_a_cycle(needs, done, count)]
        circular.update(ready)


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


def _on_a_cycle(needs: list[list[int]], done: set[int], count: int) -> int:
    """A formula on a cycle: whoever follows needs that are not met comes round to it."""
    node = next(node for node in range(len(needs)) if node not in done)
    seen: set[int] = set()
    while node not in seen or node >= count:
        seen.add(node)
        node = next(other for other in needs[node] if other not in done)
    return node
