"""Workbooks that were made to do harm, or that harm was done to, with the answer that each gets.

A row is one file: what it is, how it is made of a good one, and words of the error. Where there are
no words, the file is strange and not wrong: a command may compute it, or find that it differs.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.crafted_zips import (
    Entry,
    deflated,
    long_run,
    parts_of,
    stored,
    write_parts,
    write_zip,
)

#: Makes a hostile input from a good one, in a folder of its own, and gives its path.
Make = Callable[[Path, Path], Path]

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
STRINGS = "xl/sharedStrings.xml"

#: The tab Final norm of a model of one block: it has formulas of all kinds, weights and labels.
SHEET = "xl/worksheets/sheet14.xml"


@dataclass(frozen=True)
class Hostile:
    """An input, how it is made, and words that its error has."""

    what: str
    make: Make
    says: str = ""


def package(change: Callable[[dict[str, bytes]], None]) -> Make:
    """Changes the parts of the good workbook."""

    def make(folder: Path, good: Path) -> Path:
        parts = parts_of(good)
        change(parts)
        return write_parts(folder / "hostile.xlsx", parts)

    return make


def entries(change: Callable[[list[Entry]], list[Entry]]) -> Make:
    """Changes the entries of the good workbook's zip file."""

    def make(folder: Path, good: Path) -> Path:
        found = [deflated(name, content) for name, content in parts_of(good).items()]
        return write_zip(folder / "hostile.xlsx", change(found))

    return make


def contents(change: Callable[[bytes], bytes]) -> Make:
    """Changes the bytes of the good workbook."""

    def make(folder: Path, good: Path) -> Path:
        path = folder / "hostile.xlsx"
        path.write_bytes(change(good.read_bytes()))
        return path

    return make


def special(create: Callable[[Path], object]) -> Make:
    """Puts something else where a workbook should be."""

    def make(folder: Path, good: Path) -> Path:
        path = folder / "hostile.xlsx"
        create(path)
        return path

    return make


def part(name: str, old: bytes, new: bytes) -> Make:
    """Replaces the first place of some bytes in one part."""

    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[name], f"{name} has no {old!r}"
        parts[name] = parts[name].replace(old, new, 1)

    return package(change)


def without(name: str) -> Make:
    """Leaves a part out."""
    return package(lambda parts: parts.pop(name) and None)


def content(name: str, data: bytes) -> Make:
    """Another content of a part."""
    return package(lambda parts: parts.update({name: data}))


def doctype(name: str, declaration: str, entity: str = "") -> Make:
    """Declares a document type in a part, and uses an entity of it in the first text there."""

    def change(parts: dict[str, bytes]) -> None:
        head, _, rest = parts[name].partition(b"?>")
        if not rest:
            head, rest = b'<?xml version="1.0"', parts[name]
        if entity:
            rest = re.sub(rb"(<(?:\w+:)?(?:t|v|f|definedName)\b[^>/]*>)", rb"\1" + entity.encode(), rest, count=1)  # fmt: skip
        parts[name] = head + b"?>" + declaration.encode() + rest

    return package(change)


def laughs(levels: int = 9) -> str:
    """Ten entities of the level below in each: with nine levels a billion of the first."""
    lines = ['<!ENTITY a0 "ha">']
    lines += [f'<!ENTITY a{i} "' + f"&a{i - 1};" * 10 + '">' for i in range(1, levels + 1)]
    return f"<!DOCTYPE x [{''.join(lines)}]>"


def name(defined: str, place: str) -> Make:
    """Another place for a defined name."""

    def change(parts: dict[str, bytes]) -> None:
        pattern = rb'(<definedName name="%s"[^>]*>)[^<]*' % defined.encode()
        parts[WORKBOOK], count = re.subn(pattern, rb"\g<1>" + place.encode(), parts[WORKBOOK])
        assert count, defined

    return package(change)


def more_names(*added: tuple[str, str]) -> Make:
    """Defined names beside those that are there."""
    xml = "".join(f'<definedName name="{n}">{place}</definedName>' for n, place in added)
    return part(WORKBOOK, b"</definedNames>", xml.encode() + b"</definedNames>")


