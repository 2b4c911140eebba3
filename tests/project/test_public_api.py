"""The public API: everything that `import xlgpt2` offers, listed in a file."""

import inspect
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from enum import EnumMeta
from pathlib import Path

import pytest

import xlgpt2
from xlgpt2 import errors
from xlgpt2.commands import verify as verify_command

ROOT = Path(__file__).parents[2]
LIST = ROOT / "tests" / "cases" / "public_api.txt"
PAGE = ROOT / "docs" / "python.md"


def public_list() -> str:
    """The functions, the types of their arguments and results, and the tree of errors."""
    objects = {name: getattr(xlgpt2, name) for name in sorted(xlgpt2.__all__)}
    functions = [call(value) for value in objects.values() if inspect.isfunction(value)]
    values = [members(value) for value in objects.values() if inspect.isclass(value)]
    parts = [
        ["# functions"],
        *functions,
        ["# values"],
        *values,
        ["# errors"],
        tree(errors.XlGpt2Error),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def call(function) -> Iterator[str]:
    """A function with its arguments, one per line."""
    signature = inspect.signature(function)
    yield f"{function.__name__}("
    yield from (f"    {argument(each)}," for each in signature.parameters.values())
    yield f") -> {signature.return_annotation}"


def argument(parameter: inspect.Parameter) -> str:
    """A parameter as in a `def`."""
    text = f"{parameter.name}: {parameter.annotation}"
    if parameter.annotation is inspect.Parameter.empty:
        text = parameter.name
    if parameter.default is inspect.Parameter.empty:
        return text
    default = parameter.default
    return f"{text} = {default.__name__ if inspect.isfunction(default) else repr(default)}"


def members(kind: type) -> Iterator[str]:
    """A class with its constructor's arguments, its properties and its methods."""
    yield kind.__name__
    if isinstance(kind, EnumMeta):
        yield from (f"    {member.name} = {member.value!r}" for member in kind)
        return
    yield from (f"    {argument(each)}" for each in inspect.signature(kind).parameters.values())
    for name, value in vars(kind).items():
        if isinstance(value, property):
            yield f"    {name}: {value.fget.__annotations__['return']}"
        elif inspect.isfunction(value) and not name.startswith("_"):
            _self, *others = inspect.signature(value).parameters.values()
            text = ", ".join(map(argument, others))
            yield f"    {name}({text}) -> {value.__annotations__['return']}"


def tree(error: type[Exception], depth: int = 0) -> Iterator[str]:
    """An exception, and below it, indented by four spaces, its subclasses."""
    yield f"{'    ' * depth}{error.__name__}"
    for kind in error.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield from tree(kind, depth + 1)


def test_the_public_api_is_as_listed():
    """A change of a public name, signature, field or error needs a change of that file."""
    assert public_list() == LIST.read_text("utf-8"), (
        "python -m tests.project.test_public_api prints it"
    )


def test_the_tree_of_errors_is_up_to_date():
    """The docstring of errors.py has every error, in its place and in the order of the file."""
    lines = re.findall(r"^([│├└─ ]*)(\w+Error)\b", errors.__doc__, re.MULTILINE)
    assert [f"{' ' * len(branch)}{name}" for branch, name in lines] == list(
        tree(errors.XlGpt2Error)
    )


def test_importing_it_is_quick():
    """It imports no library."""
    program = (
        "import sys; before = set(sys.modules); import xlgpt2; new = set(sys.modules) - before;"
        "print(sorted(name for name in new if name.split('.')[0] not in sys.stdlib_module_names))"
    )
    line = [sys.executable, "-c", program]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "['xlgpt2', 'xlgpt2._version', 'xlgpt2.errors']\n"


def test_names_are_found_in_every_way():
    """As attributes, from an import, by a star, and in completion; unknown names fail."""
    names: dict[str, object] = {}
    exec("from xlgpt2 import *; from xlgpt2 import build, verify", names)
    assert {name for name in names if not name.startswith("__")} == set(xlgpt2.__all__)
    assert set(dir(xlgpt2)) == {*xlgpt2.__all__, "__version__"}
    assert not hasattr(xlgpt2, "biuld")


def blocks(page: str) -> Iterable[tuple[str, str]]:
    """The language and the content of each fenced block of a page."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_example_of_the_documentation_runs(tmp_path, monkeypatch, capsys):
    """Its output is that on the page; `verify` takes the file's prompt and no probes."""
    monkeypatch.setattr(verify_command, "with_probes", lambda requested, inspected: [*requested])
    (_, program), (_, printed) = blocks(PAGE.read_text("utf-8"))
    monkeypatch.chdir(tmp_path)
    exec(compile(program, PAGE.name, "exec"), {})
    assert capsys.readouterr().out == printed


if __name__ == "__main__":
    print(public_list(), end="")
