"""Cell styles: one for each role and number format, with the palette's colours."""

from __future__ import annotations

from typing import Literal

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.styles.numbers import NumberFormat

from xlgpt2.layout.looks import cell_look
from xlgpt2.stages.stages import Range
from xlgpt2.stages.templates import Paint, Palette

FONT = "Calibri"
MONOSPACED = "Consolas"

# The standard's formats end at 163 (ECMA-376 part 1, 18.8.30); openpyxl's own follow.
_FIRST_OWN_FORMAT = 1000


class Styles:
    """The named styles of a workbook, created on first use."""

    def __init__(self, workbook: Workbook, palette: Palette) -> None:
        self._workbook = workbook
        self._added: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._rule_formats: dict[str, int] = {}
        self.palette = palette

    def of_range(self, target: Range) -> str:
        """The style of a range's cells."""
        look = cell_look(target)
        name = " ".join(part for part in (look.role, look.number_format, look.style) if part)
        paint = self.palette.roles[look.role]
        verdict, large = look.style == "verdict", look.style == "large"
        named = NamedStyle(
            name=name,
            number_format=look.number_format,
            font=Font(name=FONT, size=look.font_size, color=paint.ink, bold=large),
            fill=_filled(paint.fill),
            border=_thin(),
            alignment=Alignment(
                wrap_text=look.style in ("wide", "note", "lines"),
                vertical="center" if target.template.style and look.style != "upright" else None,
                horizontal="center" if verdict else "left" if look.at_left else None,
                text_rotation=90 if look.style == "upright" else 0,
            ),
        )
        return self._add(named)

    def number(self, name: str) -> int:
        """The number of a named style in the file, which cells have."""
        if name not in self._numbers:
            cell = Cell(self._workbook.worksheets[0], 1, 1)  # a temporary one, not in the sheet
            cell.style = name
            self._numbers[name] = int(cell.style_id)
        return self._numbers[name]

    def rule_format(self, code: str) -> NumberFormat:
        """A number format for a rule of conditional formatting."""
        number = self._rule_formats.setdefault(code, _FIRST_OWN_FORMAT + len(self._rule_formats))
        return NumberFormat(numFmtId=number, formatCode=code)

    def title(self) -> str:
        """A tab's title."""
        return self._painted("tab title", self.palette.title, 16, bold=True)

    def header(self) -> str:
        """A column's number, token or name."""
        return self._painted("column header", self.palette.header, 9, horizontal="center")

    def row_label(self) -> str:
        """A position, token or number at the left edge."""
        return self._painted("row label", self.palette.roles["label"], 9, horizontal="left")

    def heading(self) -> str:
        """A heading or a range's title."""
        return self._plain("range title", self.palette.title.fill, 11, bold=True)

    def body(self) -> str:
        """A sentence."""
        return self._plain("sentence", "222222", 11)

    def wrapped(self) -> str:
        """A sentence over a range, on several lines."""
        return self._lines("wrapped sentence", "222222", 10)

    def small_note(self) -> str:
        """A remark at the left edge."""
        return self._lines("small note", self.palette.hint, 8)

    def upright(self) -> str:
        """A token over a narrow column, from bottom to top."""
        name = "upright header"
        paint = self.palette.header
        return self._add(
            NamedStyle(
                name=name,
                font=Font(name=FONT, size=9, color=paint.ink),
                fill=_filled(paint.fill),
                alignment=Alignment(horizontal="center", vertical="bottom", text_rotation=90),
            )
        )

    def _lines(self, name: str, ink: str, size: int) -> str:
        return self._add(
            NamedStyle(
                name=name,
                font=Font(name=FONT, size=size, color=ink),
                alignment=Alignment(wrap_text=True, vertical="top"),
            )
        )

    def hint(self) -> str:
        """A range's name, or a remark."""
        return self._plain("range name", self.palette.hint, 9, font=MONOSPACED)

    def equation(self) -> str:
        """A tab's equation."""
        return self._plain("equation", self.palette.accent, 11, font=MONOSPACED, bold=True)

    def link(self) -> str:
        """A link to another tab."""
        name = "tab link"
        if name not in self._added:
            font = Font(name=FONT, size=10, color=self.palette.link, underline="single")
            self._add(NamedStyle(name=name, font=font))
        return name

    def role(self, paint: Paint, name: str) -> str:
        """A swatch of the legend."""
        return self._painted(f"legend {name}", paint, 10, bold=True)

    def box(self, group: str, line: Literal["name", "gives", "weights"]) -> str:
        """A line of a box in the picture of the model, in a tint of its group's colour."""
        ink = {
            "name": self.palette.link,
            "gives": self.palette.roles["activation"].ink,
            "weights": self.palette.roles["weight"].ink,
        }[line]
        first = line == "name"
        side = Side(style="medium", color=self.palette.groups[group])
        return self._add(
            NamedStyle(
                name=f"box {group} {line}",
                font=Font(
                    name=FONT,
                    size=10 if first else 9,
                    color=ink,
                    bold=first,
                    underline="single" if first else None,
                ),
                fill=_filled(_tint(self.palette.groups[group])),
                border=Border(left=side, top=side if first else None),
                alignment=Alignment(vertical="center"),
            )
        )

    def arrow(self) -> str:
        """An arrow between two boxes."""
        name = "arrow"
        if name not in self._added:
            font = Font(name=FONT, size=12, color=self.palette.accent, bold=True)
            centred = Alignment(horizontal="center", vertical="center")
            self._add(NamedStyle(name=name, font=font, alignment=centred))
        return name

    def flow(self) -> str:
        """What passes from one row of boxes to the next."""
        return self._plain("flow", self.palette.accent, 10, bold=True)

    def cell(self) -> str:
        """A text of a list, as many lines as its column needs."""
        return self._wrapped("list text", Font(name=FONT, size=10, color="222222"))

    def cell_link(self) -> str:
        """A link in a list."""
        font = Font(name=FONT, size=10, color=self.palette.link, underline="single")
        return self._wrapped("list link", font)

    def _wrapped(self, name: str, font: Font) -> str:
        if name not in self._added:
            alignment = Alignment(wrap_text=True, vertical="top")
            self._add(NamedStyle(name=name, font=font, alignment=alignment, border=_thin()))
        return name

    def _painted(
        self, name: str, paint: Paint, size: int, bold: bool = False, horizontal: str | None = None
    ) -> str:
        if name not in self._added:
            self._add(
                NamedStyle(
                    name=name,
                    font=Font(name=FONT, size=size, color=paint.ink, bold=bold),
                    fill=_filled(paint.fill),
                    alignment=Alignment(horizontal=horizontal, vertical="center"),
                )
            )
        return name

    def _plain(self, name: str, ink: str, size: int, font: str = FONT, bold: bool = False) -> str:
        if name not in self._added:
            own = Font(name=font, size=size, color=ink, bold=bold)
            self._add(NamedStyle(name=name, font=own))
        return name

    def _add(self, style: NamedStyle) -> str:
        name = str(style.name)
        if name not in self._added:
            self._workbook.add_named_style(style)
            self._added.add(name)
        return name


def _tint(colour: str) -> str:
    """A colour mixed with six parts of white."""
    parts = (int(colour[i : i + 2], 16) for i in (0, 2, 4))
    return "".join(f"{(part + 6 * 255) // 7:02X}" for part in parts)


def _filled(colour: str) -> PatternFill:
    return PatternFill("solid", start_color=colour, end_color=colour)


def _thin() -> Border:
    side = Side(style="thin", color="D9D9D9")
    return Border(left=side, right=side, top=side, bottom=side)
