"""Order: what a range is made from and which token it is of, to tell where a fault was made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from xlgpt2.layout.labels import Labels
from xlgpt2.layout.layout import Plan


def read_by(name: str, plan: Plan, labels: Mapping[str, Labels]) -> Collection[str]:
    """The ranges that a range, or what labels it has, is made from."""
    return (labels[name].of,) if name in labels else plan.read_by(name)


def shape_of(name: str, plan: Plan, labels: Mapping[str, Labels]) -> tuple[str, str]:
    """The shape of a range in symbols; labels have that of what they show."""
    if name in plan.places:
        return plan.places[name].range.template.shape
    if name in labels and labels[name].of in plan.places:
        rows, columns = plan.places[labels[name].of].range.template.shape
        return (columns, rows) if labels[name].area.rows == 1 else (rows, columns)
    return "", ""


def first_number(
    places: Sequence[tuple[int, int]], by_row: str, by_column: str, capacity: int
) -> int | None:
    """The new token, counted from 1, at which a range first differs; 0 if before all of them.

    A token that is wrong goes in again, on tabs that come before those that made it wrong. What
    is of no token in particular, such as sums of all, gives None.
    """
    for size, numbers in ((by_row, [i for i, _ in places]), (by_column, [j for _, j in places])):
        if size == "N":
            return min(max(0, number - capacity + 1) for number in numbers)
        if size == "G":
            return min(numbers)
        if size in ("T", "max_bytes"):
            return 0
    return None
