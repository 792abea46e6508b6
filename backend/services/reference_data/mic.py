"""Market identifier codes as ISO 10383 publishes them, in the header of today and in that of before 2022."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Final

import pyarrow as pa

from backend.domain.expressions.types import TEXT
from backend.services.connectors.files.file_faults import FileTooLarge
from backend.services.connectors.files.rows import Fault
from backend.services.reference_data.bad_rows import BadRows
from backend.services.reference_data.delimited import PublishedColumn, PublishedTable
from backend.services.reference_data.shapes import IS_REMOVED, KEY, MIC_SHAPE, VALID_FROM, VALID_TO

_COLUMNS: Final = (
    PublishedColumn("mic", TEXT, ("MIC",)),
    PublishedColumn("operating_mic", TEXT, ("OPERATING MIC",)),
    PublishedColumn("segment", TEXT, ("OPRT/SGMT", "O/S")),
    PublishedColumn("status", TEXT, ("STATUS",)),
    PublishedColumn("country", TEXT, ("ISO COUNTRY CODE (ISO 3166)", "ISO COUNTRY CODE")),
    PublishedColumn(
        "name", TEXT, ("MARKET NAME-INSTITUTION DESCRIPTION", "NAME-INSTITUTION DESCRIPTION"), is_required=False
    ),
    PublishedColumn("created", TEXT, ("CREATION DATE",)),
    PublishedColumn("expired", TEXT, ("EXPIRY DATE",), is_required=False),
    PublishedColumn("changed", TEXT, ("LAST UPDATE DATE", "STATUS DATE"), is_required=False),
)
_SEGMENTS: Final = {"OPRT": "OPRT", "SGMT": "SGMT", "O": "OPRT", "S": "SGMT"}
_STATUSES: Final = {
    "ACTIVE": "ACTIVE",
    "UPDATED": "UPDATED",
    "EXPIRED": "EXPIRED",
    "ADDED": "ACTIVE",
    "MODIFIED": "UPDATED",
    "DELETED": "EXPIRED",
}
#: A month without a day is written where the day is not known any more.
_DAY_FORMATS: Final = ("%Y%m%d", "%Y-%m-%d", "%B %Y", "%d-%b-%y")
_MAX_BYTES: Final = 64 * 1024**2
_FORM: Final = re.compile("[A-Z0-9]{4}")
_NO_DAY: Final = "BEFORE"


class _Refused(Exception):
    """A row that cannot be taken: the column and the reason."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def read_mic(pieces: Iterable[bytes], file: str, bad: BadRows) -> Iterator[pa.RecordBatch]:
    """Entries of the dataset ``mic``. Raises FileUnreadable, FileTooLarge, ReferenceRowsRefused."""
    content = _whole(pieces, file)
    table = PublishedTable("the MIC list", _COLUMNS, _faults, "utf-8" if _is_utf8(content) else "windows-1252")
    for batch in table.read([content], file, bad):
        yield pa.RecordBatch.from_pylist([_entry(row) for row in batch.to_pylist()], schema=MIC_SHAPE.schema)


def _faults(batch: pa.RecordBatch) -> Iterator[Fault]:
    for number, row in enumerate(batch.to_pylist()):
        try:
            _entry(row)
        except _Refused as refused:
            yield Fault(number, refused.column, refused.reason)


def _whole(pieces: Iterable[bytes], file: str) -> bytes:
    """All bytes: the list is small, and only the whole says in which encoding it is."""
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > _MAX_BYTES:
            raise FileTooLarge(f"{file} has more than {_MAX_BYTES >> 20} MiB; the MIC list has about one.")
    return bytes(content)


def _entry(row: dict[str, str | None]) -> dict[str, object]:
    status = _STATUSES.get(_text(row, "status"))
    if status is None:
        raise _Refused("STATUS", "the status is none that ISO 10383 has")
    created = _day(row, "created", "CREATION DATE")
    ended = None
    if status == "EXPIRED":
        ended = _day(row, "expired", "EXPIRY DATE") or _day(row, "changed", "LAST UPDATE DATE")
        if ended is None:
            raise _Refused("EXPIRY DATE", "the code is expired and nothing says since when")
        if created is not None and created > ended:
            created = None
    segment = _SEGMENTS.get(_text(row, "segment"))
    if segment is None:
        raise _Refused("OPRT/SGMT", "the value is neither OPRT nor SGMT")
    return {
        KEY: _code(row, "mic", "MIC"),
        "operating_mic": _code(row, "operating_mic", "OPERATING MIC"),
        "segment": segment,
        "status": status,
        "country": _text(row, "country") or None,
        "name": row["name"],
        VALID_FROM: created,
        VALID_TO: ended,
        IS_REMOVED: False,
    }


def _text(row: dict[str, str | None], name: str) -> str:
    return (row[name] or "").strip().upper()


def _code(row: dict[str, str | None], name: str, column: str) -> str:
    code = _text(row, name)
    if _FORM.fullmatch(code) is None:
        raise _Refused(column, "the code is not of four capitals or digits")
    return code


def _day(row: dict[str, str | None], name: str, column: str) -> date | None:
    text = _text(row, name)
    if not text or text.startswith(_NO_DAY):
        return None
    for form in _DAY_FORMATS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    raise _Refused(column, "the day is not written as YYYYMMDD or as a month and a year")


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
