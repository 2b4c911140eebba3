"""Small workbooks for the tests of engines, written cell by cell or as XML."""

import zipfile

import openpyxl
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula

from xlgpt2.cells.address import Area

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"

#: The shortest list of styles that IronCalc accepts.
STYLES = (
    "<fonts><font/></fonts><fills><fill/></fills><borders><border/></borders>"
    "<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf/></cellXfs>"
    '<cellStyles><cellStyle name="Normal" xfId="0"/></cellStyles>'
)


def write_cells(path, cells, names):
    """Write a workbook of `sheet!address` -> value; "{=...}" at a rectangle is an array formula."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for address, value in cells.items():
        area = Area.parse(address)
        sheet = book[area.sheet] if area.sheet in book.sheetnames else book.create_sheet(area.sheet)
        cell = sheet.cell(area.row, area.column)
        if isinstance(value, str) and value.startswith("{="):
            cell.value = ArrayFormula(area.local, value[1:-1])
        else:
            cell.value = value
            if isinstance(value, str) and not value.startswith("="):
                cell.data_type = "s"  # openpyxl takes the text #N/A for the error
    for name, address in names.items():
        book.defined_names[name] = DefinedName(name, attr_text=Area.parse(address).absolute)
    book.save(path)
    return path


def write_xml(path, sheets, names, texts=()):
    """Write a workbook from the XML of its rows: sheet -> rows; `texts` are the shared strings."""
    parts = {
        "_rels/.rels": relations([("officeDocument", "xl/workbook.xml")]),
        "xl/_rels/workbook.xml.rels": relations(
            [("worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(sheets) + 1)]
            + [("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")]
        ),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        + "".join(
            f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>' for i, name in enumerate(sheets, 1)
        )
        + "</sheets><definedNames>"
        + "".join(f'<definedName name="{n}">{a}</definedName>' for n, a in names.items())
        + "</definedNames></workbook>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{STYLES}</styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">'
        + "".join(f'<si><t xml:space="preserve">{text}</t></si>' for text in texts)
        + "</sst>",
    }
    for i, rows in enumerate(sheets.values(), 1):
        head = "" if rows.startswith("<dimension") else "<sheetData>"
        parts[f"xl/worksheets/sheet{i}.xml"] = (
            f'<worksheet xmlns="{MAIN}">{head}{rows}</sheetData></worksheet>'
        )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", content_types(parts))
        for name, text in parts.items():
            package.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>\n' + text)
    return path


def relations(targets):
    """The relationships of a part."""
    return (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="r{i}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
            for i, (kind, target) in enumerate(targets, 1)
        )
        + "</Relationships>"
    )


def content_types(parts):
    """The content types of the package's parts."""
    types = {"workbook": "sheet.main", "sharedStrings": "sharedStrings", "styles": "styles"}
    overrides = ""
    for part in parts:
        stem = part.rpartition("/")[2].removesuffix(".xml")
        if part.endswith(".xml"):
            kind = types.get(stem, "worksheet")
            overrides += (
                f'<Override PartName="/{part}" ContentType="application/'
                f'vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"/>'
            )
    return (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{overrides}</Types>"
    )
