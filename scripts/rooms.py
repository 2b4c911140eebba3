"""The imports between the package's rooms, as text: `python -m scripts.rooms`.

A room is a folder of the package, or a file beside them. Floors count from the ground: a room is
above everything that it imports, so an import that runs back up cannot be given a floor and is
listed at the end.
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
    """The modules that a file imports, by their full names; relative imports are not allowed."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where a module is"
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
        inside = {parts[1] for parts in modules if parts[0] == "xlgpt2" and len(parts) > 1}
        imports[room_of(path)] |= inside & names - {room_of(path)}
    return {name: frozenset(others) for name, others in imports.items()}


def floors(imports: Imports) -> dict[str, int]:
    """The floor of each room; those on a cycle, and above one, have none."""
    placed: dict[str, int] = {}
    while True:
        ready = [n for n, below in imports.items() if n not in placed and below <= placed.keys()]
        if not ready:
            return placed
        for name in ready:
            placed[name] = 1 + max((placed[below] for below in imports[name]), default=0)


def drawing(imports: Imports) -> Iterator[str]:
    """The rooms from the top floor down, a line each."""
    placed = floors(imports)
    arrows = sum(map(len, imports.values()))
    back = sorted(imports.keys() - placed.keys())
    yield f"{len(imports)} rooms, {arrows} imports between them, {len(back)} rooms on a cycle"
    for name in sorted(placed, key=lambda name: (-placed[name], name)):
        below = ", ".join(sorted(imports[name], key=lambda room: (-placed[room], room)))
        yield f"{placed[name]:>2}  {name:<14} {below}".rstrip()
    for name in back:
        yield f" ?  {name:<14} {', '.join(sorted(imports[name]))}"


def main() -> None:
    """Print the drawing."""
    print("\n".join(drawing(rooms())))


if __name__ == "__main__":
    main()