def row(xml: str, before: bool = False) -> Make:
    """A row of a sheet beside those that are there."""
    if before:
        return part(SHEET, b"<sheetData>", b"<sheetData>" + xml.encode())
    return part(SHEET, b"</sheetData>", xml.encode() + b"</sheetData>")


def formula(text: str, attributes: str = "") -> Make:
    """A formula in a cell below all others, in the range `hostile`."""

    def make(folder: Path, good: Path) -> Path:
        cell = f'<row r="900"><c r="B900"><f{attributes}>{text}</f></c></row>'
        named = more_names(("hostile", "'Final norm'!$B$900"))(folder, good)
        changed = shutil.copy(named, folder / "good.xlsx")
        named.unlink()
        return row(cell)(folder, Path(changed))

    return make


def value(cell: str, text: str) -> Make:
    """A number in place of the formula of a cell that has a name."""

    def change(parts: dict[str, bytes]) -> None:
        place = re.search(
            rb'<definedName name="%s"[^>]*>\'?([^\'!<]+)\'?!\$([A-Z]+)\$(\d+)' % cell.encode(),
            parts[WORKBOOK],
        )
        assert place, cell
        tabs = re.findall(rb'<sheet [^>]*?name="([^"]*)"', parts[WORKBOOK])
        sheet = f"xl/worksheets/sheet{tabs.index(place[1]) + 1}.xml"
        pattern = rb'(<c r="%s"[^>]*?)(?:/>|>.*?</c>)' % (place[2] + place[3])
        parts[sheet], count = re.subn(
            pattern, rb"\g<1>><v>%s</v></c>" % text.encode(), parts[sheet], count=1
        )
        assert count, cell

    return package(change)


def unwritable(path: Path) -> None:
    path.write_bytes(b"PK")
    path.chmod(0)


def bomb(found: list[Entry]) -> list[Entry]:
    """A sheet of ten gigabytes of blank cells in ten megabytes."""
    large = long_run(SHEET, b"<worksheet><sheetData><row>", b"<c/>" * 250, 1000, b"</row>")
    return [entry for entry in found if entry.name != SHEET] + [large]


def overlapping(found: list[Entry]) -> list[Entry]:
    """A thousand parts that are all the same bytes of the file."""
    run = long_run("xl/extra0.xml", b"<x>", b" ", 1, b"</x>")
    same = [replace(run, name=f"xl/extra{i}.xml", at=len(found)) for i in range(1, 1000)]
    return [*found, run, *same]


def announced(size: int) -> Make:
    """A part that is as long as ever, with another length in its headers."""
    return entries(
        lambda found: [replace(entry, size=size) if entry.name == SHEET else entry for entry in found]
    )  # fmt: skip


def longer_than_announced(found: list[Entry]) -> list[Entry]:
    """A sheet of a gigabyte that says it is its first hundred bytes, whose checksum is right."""
    import zlib

    large = long_run(SHEET, b"<worksheet><sheetData/></worksheet>" + b" " * 65, b" ", 100, b"")
    head = zlib.crc32(b"<worksheet><sheetData/></worksheet>" + b" " * 65)
    short = replace(large, size=100, crc=head)
    return [short if entry.name == SHEET else entry for entry in found]


def marked(flags: int = 0, method: int = 8) -> Make:
    """Other flags or another method of packing in the headers of a part."""
    return entries(
        lambda found: [
            replace(entry, flags=flags, method=method) if entry.name == SHEET else entry
            for entry in found
        ]
    )


def deep(open_: str, close: str, depth: int, inside: str = "1") -> str:
    """Something in so many brackets."""
    return open_ * depth + inside + close * depth


def sharing(count: int) -> str:
    """Cells that share a long formula, which only the first of them has."""
    first = f"<c r='A900'><f t='shared' si='9' ref='A900:A{899 + count}'>{'A1+' * 2000}1</f></c>"
    others = (
        f"<row r='{i}'><c r='A{i}'><f t='shared' si='9'/></c></row>"
        for i in range(901, 900 + count)
    )
    return f"<row r='900'>{first}</row>{''.join(others)}"


NOT_ZIP = "expected an .xlsx file"
BOMB = "expected at most"
DTD = "document type"
XML = "expected XML"

