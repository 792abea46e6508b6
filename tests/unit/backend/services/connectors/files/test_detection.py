"""What is suggested for a file, and that it reads as suggested."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.services.connectors.files.detection import DetectedFile, detect
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
