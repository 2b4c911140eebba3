"""The fuzzer's inputs for the reader of templates: shipped templates with random changes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from random import Random

from hardening.fuzz_inputs import GoodInputs, changed_bytes
from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import get_engine
from xlgpt2.errors import XlGpt2Error
from xlgpt2.stages.template_files import shipped_templates
from xlgpt2.xlsx.reading.workbook import open_workbook

#: Values that are valid for some field.
ODD = (
    *("1", "0", "-1", "1e9", "1.5", "true", "false", "nan", "inf", "2026-01-01", "[]", "{}", "[1]"),
    *('""', '"x"', '"T"', '"V"', '"2*T"', '"T*T*T*T"', '"1/0"', '"weight"', '"array"', '"whole"'),
    *('"A1"', '"=1+1"', '"a\\u0000b"', '"\\uFFFE"', '"[Red]["', '"#"', '"{T}"', '"{nowhere}"'),
    *('["T", "C"]', '["V", "V"]', '["1", "1"]', '["T"]', '["", ""]', '["-1", "T"]', "'x'"),
)

#: Parts of formulas, valid and forbidden.
TOKENS = (
    *("{token_ids}", "{logits}", "{active[i]}", "{wte}", "{row}", "{column}", "{T}", "{nowhere}"),
    *("{active[i-1]}", "{active[i,j]}", "{active[9999]}", "SUM(", "IF(", "MMULT(", "NOSUCH(", ")"),
    *("INDIRECT(", "WEBSERVICE(", "RAND(", "LET(", "(", ",", "+", "*", "=", "&", "<", '"', "A1"),
    *("$A$1", "Prompt!A1", "[1]x!A1", "#REF!", "1E999", "1", "\\n", "{", "}", "{}", "@", "#", "!"),
)

_VALUE = re.compile(r"(?m)^(\w+) = (.+)$")
_FORMULA = re.compile(r'(?m)^(?:formula|first|last|generated) = "((?:[^"\\]|\\.)+)"$')
_TOKEN = re.compile(r'\{[^{}]*\}|[A-Z]+\(|\d[\d.E]*|\\"(?:[^"\\])*\\"|<>|<=|>=|.')
_KINDS = ("{", "(", tuple("0123456789"), ("\\",), tuple("+-*/^&=<>"))


def template_folder(random: Random, goods: GoodInputs, folder: Path) -> Path:
    """A folder with a good model, and templates of which one or two files are changed."""
    target = Path(shutil.copytree(shipped_templates(), folder / "templates"))
    (folder / "model").symlink_to(goods.models[0])
    for _ in range(random.choice((1, 1, 1, 2))):
        path = random.choice(sorted(target.rglob("*.toml")))
        text = path.read_text("utf-8")
        for _ in range(random.choice((1, 1, 2, 4))):
            text = _changed(random, text)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        if random.random() < 0.05:
            path.write_bytes(changed_bytes(random, path.read_bytes(), 2))
        if random.random() < 0.05:
            path.rename(path.with_name(random.choice(("00-x.toml", "99-x.toml", "x.txt"))))
    return folder


def _changed(random: Random, text: str) -> str:
    """A template with a change in a value, a formula, or some lines."""
    action = random.randrange(7)
    formulas, values = list(_FORMULA.finditer(text)), list(_VALUE.finditer(text))
    if action < 3 and formulas:
        match = random.choice(formulas)
        other = _other_formula if action else _broken_formula
        return text[: match.start(1)] + other(random, match[1]) + text[match.end(1) :]
    if action < 6 and values:
        match = random.choice(values)
        same = [value[2] for value in values if value[1] == match[1]]
        other_value = random.choice(ODD if action == 3 else same)
        return text[: match.start(2)] + other_value + text[match.end(2) :]
    lines = text.splitlines(keepends=True)
    if not lines:
        return random.choice(ODD)
    start = random.randrange(len(lines))
    block = lines[start : start + random.choice((1, 1, 2, 9))]
    if random.random() < 0.5:
        lines[start : start + len(block)] = []
    else:
        target = random.randrange(len(lines) + 1)
        lines[target:target] = block
    return "".join(lines)


def _broken_formula(random: Random, formula: str) -> str:
    """A formula with something inserted or replaced anywhere."""
    start = random.randrange(len(formula))
    stop = start + random.choice((0, 0, 1, 3))
    return formula[:start] + random.choice(TOKENS).replace('"', '\\"') + formula[stop:]


def _other_formula(random: Random, formula: str) -> str:
    """A formula with a token replaced by another of its kind."""
    tokens = _TOKEN.findall(formula)
    position = random.randrange(len(tokens))
    kind = _kind(tokens[position])
    same = [token for token in (*tokens, *TOKENS) if _kind(token) == kind]
    tokens[position] = random.choice(same)
    return "".join(tokens)


def _kind(token: str) -> int:
    """The kind of a token: a hole, a function, a number, a text, an operator or another."""
    if token.endswith("(") and len(token) > 1:
        return 1
    return next((n for n, first in enumerate(_KINDS) if token.startswith(first)), len(_KINDS))


def build_and_compute(folder: Path) -> None:
    """Build a workbook with the templates in a folder; it must be readable and computable."""
    file = folder / "built.xlsx"
    model, templates = folder / "model", folder / "templates"
    decided = design(model, capacity=3, max_bytes=8, new_tokens=1, templates=templates)
    build(decided, file, "the")
    try:
        for _ in get_engine("formulas").recalculate(open_workbook(file), [{}]):
            pass
    except XlGpt2Error as error:
        raise AssertionError(f"built, but {error.message}") from error
