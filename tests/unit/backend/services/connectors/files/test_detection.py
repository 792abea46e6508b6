"""What is suggested for a file, and that it reads as suggested."""

import io
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.services.connectors.files.detected_types import DetectedFile
from backend.services.connectors.files.detection import detect
from backend.services.connectors.files.file_faults import FileUnreadable
from tests.unit.backend.services.connectors.files.conftest import read, table_of

GERMAN = (
    "Nummer;Konto;Kurs;Tag;Zeit;Aktiv;Text\n"
    + "".join(f"{n};00{n};1.234,{n:02d};{n:02d}.11.2026;{n:02d}.11.2026 12:00:00;J;Müller {n}\n" for n in range(10, 29))
).encode("windows-1252")


def types(found: DetectedFile) -> dict[str, str]:
    return {one.name: one.type for one in found.columns}


def test_a_german_export_is_seen_as_what_it_is_and_reads_as_suggested():
    found = detect("a.csv", GERMAN, io.BytesIO(GERMAN))
    assert (found.file["delimiter"], found.file["encoding"], found.file["header_line"]) == (";", "windows-1252", 1)
    assert types(found) == {
        "nummer": "integer",
        "konto": "text",
        "kurs": "decimal(18,2)",
        "tag": "date",
        "zeit": "timestamp",
        "aktiv": "boolean",
        "text": "text",
    }
    assert found.columns[1].reason == "values begin with zeros that a number would lose"
    columns = [{"name": one.name, "source": one.source, "type": one.type} for one in found.columns]
    rows, intake = read(table_of(found.file, columns, values={**found.values, "time_zone": "Europe/Berlin"}), GERMAN)
    assert (len(rows), intake.bad) == (19, [])
    assert rows[0][-1] == "Müller 10"


def test_a_plain_export_needs_no_rules():
    content = b"id,price,at\n1,1.50,2026-01-01T10:00:00Z\n2,2.25,2026-01-02T10:00:00+01:00\n"
    found = detect("a.csv", content, io.BytesIO(content))
    assert types(found) == {"id": "integer", "price": "decimal(18,2)", "at": "timestamp"}
    assert found.values == {}
    assert found.columns[0].samples == ("1", "2")


def test_a_few_odd_values_do_not_hide_the_type_and_are_told():
    content = b"price;n\n" + b"1,50;1\n" * 30 + b"cheap;2\n"
    price, _ = detect("a.csv", content, io.BytesIO(content)).columns
    assert price.type == "decimal(18,2)"
    assert price.reason == "30 of 31 values of the sample are of this type; the others would be bad rows"
    content = b"price;n\n" + b"1,50;1\n" * 30 + b"cheap;2\n" * 30
    assert detect("a.csv", content, io.BytesIO(content)).columns[0].type == "text"


def test_parquet_says_its_types_itself():
    target = io.BytesIO()
    table = pa.table({"Trade ID": pa.array([1], pa.int32()), "p": pa.array([None], pa.decimal128(20, 5)), "t": ["x"]})
    pq.write_table(table, target)
    found = detect("a", target.getvalue(), target)
    assert found.file == {"format": "parquet"}
    assert types(found) == {"trade_id": "integer", "p": "decimal(20,5)", "t": "text"}
    assert found.columns[0].source == "Trade ID"


@pytest.mark.parametrize("content", [b"", b"\n\n", b"PK\x03\x04\x00\x00\x00", b"PAR1 and then nothing"])
def test_what_is_no_such_file_is_refused(content: bytes):
    with pytest.raises(FileUnreadable):
        detect("a", content, io.BytesIO(content))


def test_local_times_need_a_zone_before_they_are_read():
    with pytest.raises(ValueError, match="time_zone"):
        table_of({"format": "csv"}, {"a": "timestamp"}, values={"timestamp_format": "YYYY-MM-DD HH:mm"})


def test_lines_of_json_become_columns_by_their_keys_and_read_as_suggested():
    content = (
        b'{"Trade ID":1,"price":{"amount":1.50,"unit":"EUR"},"qty":12345678901234567890,"day":"02.01.2026",'
        b'"ok":true,"f":1e5}\n'
        b'{"Trade ID":2,"price":{"amount":22.125,"unit":null},"qty":2,"day":"31.01.2026",'
        b'"ok":false,"f":2,"legs":[1],"x":"7"}\n'
        b"broken\n"
    )
    found = detect("a", content, io.BytesIO(content))
    assert found.file == {"format": "ndjson", "missing_keys": "null"}
    assert types(found) == {
        "trade_id": "integer",
        "price_amount": "decimal(18,3)",
        "price_unit": "text",
        "qty": "decimal(20,0)",
        "day": "date",
        "ok": "boolean",
        "f": "double",
        "x": "integer",
    }
    assert found.reasons[-1] == "Lists are no values: legs."
    columns = [{"name": one.name, "source": one.source, "type": one.type} for one in found.columns]
    rows, intake = read(table_of(found.file, columns, values=found.values), content)
    assert [row[:3] for row in rows] == [(1, Decimal("1.50"), "EUR"), (2, Decimal("22.125"), None)]
    assert [one.line for one in intake.bad] == [3]


def test_json_in_one_list_is_told_apart():
    with pytest.raises(FileUnreadable, match="one JSON list"):
        detect("a", b'[{"a":1}]', io.BytesIO(b""))


def test_fixed_width_is_seen_by_its_gaps_and_reads_as_suggested():
    content = (
        "POSITIONS OF 2026-11-20\n"
        "KEY  NAME          AMOUNT\n"
        "0001 Müllermeier    12.50\n"
        "0002 Jo Ann Smith 1120.00\n"
        "0003 Wu              1.00\n"
        "3 rows\n"
    ).encode("windows-1252")
    found = detect("a", content, io.BytesIO(content))
    assert found.file == {
        "format": "fixed_width",
        "encoding": "windows-1252",
        "header_lines": 2,
        "footer_lines": 1,
        "line_length": 25,
    }
    assert types(found) == {"key": "text", "name": "text", "amount": "decimal(18,2)"}
    columns = [
        {"name": one.name, "type": one.type, "position": one.position, "width": one.width} for one in found.columns
    ]
    rows, intake = read(table_of(found.file, columns), content)
    assert intake.bad == []
    assert rows[1] == ("0002", "Jo Ann Smith", Decimal("1120.00"))


def test_one_column_of_text_is_not_taken_for_fixed_width():
    content = b"name\nabcd\nefgh\nijkl\n"
    assert detect("a", content, io.BytesIO(content)).file["format"] == "csv"
