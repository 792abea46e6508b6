"""Workbooks: values as Excel stores them, formulas and errors by their cell, nothing unpacked that is too much."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from backend.services.connectors.files import workbook
from backend.services.connectors.files.detection import detect
from backend.services.connectors.files.file_faults import FileTooLarge, FileUnreadable
from tests.unit.backend.services.connectors.files.conftest import read, table_of

XLSX: dict[str, Any] = {"format": "xlsx"}
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STYLES = (
    f'<styleSheet {MAIN}><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm"/>'
    '<numFmt numFmtId="165" formatCode="[Red]0.00&quot; days&quot;"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
    '<xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>'
)


def parts(*rows: str, properties: str = "", texts: str = "") -> dict[str, str]:
    sheets = '<sheet name="Notes" state="hidden" r:id="r1"/><sheet name="Trades" r:id="r2"/>'
    kind = f"{RELATION}/worksheet"
    return {
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{RELATION}">{properties}<sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="r1" Type="{kind}" Target="worksheets/a.xml"/>'
        f'<Relationship Id="r2" Type="{kind}" Target="/xl/worksheets/b.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": f"<sst {MAIN}>{texts}</sst>",
        "xl/worksheets/a.xml": f"<worksheet {MAIN}><sheetData><row>{cell('A1', 'n')}</row></sheetData></worksheet>",
        "xl/worksheets/b.xml": f"<worksheet {MAIN}><sheetData>{''.join(rows)}</sheetData></worksheet>",
    }


def packed(content: dict[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return target.getvalue()


def cell(address: str, text: str) -> str:
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


def sheet(*cells: str, **more: str) -> bytes:
    """A column ``a`` with a cell in each row from the second."""
    rows = [f'<row r="{number}">{one}</row>' for number, one in enumerate(cells, 2)]
    return packed(parts(f'<row r="1">{cell("A1", "a")}</row>', *rows, **more))


def column(type_: str, content: bytes, **settings: Any) -> tuple[list[object], list[tuple[int, str | None, str]]]:
    table = table_of(XLSX | settings, {"a": type_}, values={"time_zone": "Europe/Berlin"})
    rows, intake = read(table, content)
    return [row[0] for row in rows], [(one.line, one.column, one.reason) for one in intake.bad]


def test_numbers_are_the_shortest_that_the_stored_double_has_and_no_more_than_excel_keeps():
    content = sheet(
        "<c><v>0.1</v></c>",
        "<c><v>0.10000000000000001</v></c>",
        "<c><v>123456789012345</v></c>",
        "<c><v>0.30000000000000004</v></c>",
        "<c><v>1E-3</v></c>",
        '<c s="3"><v>5</v></c>',
        "<c><v>nan</v></c>",
        "<c><v>1234567890123456</v></c>",
        cell("A10", "7.50"),
    )
    rows, bad = column("decimal(18,3)", content)
    assert rows == [Decimal(one) for one in ("0.1", "0.1", "123456789012345", "0.001", "5", "7.5")]
    assert bad == [
        (5, "a", "A5: the number has more than 15 digits, which Excel does not keep"),
        (8, "a", "A8: the cell holds no number"),
        (9, "a", "A9: the number has more than 15 digits, which Excel does not keep"),
    ]
    assert column("double", sheet("<c><v>0.30000000000000004</v></c>"))[0] == [0.1 + 0.2]
    assert column("text", sheet("<c><v>1E3</v></c>", '<c t="b"><v>1</v></c>'))[0] == ["1000", "true"]
    assert column("integer", sheet("<c><v>7.0</v></c>", "<c><v>1.5</v></c>", '<c t="b"><v>1</v></c>'))[0] == [7]


@pytest.mark.parametrize(
    ("properties", "serial", "expected"),
    [
        ("", "1", date(1900, 1, 1)),
        ("", "59", date(1900, 2, 28)),
        ("", "60", None),
        ("", "61", date(1900, 3, 1)),
        ("", "46346", date(2026, 11, 20)),
        ("", "2958465", date(9999, 12, 31)),
        ("", "2958466", None),
        ("", "0", None),
        ("", "-1", None),
        ("", "46346.5", None),
        ('<workbookPr date1904="1"/>', "0", date(1904, 1, 1)),
        ('<workbookPr date1904="true"/>', "44884", date(2026, 11, 20)),
    ],
)
def test_days_by_both_systems(properties: str, serial: str, expected: date | None):
    rows, bad = column("date", sheet(f'<c s="1"><v>{serial}</v></c>', properties=properties))
    assert (rows, len(bad)) == ([expected] if expected else [], int(expected is None))


def test_times_are_those_of_the_zone_to_the_millisecond():
    content = sheet('<c s="2"><v>46204.430902777778</v></c>', cell("A3", "2026-07-01T12:00:00Z"), "<c><v>46204</v></c>")
    rows, bad = column("timestamp", content)
    assert rows == [datetime(2026, 7, 1, 8, 20, 30, tzinfo=UTC), datetime(2026, 7, 1, 12, tzinfo=UTC)]
    assert [one[0] for one in bad] == [4]
    assert column("integer", content)[1][0] == (2, "a", "A2: the cell holds a day or a time")
    with pytest.raises(ValueError, match="time_zone"):
        table_of(XLSX, {"a": "timestamp"})


def test_formulas_are_refused_or_taken_as_stored():
    content = sheet(
        "<c><f>1+1</f><v>2</v></c>",
        "<c><f>1+1</f></c>",
        '<c r="A4"><f t="array" ref="A4:A5">B1:B2</f><v>3</v></c>',
        '<c r="A5"><v>4</v></c>',
        '<c r="A6"><v>5</v></c>',
        '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>',
    )
    rows, bad = column("integer", content)
    assert rows == [5]
    assert {one[2].partition(": ")[2] for one in bad} == {"the cell holds a formula"}
    rows, bad = column("integer", content, formulas="stored")
    assert rows == [2, 3, 4, 5]
    assert bad == [
        (3, "a", "A3: the cell holds a formula without a stored value"),
        (7, "a", "A7: the cell holds the error #DIV/0!"),
    ]


def test_texts_blanks_and_gaps():
    texts = "<si><r><t>Mül</t></r><r><t>ler</t></r><rPh><t>x</t></rPh></si><si><t>a_x000D_b_x005F_</t></si>"
    content = sheet(
        '<c t="s"><v>0</v></c>',
        '<c t="s"><v>1</v></c>',
        '<c r="B4"><v>1</v></c>',
        "",
        '<c t="s"><v>0</v></c>',
        texts=texts,
    )
    assert column("text", content) == (["Müller", "a\rb_", None, "Müller"], [])
    assert column("integer", content)[1][-1] == (6, "a", "the value is not a whole number of 64 bits")


def test_a_sheet_and_columns_are_found_by_name_or_place():
    content = sheet("<c><v>1</v></c>")
    with pytest.raises(FileUnreadable, match="has no sheet Other") as refused:
        column("integer", content, sheet="Other")
    assert refused.value.fix == "Its sheets are: Notes, Trades."
    with pytest.raises(FileUnreadable, match="a is not in the header"):
        column("integer", content, sheet="Notes")
    table = table_of(XLSX | {"header_row": None, "sheet": "Notes"}, [{"name": "a", "type": "text", "position": 1}])
    assert read(table, content)[0] == [("n",)]


def test_bombs_are_refused_before_they_are_unpacked(monkeypatch: pytest.MonkeyPatch):
    content = parts() | {"xl/media/x": "0" * 3_000_000}
    with pytest.raises(FileTooLarge, match="xl/media/x is packed"):
        column("text", packed(content))
    monkeypatch.setattr(workbook, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(FileTooLarge, match="when it is unpacked"):
        column("text", sheet())
    entities = "<!DOCTYPE x [<!ENTITY a 'b'>]>" + parts()["xl/worksheets/b.xml"]
    monkeypatch.undo()
    with pytest.raises(FileUnreadable, match="document type"):
        column("text", packed(parts() | {"xl/worksheets/b.xml": entities}))
    with pytest.raises(FileTooLarge, match="row 1048577"):
        column("text", packed(parts(f'<row r="1">{cell("A1", "a")}</row>', '<row r="1048577"/>')))


def ole(name: str) -> bytes:
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    head[30] = 9
    return bytes(head) + name.encode("utf-16-le")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (ole("EncryptedPackage"), "is encrypted"),
        (ole("Workbook"), r"is a workbook of Excel 97 to 2003 \(.xls\)"),
        (b"a,b\n", "is no XLSX workbook"),
        (b"PK\x03\x04 and nothing", "is damaged"),
        (packed({"word/document.xml": ""}), "is a zip file, but no XLSX workbook"),
        (packed({"xl/workbook.bin": ""}), r"is a binary workbook \(.xlsb\)"),
        (packed(parts() | {"xl/worksheets/b.xml": "<worksheet><sheetData>"}), "has nothing in row 1|is damaged"),
    ],
)
def test_what_is_no_workbook_is_told_apart(content: bytes, message: str):
    with pytest.raises(FileUnreadable, match=message):
        column("text", content)


def test_a_workbook_reads_as_suggested():
    rows = [
        f'<row r="{n}">{cell(f"A{n}", f"00{n}")}<c s="1"><v>{46340 + n}</v></c>'
        f"<c><v>{n}.25</v></c><c><v>{n}</v></c></row>"
        for n in range(4, 9)
    ]
    names = zip("ABCD", ("Konto", "Tag", "Kurs", "n"), strict=True)
    titles = "".join(cell(f"{letter}3", title) for letter, title in names)
    content = packed(parts(f'<row r="3">{titles}</row>', *rows))
    found = detect("a.xlsx", content[:1000], io.BytesIO(content))
    assert found.file == {"format": "xlsx", "sheet": "Trades", "header_row": 3}
    columns = [{"name": one.name, "source": one.source, "type": one.type} for one in found.columns]
    assert [one["type"] for one in columns] == ["text", "date", "decimal(18,2)", "integer"]
    read_rows, intake = read(table_of(found.file, columns), content)
    assert (read_rows[0], intake.bad) == (("004", date(2026, 11, 18), Decimal("4.25"), 4), [])
