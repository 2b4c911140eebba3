"""Order: what a range is made from and which token it is of, to tell where a fault was made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from xlgpt2.layout.labels import Labels
from xlgpt2.layout.layout import Plan


def differs_by_itself(
    name: str,
    differ: Collection[str],
    in_first_row: bool,
    plan: Plan,
    labels: Mapping[str, Labels],
) -> bool:
    """Whether nothing that a range, or what labels it has, is made from is among what differs.

    A first row that differs may have formulas of its own, which read less than the others: new
    tokens go in a circle of ranges, and begin somewhere.
    """
    if name in labels:
        return labels[name].of not in differ
    if not plan.read_by(name) & set(differ):
        return True
    first = plan.first_row_read_by(name) if in_first_row else None
    return first is not None and not first & set(differ)


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
