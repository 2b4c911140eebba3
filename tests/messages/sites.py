"""Sites: the places in the package where messages are written, found in its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import xlgpt2
from xlgpt2.errors import XlGpt2Error

PACKAGE = Path(xlgpt2.__file__).parent

#: The hint that cli/exit_codes.py gives errors of click, which have none.
USAGE_HINT = "run {} --help"

FILLED_IN = "{}"


@dataclass(frozen=True)
class Site:
    """A message and its hint as they are written, with {} for what is filled in."""

    place: str
    message: str
    hint: str

    def says(self, message: str, hint: str) -> bool:
        """Whether these texts can come from here; places may stand before the message."""
        return bool(
            re.fullmatch(f"(.*: )?{_pattern(self.message)}", message)
            and re.fullmatch(_pattern(self.hint), hint)
        )


def _pattern(text: str) -> str:
    return ".*".join(map(re.escape, text.split(FILLED_IN)))


def sites() -> list[Site]:
    """Every place where an error of ours, or of the command line, is made."""
    kinds = {"UsageError", *_kinds(XlGpt2Error)}
    found = []
    for place, module, node in _nodes():
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in kinds:
            message, *hint = (_text(argument, module) for argument in node.args)
            found.append(Site(place, message, hint[0] if hint else USAGE_HINT))
    return found


def site_of(message: str, hint: str, known: list[Site]) -> Site | None:
    """The site of these texts: of those that they can come from, the one with the most words."""
    found = [site for site in known if site.says(message, hint)]
    return max(found, key=lambda site: len(site.message + site.hint), default=None)


def lines(file: str, beginnings: tuple[str, ...]) -> list[str]:
    """The texts in a file of the package that begin so, with {} for what is filled in."""
    texts = [
        _text(node, module)
        for place, module, node in _nodes()
        if place.partition(" ")[0] == file and isinstance(node, ast.JoinedStr)
    ]
    return [text for text in texts if text.startswith(beginnings)]


def _kinds(error: type[Exception]) -> Iterator[str]:
    """The names of an exception and of those that are kinds of it."""
    yield error.__name__
    for kind in error.__subclasses__():
        yield from _kinds(kind)


def _nodes() -> Iterator[tuple[str, str, ast.AST]]:
    """Every node of the package's source, with its place (file and function) and its module."""
    for path in sorted(PACKAGE.rglob("*.py")):
        file = path.relative_to(PACKAGE)
        module = ".".join(["xlgpt2", *file.with_suffix("").parts])
        waiting: list[tuple[str, ast.AST]] = [(file.as_posix(), ast.parse(path.read_text("utf-8")))]
        while waiting:
            place, node = waiting.pop()
            yield place, module, node
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                place = f"{place} {node.name}"
            waiting += [(place, child) for child in ast.iter_child_nodes(node)]


def _text(node: ast.AST, module: str) -> str:
    """A text as it is written; constants of the module stand for their own texts."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, module) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, module)
    if isinstance(node, ast.Name) and node.id.isupper():
        value = getattr(import_module(module), node.id, None)
        return value if isinstance(value, str) else FILLED_IN
    return FILLED_IN