FILES = [
    Hostile("no file", special(lambda path: None), "expected a file, got none"),
    Hostile("an empty file", contents(lambda data: b""), NOT_ZIP),
    Hostile("a text", contents(lambda data: b"=1+1\n" * 1000), NOT_ZIP),
    Hostile("the first half of a workbook", contents(lambda data: data[: len(data) // 2]), NOT_ZIP),
    Hostile("the second half of a workbook", contents(lambda data: data[len(data) // 2 :]), NOT_ZIP),
    Hostile("the end of a zip file and nothing before it", contents(lambda data: data[-22:]), NOT_ZIP),
    Hostile("a megabyte in front of a workbook, which zip allows", contents(lambda data: bytes(1 << 20) + data)),
    Hostile("an empty folder", special(Path.mkdir), "expected workbooks 01-text.xlsx"),
    Hostile("a pipe that nobody writes to", special(os.mkfifo), "expected a file, got"),
    Hostile("a device that never ends", special(lambda path: path.symlink_to("/dev/zero")), "expected a file, got"),
    Hostile("a link to itself", special(lambda path: path.symlink_to(path)), "expected a file"),
    Hostile("a file that may not be read", special(unwritable), "expected a file that can be read"),
]  # fmt: skip

PACKAGES = [
    Hostile("a zip file of nothing", entries(lambda found: []), "expected a part _rels/.rels"),
    Hostile("ten gigabytes of blank cells in ten megabytes", entries(bomb), BOMB),
    Hostile("a thousand parts that are the same ten megabytes", entries(overlapping), BOMB),
    Hostile("a part that announces four gigabytes", announced((1 << 32) - 2), BOMB),
    Hostile("a part that is longer than it announces", announced(100), "xlsx"),
    Hostile("a gigabyte that announces a hundred bytes", entries(longer_than_announced), "xlsx"),
    Hostile("a part that is shorter than it announces", announced(1 << 24), "xlsx"),
    Hostile("a part with a wrong checksum", entries(lambda found: [replace(e, crc=1) if e.name == SHEET else e for e in found]), "xlsx"),
    Hostile("a part in twice", entries(lambda found: [*found, deflated(WORKBOOK, b"<workbook/>")]), "once"),
    Hostile("a part in twice, by another case", entries(lambda found: [*found, deflated("XL/Workbook.xml", b"<workbook/>")]), "once"),
    Hostile("a part with a password", marked(flags=1), "password"),
    Hostile("a part packed by a method that no program knows", marked(method=99), "method"),
    Hostile("a part packed by a method that Excel does not know", marked(method=14), "method"),
    Hostile("a part that leaves the folder it is unpacked in", entries(lambda found: [*found, stored("../../evil.xml", b"<x/>")])),
    Hostile("a hundred thousand parts", entries(lambda found: [*found, *(stored(f"x/{i}.xml", b"<x/>") for i in range(100_000 - len(found)))][:65_000]), BOMB),
    *(Hostile(f"no {n}", without(n), "expected a part") for n in ("_rels/.rels", WORKBOOK, RELATIONS, SHEET)),
    *(Hostile(f"no {n}", without(n)) for n in ("[Content_Types].xml", "xl/styles.xml", STRINGS)),
    *(Hostile(f"an empty {n}", content(n, b""), "expected XML") for n in ("_rels/.rels", WORKBOOK, RELATIONS, SHEET, STRINGS)),
]  # fmt: skip

XMLS = [
    *(
        Hostile(f"a billion laughs in {n}", doctype(n, laughs(), "&a9;"), DTD)
        for n in ("_rels/.rels", WORKBOOK, RELATIONS, SHEET, STRINGS, "xl/styles.xml", "[Content_Types].xml")
    ),
    Hostile("an entity of a megabyte, a thousand times", doctype(STRINGS, '<!DOCTYPE x [<!ENTITY a "' + "x" * 1_000_000 + '">]>', "&a;" * 1000), DTD),
    Hostile("an entity that is a file", doctype(STRINGS, '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "&a;"), DTD),
    Hostile("an entity that is on the network", doctype(STRINGS, '<!DOCTYPE x [<!ENTITY a SYSTEM "http://localhost:9/">]>', "&a;"), DTD),
    Hostile("a document type that is on the network", doctype(WORKBOOK, '<!DOCTYPE x SYSTEM "http://localhost:9/">'), DTD),
    Hostile("a document type behind a long comment", doctype(SHEET, f"<!--{'x' * 300_000}-->{laughs()}", "&a9;"), "expected"),
    Hostile("a document type in UTF-16", package(lambda parts: parts.update({STRINGS: ('<?xml version="1.0" encoding="UTF-16"?>' + laughs() + "<sst>&a9;</sst>").encode("utf-16")})), DTD),
    Hostile("an entity that nobody declares", part(SHEET, b"<v>", b"<v>&what;"), XML),
    Hostile("an unknown encoding", part(WORKBOOK, b"<workbook", b'<?xml version="1.0" encoding="x-none"?><workbook'), XML),
    Hostile("elements 100,000 deep in the workbook's part", part(WORKBOOK, b"<sheets>", b"<sheets>" + deep("<x>", "</x>", 100_000, "").encode())),
    Hostile("elements 100,000 deep in a sheet", part(SHEET, b"<sheetData>", deep("<x>", "</x>", 100_000, "").encode() + b"<sheetData>")),
    Hostile("elements 100,000 deep in a cell", row(f"<row r='900'><c r='B900'>{deep('<x>', '</x>', 100_000, '')}</c></row>")),
    Hostile("a megabyte of attributes", part(SHEET, b"<sheetData>", b"<x" + b"".join(b" a%d=''" % i for i in range(100_000)) + b"/><sheetData>")),
    Hostile("a sheet that ends in the middle", package(lambda parts: parts.update({SHEET: parts[SHEET][:20_000]})), XML),
    Hostile("a zero byte in a sheet", part(SHEET, b"<sheetData>", b"<sheetData>\0"), XML),
    Hostile("bytes that are no UTF-8", part(SHEET, b"<v>", b"<v>\xff\xfe"), XML),
    Hostile("a workbook without sheets", package(lambda parts: parts.update({WORKBOOK: re.sub(rb"<sheets>.*</sheets>", b"", parts[WORKBOOK])})), "expected"),
    Hostile("two sheets of one name", part(WORKBOOK, b'name="Bytes"', b'name="PROMPT"'), "once"),
    Hostile("a sheet that leads out of the package", part(RELATIONS, b"/xl/worksheets/sheet14.xml", b"../../../etc/passwd"), "expected a part"),
    Hostile("a sheet that leads to the network", part(RELATIONS, b"/xl/worksheets/sheet14.xml", b"http://localhost:9/x"), "expected a part"),
]  # fmt: skip

NAMES = [
    Hostile("names that stand for each other", more_names(("a_a", "b_b"), ("b_b", "a_a"))),
    Hostile("a name that stands for itself, in a formula", formula("hostile_name+1")),
    Hostile("a name for a whole sheet", name("logits", "Logits!$A$1:$XFD$1048576"), BOMB),
    Hostile("a thousand names for a million cells each", more_names(*((f"n_{i}", "Logits!$A$1:$J$100000") for i in range(1000))), BOMB),
    Hostile("names for the first and the last cell", more_names(("n_last", "Logits!$XFD$1048576")), BOMB),
    Hostile("a name from right to left", name("logits", "Logits!$B$99:$A$1")),
    Hostile("a name for row 0", name("logits", "Logits!$A$0")),
    Hostile("a name for a row with a hundred digits", name("logits", f"Logits!$A$1:$A${'9' * 100}")),
    Hostile("a name for a row with ten thousand digits", name("logits", f"Logits!$A$1:$A${'9' * 10_000}")),
    Hostile("a name beyond the last column", name("logits", "Logits!$ZZZ$1")),
    Hostile("a name on a sheet that is not there", name("logits", "Elsewhere!$A$1")),
    Hostile("a name of a deleted sheet", name("logits", "#REF!$A$1")),
    Hostile("a name that is twice", more_names(("LOGITS", "Logits!$A$1")), "once"),
    Hostile("a name of 100,000 characters", more_names(("n" * 100_000, "Logits!$A$1"))),
    Hostile("100,000 names", more_names(*((f"n_{i}", "Logits!$A$1") for i in range(100_000)))),
    *(
        Hostile(f"the name {n} for one cell", name(n, "Logits!$A$1"))
        for n in ("logits", "token_ids", "token_texts", "vocabulary_texts", "chosen_ids", "wte", "found_ids", "code_point", "prompt")
    ),
]  # fmt: skip

CELLS = [
    Hostile("a cell in the last row and column", row('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), BOMB),
    Hostile("a cell beyond the last row", row('<row r="99999999"><c r="A99999999"><v>1</v></c></row>'), "expected"),
    Hostile("a cell beyond the last column", row('<row r="900"><c r="ZZZZ900"><v>1</v></c></row>'), "expected"),
    Hostile("a column of a thousand letters", row(f"<row r='900'><c r='{'Z' * 1000}900'><v>1</v></c></row>"), "expected"),
    Hostile("a row with ten thousand digits", row(f"<row r='{'9' * 10_000}'><c><v>1</v></c></row>"), "expected"),
    Hostile("row 0", row('<row r="0"><c r="A0"><v>1</v></c></row>', before=True), "expected"),
    Hostile("row -1", row('<row r="-1"><c r="A-1"><v>1</v></c></row>', before=True), "expected"),
    Hostile("a row that is no number", row('<row r="x"><c r="Ax"><v>1</v></c></row>'), "expected"),
    Hostile("an address that is none", row('<row r="900"><c r="900B"><v>1</v></c></row>'), "expected"),
    Hostile("an address of another row", row('<row r="900"><c r="B901"><v>1</v></c></row>'), "expected"),
    Hostile("rows that go up", row('<row r="900"/><row r="3"><c r="A3"><v>1</v></c></row>'), "expected"),
    Hostile("a cell in twice", row('<row r="900"><c r="A900"><v>1</v></c><c r="A900"><v>2</v></c></row>'), "expected"),
    Hostile("20,000 cells in a row", row(f"<row r='900'>{'<c><v>1</v></c>' * 20_000}</row>"), "expected"),
    Hostile("a sheet that says it is as large as can be", part(SHEET, b'<dimension ref="', b'<dimension ref="A1:XFD1048576" x="')),
    Hostile("a text that is not among the texts", row('<row r="900"><c r="A900" t="s"><v>999999</v></c></row>'), "expected"),
    Hostile("text number -1", row('<row r="900"><c r="A900" t="s"><v>-1</v></c></row>')),
    Hostile("a type that no cell has", row('<row r="900"><c r="A900" t="zz"><v>1</v></c></row>'), "expected"),
    Hostile("a number that is none", row('<row r="900"><c r="A900"><v>abc</v></c></row>')),
    Hostile("numbers that are not finite", row('<row r="900"><c r="A900"><v>NaN</v></c><c r="B900"><v>inf</v></c><c r="C900"><v>1e999</v></c></row>')),
    Hostile("an error that no program knows", row('<row r="900"><c r="A900" t="e"><v>#WHAT!</v></c></row>')),
    Hostile("a date in the year 99999", row('<row r="900"><c r="A900" t="d"><v>99999-01-01</v></c></row>')),
    Hostile("a text of ten million characters", row(f"<row r='900'><c r='A900' t='inlineStr'><is><t>{'x' * 10_000_000}</t></is></c></row>")),
    Hostile("a merged area of a whole sheet", part(SHEET, b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>')),
    Hostile("a link in all cells of a sheet", part(SHEET, b"<pageMargins", b'<hyperlinks><hyperlink ref="A1:XFD1048576" location="A1"/></hyperlinks><pageMargins')),
]  # fmt: skip

FORMULAS = [
    Hostile("an array formula in a whole sheet", formula("1", ' t="array" ref="A1:XFD1048576"'), "expected"),
    Hostile("an array formula in a million cells", formula("1+B1", ' t="array" ref="B900:B1000899"')),
    Hostile("an array formula in a billion cells", formula("1", ' t="array" ref="B900:ALM1000899"'), BOMB),
    Hostile("an array formula in no area", formula("1", ' t="array" ref="what"'), "expected"),
    Hostile("an array formula from right to left", formula("1", ' t="array" ref="D905:B900"'), "expected"),
    Hostile("an array formula beside its cell", formula("1", ' t="array" ref="F1:G2"'), "expected"),
    Hostile("two array formulas in one place", row('<row r="900"><c r="A900"><f t="array" ref="A900:B901">1</f></c><c r="B900"><f t="array" ref="B900:C901">2</f></c></row>'), "expected"),
    Hostile("a formula of a kind that is none", formula("1", ' t="what"'), "kind"),
    Hostile("a data table", formula("", ' t="dataTable" ref="B900:C901" dt2D="1" dtr="1" r1="A1" r2="A2"'), "kind"),
    Hostile("a shared formula without a first one", formula("", ' t="shared" si="77"'), "shares"),
    Hostile(
        "a formula of 8,000 characters that 20,000 cells share",
        row(sharing(20_000)),
        BOMB,
    ),
    Hostile("a formula in 4,000 pairs of brackets", formula(deep("(", ")", 4000)), "expected"),
    Hostile("a formula of 2,000 IFs in each other", formula(deep("IF(1,", ")", 1300)), "expected"),
    Hostile("a formula of 1,300 SUMs in each other", formula(deep("SUM(", ")", 1300)), "expected"),
    Hostile("a formula of 8,000 minus signs", formula("-" * 8000 + "1")),
    Hostile("a formula of 8,000 per cent signs", formula("1" + "%" * 8000)),
    Hostile("a sum of 4,000 numbers", formula("1" + "+1" * 4000)),
    Hostile("a sum of 4,000 cells", formula("+".join(["A1"] * 2600))),
    Hostile("a call with 3,000 arguments", formula(f"SUM({','.join('1' * 3000)})")),
    Hostile("an array constant of 8,000 characters", formula("{" + ",".join("1" * 4000) + "}")),
    Hostile("a formula of 100,000 characters", formula("1" + "+1" * 50_000), "expected"),
    Hostile("a formula of ten million characters", formula("1" * 10_000_000), "expected"),
    Hostile("8,000 quotation marks", formula('"' * 8001), "expected"),
    Hostile("8,000 apostrophes", formula("'" * 8001), "expected"),
    Hostile("a number of 8,000 digits", formula("9" * 8000)),
    Hostile("a name of 8,000 characters", formula("x" * 8000)),
    *(
        Hostile(f"the formula {text}", formula(text), "B$900")
        for text in ("1+", "(1", "1)", ")(", "((", "SUM(1", "SUM(1))", "{1,2", "1}", "{}", "IF(", '"open', "'open", "1 1", "1,,2", "A1:", ":A1", "[1]Sheet!A1", "A0", "ZZZ1", "A1048577", "A1:A9999999", "#REF!", "SUM(A:A)", "SUM(1:1)", "cmd|'/c calc'!A1", "A1:INDEX(A1:A9,2)", "@A1", "!", "$", "\\", "")
    ),
    Hostile("a function that no engine has", formula("NOSUCH(1)"), "NOSUCH"),
    Hostile("a function that reads a file", formula('WEBSERVICE("http://localhost:9/")'), ""),
    Hostile("a formula that needs itself", formula("B900+1"), "needs its own result"),
    Hostile("formulas in a circle over a name", formula("hostile*2"), "needs its own result"),
    Hostile("a formula over a whole sheet", formula("SUM(A1:XFD1048576)"), "expected"),
    Hostile("a formula over a whole other sheet", formula("SUM(Bytes!A1:XFD1048576)"), BOMB),
    Hostile("a matrix product over a million rows", formula("MMULT(Bytes!A1:A1000000,TRANSPOSE(Bytes!A1:A1000000))")),
    Hostile("a text of ten gigabytes", formula('REPT(REPT("x",32000),320000)')),
    Hostile("a power that no number holds", formula("9^9^9^9")),
]  # fmt: skip

VALUES = [
    *(
        Hostile(f"{n} is {text}", value(n, text))
        for n in ("token_count", "next_token_id", "generated_count", "chosen_ids", "token_ids", "ids_typed_over", "loss", "scored_count")
        for text in ("-1", "0.5", "7", "1e300", "1e999", "NaN")
    ),
    *(
        Hostile(f"{n} is {text}", value(n, text))
        for n in ("weight_digits", "new_tokens", "temperature", "top_k", "top_p", "seed", "score", "sampling_number")
        for text in ("-1", "0.5", "1e300", "1e999", "NaN")
    ),
]  # fmt: skip

HOSTILE_WORKBOOKS = [*FILES, *PACKAGES, *XMLS, *NAMES, *CELLS, *FORMULAS, *VALUES]

assert stat  # used by the runner
