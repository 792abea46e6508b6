"""Every format gives every value back, to readers that know nothing of us, also from split and resumed files."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from backend.pipeline.steps import store
from tests.factories.memory_run import MadeFiles, run_table
from tests.factories.nasty_rows import PLAIN_TEXTS, nasty_table

pytestmark = pytest.mark.thorough

Rows = list[dict[str, Any]]
TABLE = nasty_table()
PLAIN = nasty_table(texts=PLAIN_TEXTS)
PLACES = {"number": 6, "text": 20, "other": 20, "amount": 42, "count": 20, "day": 10, "at": 27, "flag": 5, "ratio": 25}


def to_value(name: str, text: str | None, sign: str = ".") -> Any:
    """A text of a file as the value it stands for."""
    if text is None or name in {"text", "other"}:
        return text
    if name in {"number", "count"}:
        return int(text)
    if name == "amount":
        return Decimal(text.replace(sign, "."))
    if name == "day":
        return date.fromisoformat(text)
    if name == "at":
        return datetime.fromisoformat(text).astimezone(UTC)
    return {"true": True, "false": False}[text] if name == "flag" else float(text.replace(sign, "."))


def read_csv(content: bytes, options: Mapping[str, Any]) -> Rows:
    text = content.decode(options.get("encoding", "utf-8"))
    separator, sign = options.get("separator", ","), options.get("decimal_sign", ".")
    texts = pyarrow.csv.read_csv(
        io.BytesIO(text.encode()),
        pyarrow.csv.ReadOptions(use_threads=False),
        pyarrow.csv.ParseOptions(delimiter=separator, newlines_in_values=True),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(TABLE.column_names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    ).to_pylist()
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    assert lines == [TABLE.column_names, *([one or "" for one in row.values()] for row in texts)]
    return [{name: to_value(name, one, sign) for name, one in row.items()} for row in texts]


def from_json(rows: Sequence[Mapping[str, Any]]) -> Rows:
    def one(name: str, value: Any) -> Any:
        if name == "ratio":
            return value if value is None else float(value)
        return (
            Decimal(value)
            if name == "amount" and value is not None
            else (to_value(name, value) if isinstance(value, str) else value)
        )

    return [{name: one(name, value) for name, value in row.items()} for row in rows]


def read_fixed_width(content: bytes, encoding: str) -> Rows:
    rows = []
    for line in content.decode(encoding).split("\r\n")[:-1]:
        texts, start = {}, 0
        for name, length in PLACES.items():
            texts[name] = line[start : start + length].strip() or None
            start += length + 1
            assert line[start - 1 : start].strip() == "", "what no field takes is blank"
        rows.append({name: to_value(name, text) for name, text in texts.items()})
    return rows


def fixed_columns() -> list[dict[str, Any]]:
    columns, start = [], 1
    for number, (name, length) in enumerate(PLACES.items()):
        columns.append({"field": name, "start": start, "length": length, "align": ("left", "right")[number % 2]})
        start += length + 1
    return columns[::-1]


CSV_OPTIONS: list[dict[str, Any]] = [
    {},
    {"separator": ";", "decimal_sign": ",", "line_end": "lf"},
    {"separator": "\t", "quoting": "always"},
    {"separator": "|", "encoding": "utf-8-sig"},
    {"encoding": "utf-16"},
]


@pytest.mark.parametrize("options", CSV_OPTIONS, ids=str)
def test_csv_gives_every_value_back(tmp_path: Path, options: dict[str, Any]) -> None:
    made = run_table(TABLE, [{"format": "csv", "csv": options}], tmp_path)
    assert read_csv(made.only, options) == TABLE.to_pylist()
    assert not made.findings


@pytest.mark.parametrize("decimals", ["text", "number"])
def test_json_gives_every_value_back(tmp_path: Path, decimals: str) -> None:
    outputs = [{"format": one, "decimals": decimals} for one in ("json", "ndjson")]
    made = run_table(TABLE, outputs, tmp_path)
    array, lines = (made.contents[f"trades_2026-11-19_1.{one}"].decode() for one in ("json", "ndjson"))
    assert from_json(json.loads(array, parse_float=Decimal)) == TABLE.to_pylist()
    assert from_json([json.loads(line, parse_float=Decimal) for line in lines.split("\n")[:-1]]) == TABLE.to_pylist()
    assert isinstance(json.loads(array)[0]["amount"], str) is (decimals == "text")


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "windows-1252", "utf-16"])
def test_fixed_width_gives_every_value_back(tmp_path: Path, encoding: str) -> None:
    options = {"columns": fixed_columns(), "encoding": encoding}
    made = run_table(PLAIN, [{"format": "fixed_width", "fixed_width": options}], tmp_path)
    assert read_fixed_width(made.only, encoding) == PLAIN.to_pylist()
    assert not made.findings


def read_xlsx(content: bytes) -> Rows:
    """What openpyxl finds. Its reader leaves the escapes of ECMA-376 22.9.2.19 to whoever asks it."""
    workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    names, *lines = workbook["Records"].iter_rows()
    assert [cell.value for cell in names] == TABLE.column_names
    assert {cell.data_type for line in lines for cell in line} <= {"n", "s", "b", "d", "inlineStr"}, "no formulas"

    def one(name: str, found: Any) -> Any:
        if name in {"text", "other"}:
            return None if found is None else unescape(found)
        if isinstance(found, str):
            return to_value(name, found)
        if isinstance(found, datetime):
            return found.date()
        return Decimal(repr(found)) if name == "amount" and found is not None else found

    return [
        {cell.value: one(cell.value, value.value) for cell, value in zip(names, line, strict=True)} for line in lines
    ]


def unescape(text: str) -> str:
    return re.sub("_x([0-9A-F]{4})_", lambda match: chr(int(match[1], 16)), text)


@pytest.mark.parametrize("decimals", ["text", "number"])
def test_xlsx_gives_every_value_back(tmp_path: Path, decimals: str) -> None:
    made = run_table(TABLE, [{"format": "xlsx", "decimals": decimals}], tmp_path)
    assert read_xlsx(made.only) == TABLE.to_pylist()
    with zipfile.ZipFile(io.BytesIO(made.only)) as archive:
        assert archive.testzip() is None
    assert not made.findings


def test_parquet_gives_every_value_back(tmp_path: Path) -> None:
    made = run_table(TABLE, [{"format": "parquet"}], tmp_path)
    read = pq.read_table(io.BytesIO(made.only))
    assert read.schema.remove_metadata() == TABLE.schema
    assert read.to_pylist() == TABLE.to_pylist()
    assert pl.read_parquet(io.BytesIO(made.only)).to_dicts() == TABLE.to_pylist()


SPLIT = {"file_name": "{report}_{created_date}T{created_time}_{file_number}"}
PAGED = {
    "header_lines": ["HDR{file_number:03}/{file_count:03} of {report}, {record_count} of {total_records}"],
    "footer_lines": ["{is_first:first|later} {is_last:last|more}"],
}
OUTPUTS: dict[str, dict[str, Any]] = {
    "csv": {"format": "csv"},
    "csv with pages": {"format": "csv", "csv": {**PAGED, "header": False}},
    "json": {"format": "json"},
    "ndjson": {"format": "ndjson"},
    "xlsx": {"format": "xlsx"},
    "parquet": {"format": "parquet"},
    "fixed width": {"format": "fixed_width", "fixed_width": {"columns": fixed_columns(), **PAGED}},
}
LIMITS: list[dict[str, Any]] = [
    {},
    {"max_records": 6, **SPLIT},
    {"max_bytes": 3000, **SPLIT},
    {"max_records": 9, "max_bytes": 2500, **SPLIT},
]
CASES = [*((limits, "none") for limits in LIMITS), (LIMITS[0], "gzip"), (LIMITS[3], "zip"), (LIMITS[3], "gzip")]
PACKED = {"xlsx", "parquet"}
#: The smallest part here: a file has several, also the first one, which waits for a late header.
PART = 900


def unpacked(made: MadeFiles) -> list[bytes]:
    """The contents of the files in order."""
    contents = []
    for file in made.files:
        content = made.contents[file.name]
        if file.name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = archive.read(archive.namelist()[0])
        elif file.name.endswith(".gz"):
            content = gzip.decompress(content)
        assert len(content) == file.content_size_bytes or file.format == "xlsx"
        contents.append(content)
    return contents


def read_parts(output: Mapping[str, Any], contents: Sequence[bytes]) -> Rows:
    """The rows of all parts; header and footer of each say where it stands."""
    rows: Rows = []
    parts: list[tuple[str, int, str]] = []
    for content in contents:
        if output["format"] in PACKED:
            rows += read_xlsx(content) if output["format"] == "xlsx" else pq.read_table(io.BytesIO(content)).to_pylist()
            continue
        text, before = content.decode(), len(rows)
        options = output.get("csv") or output.get("fixed_width") or {}
        header = footer = ""
        if options.get("header_lines"):
            header, text = text.split("\r\n", 1)
            text, footer, _ = text.rsplit("\r\n", 2)
            text += "\r\n"
        if output["format"] == "json":
            rows += from_json(json.loads(text, parse_float=Decimal))
        elif output["format"] == "ndjson":
            rows += from_json([json.loads(line, parse_float=Decimal) for line in text.split("\n")[:-1]])
        elif output["format"] == "csv":
            named = text if options.get("header", True) else ",".join(TABLE.column_names) + "\r\n" + text
            rows += read_csv(named.encode(), {})
        else:
            rows += read_fixed_width(text.encode(), "utf-8")
        parts.append((header, len(rows) - before, footer))
    if parts and parts[0][0]:
        for number, (header, count, footer) in enumerate(parts, 1):
            assert header == f"HDR{number:03}/{len(parts):03} of trades, {count} of {len(rows)}"
            ends = "last" if number == len(parts) else "more"
            assert footer == f"{'first' if number == 1 else 'later'} {ends}"
    return rows


@pytest.mark.parametrize(
    ("name", "limits", "packaging"),
    [
        (name, limits, packaging)
        for name, output in OUTPUTS.items()
        for limits, packaging in CASES
        if output["format"] not in PACKED or (packaging == "none" and "max_bytes" not in limits)
    ],
    ids=str,
)
def test_parts_hold_what_they_may_and_a_killed_run_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, limits: dict[str, Any], packaging: str
) -> None:
    monkeypatch.setattr(store, "MIN_PART_BYTES", PART)
    monkeypatch.setattr(store, "MAX_BUFFER_BYTES", 2 * PART)
    output = {**OUTPUTS[name], **limits, "packaging": packaging}
    made = run_table(PLAIN, [output], tmp_path, smallest_part=PART)
    contents = unpacked(made)
    assert read_parts(output, contents) == PLAIN.to_pylist()
    assert all(len(content) <= limits.get("max_bytes", len(content)) for content in contents)
    assert all(file.records <= limits.get("max_records", file.records) for file in made.files)
    assert len(contents) > 1 or not limits
    assert sum(file.records for file in made.files) == PLAIN.num_rows
    resumed = run_table(PLAIN, [output], tmp_path, kill_after=(1, 3, 5), smallest_part=PART)
    assert resumed.contents == made.contents
    assert resumed.files == made.files
