"""The imports between the package's rooms, as text: `python -m scripts.rooms`.

A room is a folder of the package, or a file beside them. A room's floor, counted from the ground,
is above those of all rooms that it imports; rooms on or above a cycle have none and come last.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "xlgpt2"

#: The rooms that each room imports.
Imports = Mapping[str, frozenset[str]]


@cache
def imported_modules(path: Path) -> frozenset[str]:
    """The modules that a file imports, by full name; relative imports are not allowed."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, (
                f"{path}: relative imports are not supported, since they hide where a module is"
            )
            assert node.module is not None
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


def room_of(path: Path) -> str:
    """The room of a file of the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rooms() -> Imports:
    """Every room with the rooms that it imports."""
    files = sorted(PACKAGE.rglob("*.py"))
    names = {room_of(path) for path in files}
    imports: dict[str, set[str]] = {name: set() for name in sorted(names)}
    for path in files:
        modules = (name.split(".") for name in imported_modules(path))
        internal = {parts[1] for parts in modules if parts[0] == "xlgpt2" and len(parts) > 1}
        imports[room_of(path)] |= internal & names - {room_of(path)}
    return {name: frozenset(imported) for name, imported in imports.items()}


def floors(imports: Imports) -> dict[str, int]:
    """The floor of each room; rooms on or above a cycle have none."""
    floor_of: dict[str, int] = {}
    while True:
        ready = [
            n for n, below in imports.items() if n not in floor_of and below <= floor_of.keys()
        ]
        if not ready:
            return floor_of
        for name in ready:
            floor_of[name] = 1 + max((floor_of[below] for below in imports[name]), default=0)


def drawing(imports: Imports) -> Iterator[str]:
    """A line for each room, from the top floor down."""
    floor_of = floors(imports)
    arrows = sum(map(len, imports.values()))
    back = sorted(imports.keys() - floor_of.keys())
    yield f"{len(imports)} rooms, {arrows} imports between them, {len(back)} rooms on a cycle"
    for name in sorted(floor_of, key=lambda name: (-floor_of[name], name)):
        below = ", ".join(sorted(imports[name], key=lambda room: (-floor_of[room], room)))
        yield f"{floor_of[name]:>2}  {name:<14} {below}".rstrip()
    for name in back:
        yield f" ?  {name:<14} {', '.join(sorted(imports[name]))}"


def main() -> None:
    """Print the drawing."""
    print("\n".join(drawing(rooms())))


if __name__ == "__main__":
    main()
