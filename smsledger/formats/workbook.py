"""The parts of a workbook that are not sheets: they list and describe them."""

from collections.abc import Iterator

from smsledger.formats.sheet_xml import DECLARATION, NAMESPACE

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_ROOT = (
    f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>"
)
# Cell styles by number: 0 plain, 1 a date, 2 bold for the header.
_STYLES = (
    f'<styleSheet xmlns="{NAMESPACE}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


def sheet_path(number: int) -> str:
    """The member of the archive that is the sheet of that number, from 1."""
    return f"xl/worksheets/sheet{number}.xml"


def sheet_name(number: int) -> str:
    """The name on its tab."""
    return "Messages" if number == 1 else f"Messages {number}"


def parts(sheets: int) -> Iterator[tuple[str, str]]:
    """The path and the XML of each part of a workbook of so many sheets."""
    numbers = range(1, sheets + 1)
    for path, xml in (
        ("xl/styles.xml", _STYLES),
        ("xl/workbook.xml", _workbook(numbers)),
        ("xl/_rels/workbook.xml.rels", _relations(numbers)),
        ("_rels/.rels", _ROOT),
        ("[Content_Types].xml", _content_types(numbers)),
    ):
        yield path, DECLARATION + xml


def _workbook(numbers: range) -> str:
    sheets = "".join(
        f'<sheet name="{sheet_name(number)}" sheetId="{number}" r:id="rId{number}"/>'
        for number in numbers
    )
    return f'<workbook xmlns="{NAMESPACE}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'


def _relations(numbers: range) -> str:
    sheets = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet"'
        f' Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    styles = f'<Relationship Id="rIdStyles" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{sheets}{styles}</Relationships>'


def _content_types(numbers: range) -> str:
    paths = {f"/{sheet_path(number)}": "worksheet" for number in numbers}
    paths |= {"/xl/workbook.xml": "sheet.main", "/xl/styles.xml": "styles"}
    overrides = "".join(
        f'<Override PartName="{path}" ContentType="{_CONTENT}.{kind}+xml"/>'
        for path, kind in paths.items()
    )
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml"'
        f' ContentType="application/xml"/><Default Extension="rels" ContentType="{relations}"/>'
        f"{overrides}</Types>"
    )
