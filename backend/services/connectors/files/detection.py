"""What a file seems to be: format, encoding, dialect and types of its columns, each with the reason; people confirm it.

DuckDB's sniffer finds the dialect in a sample that is written to a private file. Types are tried with the very casts
that a run reads with, so that what is suggested also reads.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from backend.services.connectors.files.casting import ColumnCast
from backend.services.connectors.files.csv_reader import CsvReader
from backend.services.connectors.files.file_faults import FileUnreadable
from backend.services.connectors.files.parquet_reader import suggested_type
from backend.services.connectors.files.rows import RowTyper
from backend.services.connectors.files.settings import ColumnSettings, CsvFormat, ValueRules, read_type

SAMPLE_BYTES: Final = 1024 * 1024
_SAMPLE_ROWS: Final = 5000
_SHOWN_VALUES: Final = 3
_DATES: Final = ("YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "YYYYMMDD")
_TIMES: Final = (
    "YYYY-MM-DDTHH:mm:ssfZ",
    "YYYY-MM-DDTHH:mm:ssf",
    "YYYY-MM-DD HH:mm:ssf",
    "DD.MM.YYYY HH:mm:ss",
    "DD.MM.YYYY HH:mm",
)
_TRUTHS: Final = (("true", "false"), ("TRUE", "FALSE"), ("Y", "N"), ("J", "N"))
_NUMBERS: Final = (
    {"decimal_separator": "."},
    {"decimal_separator": ","},
    {"decimal_separator": ",", "thousands_separator": "."},
)
_ANY_NUMBER: Final = "decimal(38,10)"
_WAYS: Final[Mapping[str, Sequence[dict[str, Any]]]] = {
    "date": [{"date_format": one} for one in _DATES],
    "timestamp": [{"timestamp_format": one} for one in _TIMES],
    "boolean": [{"true_texts": [yes], "false_texts": [no]} for yes, no in _TRUTHS],
    _ANY_NUMBER: [dict(one) for one in _NUMBERS],
}
_MOST_DIGITS: Final = 38
_MOST_ODD: Final = 0.05
"""The share of values that may be of another type: a file that was edited by hand has some."""
_LONGEST_CHARACTER: Final = 4
_UNFIT: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class DetectedColumn:
    """A column with the type that all its values in the sample have."""

    name: str
    source: str
    type: str
    reason: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DetectedFile:
    """A file as it seems to be: settings of a table, but for its name."""

    file: dict[str, Any]
    values: dict[str, Any]
    columns: tuple[DetectedColumn, ...]
    reasons: tuple[str, ...]


def detect(name: str, head: bytes, opened: IO[bytes]) -> DetectedFile:
    """Look at the beginning of a file, and into it where its format has a directory. Raises FileUnreadable."""
    if not head.strip():
        raise FileUnreadable(f"{name} is empty.", fix="Upload a file with rows.")
    if head.startswith(b"PAR1"):
        return _parquet(name, opened)
    if b"\x00" in head[:1000] and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileUnreadable(f"{name} is neither text nor Parquet.", fix="Export it as CSV or Parquet.")
    return _csv(name, head)


def _parquet(name: str, opened: IO[bytes]) -> DetectedFile:
    try:
        schema = pq.read_schema(opened)
    except (pa.ArrowException, OSError) as error:
        raise FileUnreadable(f"{name} is not a readable Parquet file.") from error
    columns = tuple(
        DetectedColumn(_plain(field.name), field.name, suggested_type(field.type), f"its type is {field.type}", ())
        for field in schema
    )
    return DetectedFile({"format": "parquet"}, {}, _distinct(columns), ("The file begins as Parquet does.",))


def _csv(name: str, head: bytes) -> DetectedFile:
    encoding, why_encoding = _encoding(head)
    whole = head[: head.rfind(b"\n") + 1] or head
    dialect, has_header, count = _sniffed(whole.decode(encoding, errors="replace"), name)
    settings = CsvFormat.model_validate({**dialect, "encoding": encoding, "header_line": None})
    rows = _texts(settings, count, whole, name)
    titles = rows.slice(0, 1).to_pylist()[0].values() if has_header else [f"column {one + 1}" for one in range(count)]
    names = [str(title or f"column {number}") for number, title in enumerate(titles, 1)]
    sample = rows.slice(1) if has_header else rows
    texts = [sample.column(number).combine_chunks() for number in range(count)]
    rules = _rules(texts)
    columns = [_column(title, array, rules) for title, array in zip(names, texts, strict=True)]
    file = {**dialect, "format": "csv", "encoding": encoding, "header_line": 1 if has_header else None}
    header = "Its first line names the columns." if has_header else "Its first line looks like the others: no header."
    delimiter = f"Fields are divided by {dialect['delimiter']!r}: so all rows of the sample have {count} fields."
    return DetectedFile(
        file, rules.model_dump(exclude_defaults=True), _distinct(columns), (why_encoding, delimiter, header)
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


def _rules(texts: Sequence[pa.Array]) -> ValueRules:
    """How days, times, numbers and truth are written: the first way that fits a whole column."""
    found: dict[str, Any] = {}
    for column in texts:
        has_mark = bool(pc.any(pc.match_substring_regex(column, "[.,]")).as_py())
        for kind, ways in _WAYS.items():
            if kind == _ANY_NUMBER and not has_mark:
                continue  # whole numbers say nothing of how others are written
            for way in ways:
                rules = ValueRules.model_validate({"time_zone": "UTC", **way})
                if not (way.keys() & found.keys()) and _fits(column, kind, rules):
                    found |= way
    return ValueRules.model_validate(found)


def _column(title: str, texts: pa.Array, rules: ValueRules) -> DetectedColumn:
    type_, reason = _type(texts, rules)
    samples = [str(one) for one in texts.drop_null().unique().slice(0, _SHOWN_VALUES).to_pylist()]
    return DetectedColumn(_plain(title), title, type_, reason, tuple(samples))


def _type(texts: pa.Array, rules: ValueRules) -> tuple[str, str]:
    count = len(texts) - texts.null_count
    if not count:
        return "text", "the sample has no value"
    if pc.any(pc.match_substring_regex(texts, r"^[+-]?0[0-9]")).as_py() and not _fits(texts, "date", rules):
        return "text", "values begin with zeros that a number would lose"
    for kind in ("boolean", "integer", "date", "timestamp"):
        if _fits(texts, kind, rules):
            return kind, _reason(texts, kind, rules)
    scale, whole = _digits(texts, rules.decimal_separator)
    wanted = f"decimal({min(38, max(18, whole + scale))},{scale})"
    if scale and whole + scale <= _MOST_DIGITS and _fits(texts, wanted, rules):
        return wanted, _reason(texts, wanted, rules)
    return "text", "not all values of the sample are of another type"


def _fits(texts: pa.Array, type_: str, rules: ValueRules) -> bool:
    if texts.null_count == len(texts):
        return False
    return bool(_odd(texts, type_, rules) <= _MOST_ODD * (len(texts) - texts.null_count))


def _odd(texts: pa.Array, type_: str, rules: ValueRules) -> int:
    """How many values are not of a type."""
    _, wrong = ColumnCast("sample", read_type(type_), rules).cast(texts)
    return len(wrong)


def _reason(texts: pa.Array, type_: str, rules: ValueRules) -> str:
    count, odd = len(texts) - texts.null_count, _odd(texts, type_, rules)
    if not odd:
        return f"all {count} values of the sample are of this type"
    return f"{count - odd} of {count} values of the sample are of this type; the others would be bad rows"


def _digits(texts: pa.Array, separator: str) -> tuple[int, int]:
    """The most decimals, and the most digits before them."""
    numbers = texts.filter(pc.match_substring_regex(texts, r"^\s*[+-]?[0-9.,]+\s*$"))
    parts = [str(one).strip().lstrip("+-").partition(separator) for one in numbers.to_pylist()]
    return max((len(after) for _, _, after in parts), default=0), max((len(one) for one, _, _ in parts), default=0)


def _plain(title: str) -> str:
    """A name that needs no quotes in a query."""
    name = _UNFIT.sub("_", title.strip().lower()).strip("_") or "column"
    return f"c_{name}" if name[0].isdigit() else name


def _distinct(columns: Sequence[DetectedColumn]) -> tuple[DetectedColumn, ...]:
    seen: dict[str, int] = {}
    found = []
    for column in columns:
        seen[column.name] = seen.get(column.name, 0) + 1
        number = seen[column.name]
        found.append(column if number == 1 else replace(column, name=f"{column.name}_{number}"))
    return tuple(found)
