"""The fuzzer's inputs: small good ones with random changes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

import formulas

from hardening.crafted_zips import parts_of, write_parts
from tests.random_models import write_random_model
from tests.small_workbooks import write_cells
from tests.weight_files import as_csv, as_shards

#: Texts that are special somewhere, or invalid where something else is expected.
ODD = (
    *("", "0", "-1", "1", "2", "7", "0.5", "1e5", "1e999", "-1e999", "NaN", "inf", "1048576"),
    *("1048577", "16385", "4294967296", "9" * 30, "0x10", "١", "true", "TRUE", "null"),
    *("A1", "B2", "$A$1", "A1:B2", "A0", "XFD1048576", "XFE1", "ZZZZ9", "A1:XFD1048576"),
    *("s!$A$1", "s!$A$1:$B$3", "'a tab'!$A$1", "nowhere!$A$1", "#REF!", "[1]s!A1", "B2:A1"),
    *("s", "e", "b", "d", "n", "str", "inlineStr", "array", "shared", "dataTable", "normal"),
    *("r1", "r99", "/xl/worksheets/sheet1.xml", "../x", "http://localhost:9/", "External"),
    *("=1+1", "'", '"', "&amp;", "&#0;", "&#x110000;", "&what;", "<", ">", "<!--", "-->", "]]>"),
    *("\0", "\x1b", "\ud7ff", "é", "😀", "\ufffe", "_xD800_", "_x0000_", "x" * 300, "(" * 70),
    *("F32", "F16", "BF16", "F64", "I8", "U64", "[]", "{}", "[1]", '"', "1,2", "nan", " "),
)

#: Bytes that are special in zip files, numbers and texts.
ODD_BYTES = (
    *(b"\0", b"\0" * 100, b"\xff", b"\xff" * 4, b"\xff" * 8, b"\x7f", b"\x08\0", b"\x63\0"),
    *(b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"\xed\xa0\x80", b"\xef\xbb\xbf"),
    *(b"<", b'"', b"\n", b"{", b"}"),
)

#: The leaves of formulas.
LEAVES = (
    *("A1", "B2", "$A$1", "A1:A3", "C1:D2", "'a tab'!A1:C3", "named", "large", "table", "TRUE"),
    *("1", "0", "-1", "2.5", "1E+9", "1E+300", '"a"', '""', "{1,2;3,4}", "#N/A"),
)

#: Formulas of all kinds, on two tabs.
CELLS = {
    "s!A1": 1.5,
    "s!A2": "a text",
    "s!A3": True,
    "s!B1": "=A1*2",
    "s!B2": '=A2&" more"',
    "s!B3": "=IF(A1>1,SUM(A1:A3,2),MAX(1,2))",
    "s!C1:D2": "{=MMULT(A1:A2,TRANSPOSE(A1:A2))}",
    "s!E1": "=INDEX('a tab'!A1:C3,2,3)+named",
    "s!E2": "=IFERROR(MATCH(7,'a tab'!A1:A3,0),-1)",
    "s!E3": "=SUMPRODUCT(('a tab'!A1:A3<=2)*1)",
    **{f"a tab!{column}{row}": row * 1.25 for column in "ABC" for row in (1, 2, 3)},
    "a tab!D1:D3": "{=IF(A1:A3>1,EXP(A1:A3),0)}",
    "a tab!E1": "=UNICODE(MID(s!A2,1,1))",
}
NAMES = {
    "named": "s!A1",
    "prompt": "s!A2",
    "sums": "s!B1:B3",
    "product": "s!C1:D2",
    "found": "s!E1:E3",
    "table": "a tab!A1:C3",
    "large": "a tab!D1:D3",
    "first": "a tab!E1",
}

_TOKEN = re.compile(rb"(<[^>]*>)")
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')


class GoodInputs:
    """The good inputs, made once: model folders of every kind, and a workbook."""

    def __init__(self, folder: Path) -> None:
        def model(name: str) -> Path:
            sizes = {"n_layer": 1, "n_head": 1, "head_size": 2, "vocab_size": 262, "n_positions": 3}
            return write_random_model(folder / name, **sizes)

        self.models = [model("single"), as_shards(model("shards")), as_csv(model("csv"))]
        self.models.append(write_random_model(folder / "older", n_layer=1, n_head=1, prefix=True))
        self.workbook = write_cells(folder / "good.xlsx", CELLS, NAMES)
        self.parts = parts_of(self.workbook)
        self.functions = sorted(formulas.get_functions())


def changed_bytes(random: Random, data: bytes, changes: int) -> bytes:
    """Bytes with some of them changed, removed, repeated or inserted."""
    result = bytearray(data)
    for _ in range(changes):
        start = random.randrange(len(result) + 1)
        stop = min(len(result), start + random.choice((1, 1, 2, 4, 8, 40, 400)))
        action = random.randrange(6)
        if action == 0 and start < len(result):
            result[start] ^= 1 << random.randrange(8)
        elif action == 1:
            del result[start:stop]
        elif action == 2:
            result[start:start] = result[start:stop] * random.choice((1, 2, 50))
        elif action == 3:
            result[start:stop] = random.choice(ODD_BYTES)
        elif action == 4:
            result[start:start] = random.choice(ODD).encode("utf-8", "surrogatepass")
        elif random.random() < 0.2:
            del result[start:]
    return bytes(result)


def changed_json(random: Random, data: bytes, changes: int) -> bytes:
    """JSON with some values replaced by any others."""
    try:
        document = json.loads(data)
    except ValueError:
        return data
    for _ in range(changes):
        places = list(_places(document))
        if not places:
            break
        container, key = random.choice(places)
        container[key] = random.choice(
            (None, True, -1, 0, 1 << 63, 1e300, [], {}, [container[key]], [[]], *ODD[:60], "\ud800")
        )
        if isinstance(container, dict) and random.random() < 0.2:
            container[random.choice(ODD)] = container.pop(key)
    return json.dumps(document, ensure_ascii=random.random() < 0.9).encode("utf-8", "surrogatepass")


def _places(value: object) -> Iterator[tuple[object, object]]:
    """The container and the key of each value in a JSON document."""
    if isinstance(value, dict):
        keys = list(value) if len(value) < 50 else list(value)[:20]
        for key in keys:
            yield value, key
            yield from _places(value[key])
    elif isinstance(value, list):
        for index, item in enumerate(value[:20]):
            yield value, index
            yield from _places(item)


def changed_safetensors(random: Random, data: bytes, changes: int) -> bytes:
    """A safetensors file with another header, or other bytes."""
    length = int.from_bytes(data[:8], "little")
    header = changed_json(random, data[8 : 8 + length], changes)
    announced = len(header) if random.random() < 0.9 else random.choice((0, 7, 1 << 20, 1 << 63))
    return announced.to_bytes(8, "little") + header + data[8 + length :]


def changed_xml(random: Random, data: bytes, changes: int) -> bytes:
    """XML with other attributes and texts, and elements removed, repeated or moved."""
    tokens = [token for token in _TOKEN.split(data) if token]
    for _ in range(changes):
        position = random.randrange(len(tokens))
        odd = random.choice(ODD).encode("utf-8", "surrogatepass")
        action = random.randrange(8)
        if action < 3 and tokens[position].startswith(b"<"):
            attributes = list(_ATTRIBUTE.finditer(tokens[position]))
            if attributes:
                attribute = random.choice(attributes)
                start, stop = attribute.span(random.choice((1, 2, 2, 2)))
                tokens[position] = tokens[position][:start] + odd + tokens[position][stop:]
        elif action == 3:
            texts = [i for i, token in enumerate(tokens) if not token.startswith(b"<")]
            if texts:
                tokens[random.choice(texts)] = odd
        elif action == 4:
            del tokens[position : position + random.choice((1, 1, 2, 5))]
        elif action == 5:
            stop = position + random.choice((1, 2, 4, 9))
            tokens[position:position] = tokens[position:stop] * random.choice((1, 1, 30))
        elif action == 6:
            tokens.insert(random.randrange(len(tokens) + 1), tokens.pop(position))
        else:
            tokens.insert(position, odd if random.random() < 0.5 else b"<%s/>" % (odd or b"x"))
        if not tokens:
            break
    return b"".join(tokens)


def random_formula(random: Random, functions: Sequence[str], depth: int = 4) -> str:
    """A random formula, mostly valid, with any functions."""
    if depth == 0 or random.random() < 0.15:
        return random.choice(LEAVES)

    def inner() -> str:
        return random_formula(random, functions, depth - 1)

    kind = random.randrange(5)
    if kind == 0:
        return f"{inner()}{random.choice('+ - * / ^ & = <> < <= > >='.split())}{inner()}"
    if kind == 1:
        return f"({inner()})"
    if kind == 2:
        return f"{random.choice(('-', '+', '', ''))}{inner()}{random.choice(('%', '', ''))}"
    count = random.choice((0, 1, 1, 2, 2, 3, 4))
    return f"{random.choice(functions)}({','.join(inner() for _ in range(count))})"


def broken(random: Random, formula: str) -> str:
    """A formula, in four of ten cases with parts removed or inserted."""
    if random.random() < 0.6:
        return formula
    parts = re.findall(r'"[^"]*"|\w+|.', formula)
    for _ in range(random.randrange(1, 4)):
        position = random.randrange(len(parts) + 1)
        if random.random() < 0.5:
            del parts[position : position + 1]
        else:
            parts.insert(position, random.choice((*parts, *ODD[:70])) if parts else "(")
    return "".join(parts)


def model_folder(random: Random, goods: GoodInputs, folder: Path) -> Path:
    """A model folder with one or two of its files changed."""
    target = Path(shutil.copytree(random.choice(goods.models), folder / "model"))
    for _ in range(random.choice((1, 1, 1, 2))):
        path = random.choice(sorted(target.iterdir()))
        data, changes = path.read_bytes(), random.choice((1, 1, 2, 5))
        change: Callable[[Random, bytes, int], bytes] = changed_bytes
        if path.suffix == ".json" and random.random() < 0.7:
            change = changed_json
        elif path.suffix == ".safetensors" and random.random() < 0.6:
            change = changed_safetensors
        path.write_bytes(change(random, data, changes))
    return target


def package_bytes(random: Random, goods: GoodInputs, folder: Path) -> Path:
    """A workbook with some bytes of its zip file changed."""
    path = folder / "book.xlsx"
    path.write_bytes(changed_bytes(random, goods.workbook.read_bytes(), random.choice((1, 2, 4))))
    return path


def package_parts(random: Random, goods: GoodInputs, folder: Path) -> Path:
    """A workbook with the XML of one or two parts changed."""
    parts = dict(goods.parts)
    for _ in range(random.choice((1, 1, 2))):
        # Mostly sheets and the parts that refer to them, which have the most structure.
        names = [name for name in parts if "sheet" in name or "workbook" in name] * 3 + [*parts]
        name = random.choice(names)
        change = changed_xml if random.random() < 0.85 else changed_bytes
        parts[name] = change(random, parts[name], random.choice((1, 1, 2, 4, 12)))
        if random.random() < 0.02:
            parts[random.choice(("x", name.upper(), "xl/" + name))] = parts.pop(name)
    return write_parts(folder / "book.xlsx", parts)


def package_formulas(random: Random, goods: GoodInputs, folder: Path) -> Path:
    """A workbook with random formulas in two of its cells."""
    parts = dict(goods.parts)
    sheet = parts["xl/worksheets/sheet1.xml"]
    for old in (b"A1*2", b"INDEX('a tab'!A1:C3,2,3)+named"):
        text = broken(random, random_formula(random, goods.functions))
        new = text.replace("&", "&amp;").replace("<", "&lt;").replace("\0", "")
        sheet = sheet.replace(b">%s<" % old, b">%s<" % new.encode("utf-8", "surrogatepass"))
    parts["xl/worksheets/sheet1.xml"] = sheet
    return write_parts(folder / "book.xlsx", parts)
