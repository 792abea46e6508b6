"""Records as rows of an Excel sheet (ECMA-376): texts are texts, never formulas, and no value is rounded.

The sheet is written as every file here is, in blocks that need nothing of each other; rows and cells have no
numbers, since they follow one another. A number that Excel would round, a day it does not know and every time are
written as text. A null is an empty cell, an empty text an empty text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final
from xml.sax.saxutils import escape

import polars as pl

from backend.domain.reports.outputs import NumberForm
from backend.pipeline.rendering.frame import FixedFrame, WithoutSchema
from backend.pipeline.rendering.json import NdjsonRenderer
from backend.pipeline.rendering.pieces import PieceWriter
from backend.pipeline.rendering.text import as_text, escape_xml

SHEET_ENTRY: Final = "xl/worksheets/sheet1.xml"
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
#: Style 0 is general, 1 a day, 2 text: what is written into such a cell later stays text, too.
_STYLES: Final = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
#: The small files that stand before the sheet in the archive, the same in every workbook.
WORKBOOK_ENTRIES: Final[Mapping[str, bytes]] = MappingProxyType(
    {
        name: f"{_DECLARATION}{content}".encode()
        for name, content in {
            "[Content_Types].xml": (
                f'<Types xmlns="{_PACKAGE}/content-types">'
                '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                '<Default Extension="xml" ContentType="application/xml"/>'
                f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>'
                f'<Override PartName="/{SHEET_ENTRY}" ContentType="{_SHEET_TYPE}.worksheet+xml"/>'
                f'<Override PartName="/xl/styles.xml" ContentType="{_SHEET_TYPE}.styles+xml"/></Types>'
            ),
            "_rels/.rels": (
                f'<Relationships xmlns="{_PACKAGE}/relationships">'
                f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
            ),
            "xl/workbook.xml": (
                f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
                '<sheets><sheet name="Records" sheetId="1" r:id="rId1"/></sheets></workbook>'
            ),
            "xl/_rels/workbook.xml.rels": (
                f'<Relationships xmlns="{_PACKAGE}/relationships">'
                f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
                f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
            ),
            "xl/styles.xml": _STYLES,
        }.items()
    }
)
#: The line with the names stays in sight.
_SHEET_BEGINS: Final = (
    f'{_DECLARATION}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>\n'
)
_SHEET_ENDS: Final = "</sheetData></worksheet>\n"
_EMPTY: Final = "<c/>"
_TEXT: Final = ('<c s="2" t="inlineStr"><is><t xml:space="preserve">', "</t></is></c>")
_NUMBER: Final = ("<c><v>", "</v></c>")
_FLAG: Final = ('<c t="b"><v>', "</v></c>")
_DAY: Final = ('<c s="1"><v>', "</v></c>")
#: Digits that a double keeps whatever they are.
_DIGITS: Final = 15
#: Before this day Excel counts one that never was, in February 1900.
_FIRST_DAY: Final = date(1900, 3, 1)
_DAY_ZERO: Final = (date(1970, 1, 1) - date(1899, 12, 30)).days


class XlsxRenderer(FixedFrame, WithoutSchema):
    """Renders the named columns of target frames, in this order. Safe to call from several threads at once."""

    separator: Final = b""

    def __init__(self, columns: Sequence[str], decimals: NumberForm) -> None:
        self._columns: Final = tuple(columns)
        self._decimals: Final = decimals
        names = "".join(f"{_TEXT[0]}{escape(name)}{_TEXT[1]}" for name in self._columns)
        super().__init__(f"{_SHEET_BEGINS}<row>{names}</row>\n".encode(), _SHEET_ENDS.encode())

    def render(self, target: pl.DataFrame) -> bytes | memoryview:
        """The records of a target frame in row order, one row each."""
        if target.is_empty():
            return b""
        cells = {name: self._cells(target.get_column(name)) for name in self._columns}
        pieces = PieceWriter(target.height, cells.__getitem__, lambda _: True)
        pieces.literal("<row>")
        for name in self._columns:
            pieces.column(name)
        pieces.literal("</row>\n")
        return pieces.render()

    def show(self, target: pl.DataFrame) -> str:
        """The records as objects of JSON."""
        return NdjsonRenderer(self._columns, NumberForm.TEXT).show(target)

    def _cells(self, column: pl.Series) -> pl.Series:
        kind = column.dtype
        if kind == pl.String:
            cells = _wrapped(_sheet_text(column), _TEXT)
        elif kind == pl.Boolean:
            cells = _wrapped(column.cast(pl.Int8).cast(pl.String), _FLAG)
        elif kind == pl.Date:
            cells = _days(column)
        elif kind.is_float():
            cells = _wrapped(as_text(column), _NUMBER)
        elif kind.is_integer() or (kind.is_decimal() and self._decimals is NumberForm.NUMBER):
            cells = _numbers(as_text(column))
        else:
            cells = _wrapped(as_text(column), _TEXT)
        return cells.fill_null(_EMPTY)


def _wrapped(text: pl.Series, tags: tuple[str, str]) -> pl.Series:
    return tags[0] + text + tags[1]


def _numbers(text: pl.Series) -> pl.Series:
    digits = text.str.replace_all(r"^-?0*\.?0*|\.", "").str.len_chars()
    return _wrapped(text, _NUMBER).zip_with((digits <= _DIGITS).fill_null(value=True), _wrapped(text, _TEXT))


def _days(column: pl.Series) -> pl.Series:
    serial = (column.cast(pl.Int32) + _DAY_ZERO).cast(pl.String)
    is_known = (column >= _FIRST_DAY).fill_null(value=True)
    return _wrapped(serial, _DAY).zip_with(is_known, _wrapped(as_text(column), _TEXT))


def _sheet_text(text: pl.Series) -> pl.Series:
    """The text as XML; what looks like one of Excel's escapes is escaped, and so is the return, which XML loses."""
    if text.str.contains("_x", literal=True).any():
        text = text.str.replace_all(r"_(x[0-9A-Fa-f]{4})", "_x005F_${1}")
    if text.str.contains("\r", literal=True).any():
        text = text.str.replace_all("\r", "_x000D_", literal=True)
    return escape_xml(text, is_attribute=False)
