"""Lines of JSON: digits are kept, nothing is guessed, and a bad line costs no other."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from backend.services.connectors.files.csv_rows import BLOCK_BYTES
from backend.services.connectors.files.file_faults import FileTooLarge, FileUnreadable
from tests.unit.backend.services.connectors.files.conftest import read, table_of

NDJSON: dict[str, Any] = {"format": "ndjson"}


def faults(intake: Any) -> list[tuple[int, str | None, str]]:
    return [(one.line, one.column, one.reason) for one in intake.bad]


def test_every_number_keeps_its_digits():
    columns = {"i": "integer", "d": "decimal(38,10)", "f": "double", "t": "text"}
    content = (
        b'{"i":9223372036854775807,"d":1234567890123456789012345678.0123456789,"f":0.1,"t":12345678901234567890}\n'
        b'{"i":-0,"d":0.1,"f":1e308,"t":0.10}\n'
        b'{"i":"7","d":"0.30","f":"2","t":"0.10"}\n'
        b'{"i":1,"d":25e-1,"f":5e-324,"t":1E5}\n'
    )
    rows, intake = read(table_of(NDJSON, columns), content)
    assert intake.bad == []
    assert rows == [
        (2**63 - 1, Decimal("1234567890123456789012345678.0123456789"), 0.1, "12345678901234567890"),
        (0, Decimal("0.1"), 1e308, "0.10"),
        (7, Decimal("0.3"), 2.0, "0.10"),
        (1, Decimal("2.5"), 5e-324, "1E5"),
    ]


def test_texts_are_read_as_declared_and_numbers_as_json_writes_them():
    rules = {
        "decimal_separator": ",",
        "thousands_separator": ".",
        "date_format": "YYYYMMDD",
        "true_texts": ["J"],
        "false_texts": ["N"],
        "time_zone": "Europe/Berlin",
        "timestamp_format": "DD.MM.YYYY HH:mm",
    }
    columns = {"d": "decimal(18,2)", "t": "date", "b": "boolean", "z": "timestamp"}
    content = (
        b'{"d":"1.234,5","t":"20260102","b":"J","z":"01.07.2026 12:00"}\n'
        b'{"d":1234.5,"t":20260102,"b":false,"z":null}\n'
        b'{"d":"1234.5","t":null,"b":null,"z":null}\n'
        b'{"d":1,"t":null,"b":1,"z":null}\n'
        b'{"d":true,"t":null,"b":"true","z":null}\n'
    )
    rows, intake = read(table_of(NDJSON, columns, values=rules), content)
    assert rows == [
        (Decimal("1234.5"), date(2026, 1, 2), True, datetime(2026, 7, 1, 10, tzinfo=UTC)),
        (Decimal("1234.5"), date(2026, 1, 2), False, None),
    ]
    assert [(line, column) for line, column, _ in faults(intake)] == [(3, "d"), (4, "b"), (5, "d")]


def test_null_a_missing_key_and_the_empty_text_stay_apart():
    content = b'{"a":null,"n":1}\n{"a":"","n":2}\n{"n":3}\n{"a":" x ","n":""}\n'
    rows, intake = read(table_of(NDJSON, {"a": "text", "n": "integer"}), content)
    assert rows == [(None, 1), ("", 2), (" x ", None)]
    assert faults(intake) == [(3, "a", "the object has no such key")]
    rows, intake = read(table_of(NDJSON | {"missing_keys": "null"}, {"a": "text", "n": "integer"}), content)
    assert (rows[2], intake.bad) == ((None, 3), [])


def test_nested_values_are_found_by_dots_and_a_key_with_a_dot_goes_first():
    columns = [
        {"name": "price", "source": "trade.price.amount", "type": "decimal(10,2)"},
        {"name": "b", "source": "x.y", "type": "text"},
    ]
    content = (
        b'{"trade":{"price":{"amount":1.25}},"x.y":"literal","x":{"y":"inner"}}\n'
        b'{"trade":{"price":null},"x":{"y":"inner"}}\n'
        b'{"trade":{"price":{"amount":{"value":1}}},"x":{"y":"z"}}\n'
        b'{"trade":{"price":{"amount":1}},"x":{"y":["z"]}}\n'
        b'{"trade":[],"x":{"y":"z"}}\n'
    )
    rows, intake = read(table_of(NDJSON, columns), content)
    assert rows == [(Decimal("1.25"), "literal"), (None, "inner")]
    assert faults(intake) == [
        (3, "price", "the value is an object or a list"),
        (4, "b", "the value is an object or a list"),
        (5, "price", "the object has no such key"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"a":1', "the line is not JSON: Expecting ',' delimiter at character 7"),
        (b'{"a":1} {"a":2}', "the line is not JSON: Extra data at character 9"),
        (b'{"a":NaN}', "the line is not JSON: NaN is no value"),
        (b'{"a":-Infinity}', "the line is not JSON: -Infinity is no value"),
        (b'{"a":01}', "the line is not JSON: Expecting ',' delimiter at character 7"),
        (b'{"a":1,"a":2}', 'the key "a" stands twice in one object'),
        (b'{"a":1,"z":{"q\\ud800":1,"q\\ud800":1}}', 'the key "q\\ud800" stands twice in one object'),
        (b"[1]", "the line is not an object"),
        (b"5", "the line is not an object"),
        (b'{"a":1,"t":"\\ud83d"}', "a text holds NUL or half of a character"),
        (b'{"a":1,"t":"\\u0000"}', "a text holds NUL or half of a character"),
        (b'{"a":1,"t":"x\ty"}', "the line is not JSON: Invalid control character at at character 14"),
        (b'{"a":1,"t":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "the line is nested too deeply"),
        ('{"a":1,"t":"ä"}'.encode("latin-1"), None),
    ],
)
def test_a_broken_line_is_put_aside_with_its_number_and_its_neighbours_are_taken(line: bytes, reason: str | None):
    content = b'\n{"a":1,"t":"\\ud83d\\ude00"}\r\n\n' + line + b'\n{"a":2,"t":"x"}'
    rows, intake = read(table_of(NDJSON, {"a": "integer", "t": "text"}), content)
    assert rows == [(1, "😀"), (2, "x")]
    ((number, column, found),) = faults(intake)
    assert (number, column) == (4, None)
    assert found == (
        reason or "the byte 0xE4 is not utf-8; in windows-1252 it is ä, so the file mixes encodings or has another one"
    )
    assert intake.bad[0].raw == line.decode(errors="replace")[:4096] + ("…" if len(line) > 4096 else "")


@pytest.mark.parametrize("piece", [1, 3, 1 << 20])
def test_the_cut_of_the_stream_changes_nothing(piece: int):
    content = '\ufeff{"a":"ä"}\n{"a":"€\u2028"}\r\n{"a":1}'.encode()
    rows, intake = read(table_of(NDJSON, {"a": "text"}), content, piece)
    assert (rows, intake.bad) == ([("ä",), ("€\u2028",), ("1",)], [])


def test_bad_rows_far_apart_have_their_lines_in_every_block():
    count = 2 * BLOCK_BYTES // 50
    lines = [json.dumps({"a": number, "t": "x" * 40}) for number in range(count)]
    wanted = [0, count // 2, count - 1]
    for number in wanted:
        lines[number] = '{"a":"x","t":""}'
    rows, intake = read(table_of(NDJSON, {"a": "integer"}), "\n".join(lines).encode())
    assert [one.line for one in intake.bad] == [number + 1 for number in wanted]
    assert [row[0] for row in rows] == [number for number in range(count) if number not in wanted]


def test_one_json_list_and_a_line_without_an_end_are_refused():
    with pytest.raises(FileUnreadable, match="is one JSON list, not one object a line"):
        read(table_of(NDJSON, {"a": "integer"}), b'[\n{"a":1}\n]')
    with pytest.raises(FileTooLarge, match="line 1: the line is longer than 16 MiB"):
        read(table_of(NDJSON, {"a": "text"}), b'{"a":"' + b"x" * (18 * 1024 * 1024))
