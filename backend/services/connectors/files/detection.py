"""What a file seems to be: format, encoding, dialect and types of its columns, each with the reason; people confirm it.

DuckDB's sniffer finds the dialect in a sample that is written to a private file. Types are tried with the very casts
that a run reads with, so that what is suggested also reads.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from backend.services.connectors.files.casting import ColumnCast
from backend.services.connectors.files.csv_reader import CsvReader
from backend.services.connectors.files.detected_types import (
    DetectedColumn,
    DetectedFile,
    column_of,
    distinct,
    plain_name,
    rules_of,
)
from backend.services.connectors.files.detection_fixed_width import fixed_width
from backend.services.connectors.files.detection_ndjson import is_ndjson, ndjson
from backend.services.connectors.files.detection_xlsx import xlsx
from backend.services.connectors.files.file_faults import FileUnreadable
from backend.services.connectors.files.parquet_reader import suggested_type
from backend.services.connectors.files.rows import RowTyper
from backend.services.connectors.files.settings import ColumnSettings, CsvFormat, ValueRules

SAMPLE_BYTES: Final = 1024 * 1024
_SAMPLE_ROWS: Final = 5000
_LONGEST_CHARACTER: Final = 4


def detect(name: str, head: bytes, opened: IO[bytes]) -> DetectedFile:
    """Look at the beginning of a file, and into it where its format has a directory. Raises FileUnreadable."""
    if not head.strip():
        raise FileUnreadable(f"{name} is empty.", fix="Upload a file with rows.")
    if head.startswith(b"PAR1"):
        return _parquet(name, opened)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return xlsx(name, opened)
    if b"\x00" in head[:1000] and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileUnreadable(f"{name} is neither text, Parquet nor XLSX.", fix="Export it as CSV or Parquet.")
    if is_ndjson(name, head):
        return ndjson(head)
    return _csv(name, head)


def _parquet(name: str, opened: IO[bytes]) -> DetectedFile:
    try:
        schema = pq.read_schema(opened)
    except (pa.ArrowException, OSError) as error:
        raise FileUnreadable(f"{name} is not a readable Parquet file.") from error
    columns = tuple(
        DetectedColumn(plain_name(field.name), field.name, suggested_type(field.type), f"its type is {field.type}", ())
        for field in schema
    )
    return DetectedFile({"format": "parquet"}, {}, distinct(columns), ("The file begins as Parquet does.",))


def _csv(name: str, head: bytes) -> DetectedFile:
    encoding, why_encoding = _encoding(head)
    whole = head[: head.rfind(b"\n") + 1] or head
    text = whole.decode(encoding, errors="replace").removeprefix("\ufeff")
    dialect, has_header, count = _sniffed(text, name)
    if count == 1:
        found = fixed_width(text, encoding, is_whole=len(head) < SAMPLE_BYTES)
        if found is not None:
            return replace(found, reasons=(why_encoding, *found.reasons))
    settings = CsvFormat.model_validate({**dialect, "encoding": encoding, "header_line": None})
    rows = _texts(settings, count, whole, name)
    titles = rows.slice(0, 1).to_pylist()[0].values() if has_header else [f"column {one + 1}" for one in range(count)]
    names = [str(title or f"column {number}") for number, title in enumerate(titles, 1)]
    sample = rows.slice(1) if has_header else rows
    texts = [sample.column(number).combine_chunks() for number in range(count)]
    rules = rules_of(texts)
    columns = [column_of(title, array, rules) for title, array in zip(names, texts, strict=True)]
    file = {**dialect, "format": "csv", "encoding": encoding, "header_line": 1 if has_header else None}
    header = "Its first line names the columns." if has_header else "Its first line looks like the others: no header."
    delimiter = f"Fields are divided by {dialect['delimiter']!r}: so all rows of the sample have {count} fields."
    return DetectedFile(
        file, rules.model_dump(exclude_defaults=True), distinct(columns), (why_encoding, delimiter, header)
    )


def _encoding(head: bytes) -> tuple[str, str]:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", "The file begins with the mark of UTF-16."
    try:
        head[: max(0, len(head) - 3)].decode("utf-8")
    except UnicodeDecodeError as error:
        if len(head) - error.start > _LONGEST_CHARACTER:
            return "windows-1252", f"Byte {error.start + 1} is not UTF-8; Windows-1252 is the usual other encoding."
    return "utf-8", "All bytes of the sample are UTF-8."


def _sniffed(text: str, name: str) -> tuple[dict[str, Any], bool, int]:
    """Dialect, whether there is a header, and how many columns."""
    with tempfile.TemporaryDirectory(prefix="openreg-sniff-") as folder:
        path = Path(folder) / "sample.csv"
        path.write_text(text, encoding="utf-8", newline="")
        try:
            with duckdb.connect(":memory:") as connection:
                connection.execute("SET enable_progress_bar = false")
                query = "SELECT Delimiter, Quote, HasHeader, len(Columns) FROM sniff_csv(?, all_varchar = false)"
                found = connection.execute(query, [str(path)]).fetchone()
        except duckdb.Error as error:
            raise FileUnreadable(
                f"{name} does not look like delimited text.", fix="Export it as CSV, or declare its table by hand."
            ) from error
    delimiter, quote, has_header, count = found or (",", '"', True, 1)
    has_quote = isinstance(quote, str) and len(quote) == 1 and quote.isprintable()
    dialect = {"delimiter": delimiter if len(delimiter) == 1 else ",", "quote": quote if has_quote else '"'}
    return dialect, bool(has_header), int(count)


def _texts(settings: CsvFormat, count: int, content: bytes, name: str) -> pa.Table:
    """The first rows as texts; the first of them may be a header."""
    columns = [ColumnSettings(name=str(number), type="text", position=number) for number in range(1, count + 1)]
    schema = pa.schema([(column.name, pa.string()) for column in columns])
    casts = tuple(ColumnCast.of(column, ValueRules()) for column in columns)
    tasks = CsvReader(settings, columns, RowTyper("sample", name, casts, schema)).tasks([content])
    table = pa.Table.from_batches([task().batch for task in tasks], schema)
    return table.slice(0, _SAMPLE_ROWS)
