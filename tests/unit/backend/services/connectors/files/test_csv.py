"""Delimited text: values as they stand there, and every row that is not as declared at its place."""

import csv
import io
import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from backend.services.connectors.files.csv_rows import BLOCK_BYTES
from backend.services.connectors.files.file_faults import FileTooLarge, FileUnreadable, RowRefused, TooManyBadRows
from tests.unit.backend.services.connectors.files.conftest import read, table_of

CSV: dict[str, Any] = {"format": "csv"}


def place(bad: object) -> tuple[object, ...]:
    return tuple(getattr(bad, name) for name in ("line", "column", "reason"))


class TestTexts:
    def test_null_empty_and_confusing_texts_stay_apart(self):
        content = 'a,b\n,""\nNA,null\n"NA",NaN\n" x ", y \n"a""b","c\n,d"\n'
        rows, intake = read(table_of(CSV, {"a": "text", "b": "text"}), content.encode())
        assert rows == [(None, ""), ("NA", "null"), ("NA", "NaN"), (" x ", " y "), ('a"b', "c\n,d")]
        assert (intake.read, intake.taken, intake.bad) == (5, 5, [])

    def test_declared_texts_stand_for_null_but_not_in_quotes(self):
        table = table_of(CSV | {"null_texts": ["", "NULL"]}, {"a": "text", "b": "integer"})
        rows, _ = read(table, b'a,b\nNULL,NULL\n"NULL",1\n')
        assert rows == [(None, None), ("NULL", 1)]
        table = table_of(CSV | {"null_texts": ["NULL"], "quoted_null": True}, {"a": "text"})
        assert read(table, b'a\n"NULL"\n')[0] == [(None,)]

    @pytest.mark.parametrize("piece", [1, 2, 3, 7, 1 << 20])
    def test_the_cut_of_the_stream_changes_nothing(self, piece: int):
        content = '\ufeffa;b\r\n"x;1";"ä\r\n€"\r\n\r\n😀;""\r\n;"\ufeff"'.encode()
        rows, intake = read(table_of(CSV | {"delimiter": ";"}, {"a": "text", "b": "text"}), content, piece)
        assert rows == [("x;1", "ä\r\n€"), ("😀", ""), (None, "\ufeff")]
        assert intake.bad == []

    @pytest.mark.parametrize(
        ("encoding", "text"),
        [("windows-1252", "Müller €"), ("utf-16", "Ωμέγα 😀"), ("iso-8859-2", "Łódź"), ("ibm850", "ñ")],
    )
    def test_other_encodings_arrive_as_what_they_say(self, encoding: str, text: str):
        content = f'a,b\n"{text}",1\n'.encode(encoding)
        assert read(table_of(CSV | {"encoding": encoding}, {"a": "text", "b": "integer"}), content)[0] == [(text, 1)]

    def test_columns_are_found_by_header_in_any_order_and_others_are_left_out(self):
        columns = [
            {"name": "second", "source": "Z 2", "type": "integer"},
            {"name": "first", "source": "Z 1", "type": "text"},
        ]
        rows, _ = read(table_of(CSV | {"header_line": 3}, columns), b"a title\n\nZ 1,junk,Z 2\nx,y,2\n")
        assert rows == [(2, "x")]

    def test_without_a_header_columns_are_found_by_position(self):
        columns = [{"name": "b", "position": 2, "type": "integer"}]
        assert read(table_of(CSV | {"header_line": None}, columns), b"x,1\ny,2")[0] == [(1,), (2,)]

    def test_an_escape_is_taken_out(self):
        table = table_of(CSV | {"escape": "\\"}, {"a": "text", "b": "text"})
        assert read(table, b'a,b\n"x \\" y",z\n"\\\\",z\n')[0] == [('x " y', "z"), ("\\", "z")]

    def test_what_python_writes_arrives_whatever_the_content(self):
        draw = random.Random(7)
        letters = 'ab,;"\n\r\n é😀\t0'
        given = [tuple("".join(draw.choices(letters, k=draw.randrange(12))) for _ in range(3)) for _ in range(3000)]
        target = io.StringIO()
        csv.writer(target, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *given])
        for piece in (997, 1 << 20):
            rows, intake = read(table_of(CSV, dict.fromkeys("abc", "text")), target.getvalue().encode(), piece)
            assert (rows == given, intake.bad) == (True, [])


class TestValues:
    def test_every_type_is_exact(self):
        columns = {"i": "integer", "d": "decimal(38,10)", "b": "boolean", "t": "date", "z": "timestamp", "f": "double"}
        content = (
            "i,d,b,t,z,f\n"
            "-9223372036854775808,1234567890123456789012345678.0123456789,true,0001-01-01,2026-07-01T12:00:00.000001+02:00,0.1\n"
            "007,.5,false,9999-12-31,1969-12-31T23:59:59.999999Z,1e308\n"
        )
        rows, intake = read(table_of(CSV, columns), content.encode())
        assert intake.bad == []
        assert rows == [
            (
                -(2**63),
                Decimal("1234567890123456789012345678.0123456789"),
                True,
                date.min,
                datetime(2026, 7, 1, 10, 0, 0, 1, tzinfo=UTC),
                0.1,
            ),
            (7, Decimal("0.5"), False, date.max, datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), 1e308),
        ]

    @pytest.mark.parametrize(
        ("type_", "texts"),
        [
            ("integer", ["1.0", "1e3", "0x1F", "9223372036854775808", "1_000", "one", "1 000", "--1", "+-1"]),
            ("decimal(5,2)", ["1.234", "1000", "NaN", "inf", "1,5", "0x1", "1.2.3", "12a"]),
            ("date", ["2023-02-29", "20240101", "2024-1-1", "0000-01-01", "10000-01-01", "2024-01-01T00:00:00"]),
            (
                "timestamp",
                ["2026-01-01T00:00:00", "2026-01-01", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00.1234567Z"],
            ),
            ("boolean", ["True", "1", "t", "yes"]),
            ("double", ["nan", "inf", "1e309", "1,5", "0x1p3"]),
        ],
    )
    def test_what_is_not_of_the_type_is_put_aside_and_its_neighbours_are_taken(self, type_: str, texts: list[str]):
        good = {"date": "2026-01-01", "timestamp": "2026-01-01T00:00:00Z", "boolean": "true"}.get(type_, "1")
        lines = ["a;n"]
        for number, text in enumerate(texts):
            lines += [f"{good};{2 * number}", f"{text};{2 * number + 1}"]
        rows, intake = read(table_of(CSV | {"delimiter": ";"}, {"a": type_, "n": "integer"}), "\n".join(lines).encode())
        assert [row[1] for row in rows] == list(range(0, 2 * len(texts), 2))
        assert [one.line for one in intake.bad] == list(range(3, 2 * len(texts) + 2, 2))
        assert {one.column for one in intake.bad} == {"a"}
        assert [one.raw.partition(";")[0] for one in intake.bad] == texts
        assert not any(text in one.reason for one in intake.bad for text in texts if len(text) > 2), (
            "reasons hold no value"
        )

    def test_an_empty_text_in_quotes_is_no_number_but_null(self):
        rows, intake = read(table_of(CSV, {"a": "integer", "b": "date"}), b'a,b\n"",""\n" +5 ","2026-01-01"\n')
        assert (rows, intake.bad) == ([(None, None), (5, date(2026, 1, 1))], [])

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("1.234.567,89", "1234567.89"),
            ("-0,5", "-0.5"),
            ("1234,5", "1234.5"),
            ("12.34", None),
            ("1.5", None),
            (",5", "0.5"),
        ],
    )
    def test_german_numbers(self, text: str, expected: str | None):
        table = table_of(
            CSV | {"delimiter": ";"},
            {"a": "decimal(18,4)"},
            values={"decimal_separator": ",", "thousands_separator": "."},
        )
        rows, intake = read(table, f"a\n{text}\n".encode())
        assert rows == ([(Decimal(expected),)] if expected else [])
        assert len(intake.bad) == (expected is None)

    @pytest.mark.parametrize(
        ("pattern", "text", "expected"),
        [
            ("DD.MM.YYYY HH:mm", "01.07.2026 12:00", datetime(2026, 7, 1, 10, tzinfo=UTC)),
            ("YYYYMMDDHHmmss", "20260701120000", datetime(2026, 7, 1, 10, tzinfo=UTC)),
            ("YYYY-MM-DD HH:mm:ssf", "2026-07-01 12:00:00.5", datetime(2026, 7, 1, 10, 0, 0, 500_000, tzinfo=UTC)),
            ("YYYY-MM-DDTHH:mm:ssf", "2026-07-01", None),
            ("YYYY-MM-DD HH:mm:ss", "2026-03-29 02:30:00", None),
            ("YYYY-MM-DD HH:mm:ss", "2026-10-25 02:30:00", None),
            ("DD/MM/YYYY HH:mmZ", "01/07/2026 12:00+0200", datetime(2026, 7, 1, 10, tzinfo=UTC)),
            ("DD.MM.YYYY HH:mm", "2026-07-01 12:00", None),
        ],
    )
    def test_times_are_read_as_declared_in_their_zone(self, pattern: str, text: str, expected: datetime | None):
        rules = {"timestamp_format": pattern, "time_zone": "Europe/Berlin"}
        rows, intake = read(table_of(CSV, {"a": "timestamp"}, values=rules), f"a\n{text}\n".encode())
        assert rows == ([(expected,)] if expected else [])
        assert len(intake.bad) == (expected is None)

    def test_a_type_that_changes_late_is_found(self):
        count = 300_000
        lines = [f"{number},{number}.5" for number in range(count)]
        lines[270_000] = "270000,sold out"
        rows, intake = read(
            table_of(CSV, {"a": "integer", "b": "decimal(10,1)"}), ("a,b\n" + "\n".join(lines)).encode()
        )
        assert len(rows) == count - 1
        assert [place(one)[:2] for one in intake.bad] == [(270_002, "b")]
        assert intake.bad[0].raw == "270000,sold out"


class TestBadRows:
    def test_a_wrong_number_of_fields(self):
        rows, intake = read(table_of(CSV, {"a": "text", "b": "text"}), b'a,b\n1,2\n1\n"x\ny",2\n\n1,2,3\nz,4\n')
        assert rows == [("1", "2"), ("x\ny", "2"), ("z", "4")]
        assert [place(one) for one in intake.bad] == [
            (3, None, "the row has 1 fields instead of 2"),
            (7, None, "the row has 3 fields instead of 2"),
        ]
        assert intake.read == 5

    def test_a_quote_that_is_not_closed_takes_its_line_and_not_the_file(self):
        content = b'a,b\n1,"open\n2,x\n3,"y"\n4,5" pipe\n5,z\n6,"end'
        rows, intake = read(table_of(CSV, {"a": "integer", "b": "text"}), content)
        assert rows == [(2, "x"), (3, "y"), (5, "z")]
        assert [(one.line, one.raw) for one in intake.bad] == [(2, '1,"open'), (5, '4,5" pipe'), (7, '6,"end')]
        assert {one.reason for one in intake.bad} == {"a quote stands inside a field, or is not closed"}

    def test_bytes_of_another_encoding_are_told_with_what_they_would_be(self):
        content = "a,b\n1,ä\n".encode() + "2,ä\n".encode("windows-1252") + "3,€\n".encode()
        rows, intake = read(table_of(CSV, {"a": "integer", "b": "text"}), content)
        assert rows == [(1, "ä"), (3, "€")]
        (bad,) = intake.bad
        assert (bad.line, bad.column) == (3, "b")
        assert bad.reason.startswith("the byte 0xE4 is not utf-8; in windows-1252 it is ä")

    def test_a_nul_byte_and_a_lone_carriage_return(self):
        rows, intake = read(table_of(CSV, {"a": "integer", "b": "text"}), b'a,b\n1,x\x00\n2,y\rz\n3,"y\rz"\n')
        assert rows == [(3, "y\rz")]
        assert [place(one) for one in intake.bad] == [
            (2, "b", "the row holds a NUL byte"),
            (3, "b", "a carriage return stands in a field without quotes"),
        ]
        assert intake.bad[0].raw == "1,x\u2400"

    def test_a_row_with_several_faults_counts_once(self):
        rows, intake = read(table_of(CSV, {"a": "integer", "b": "integer"}), b"a,b\nx,y\n1,2\n")
        assert (rows, len(intake.bad), intake.read) == ([(1, 2)], 1, 2)

    def test_bad_rows_far_apart_have_their_lines_in_every_block(self):
        count = 3 * BLOCK_BYTES // 20
        lines = [f'{number},"{number:012d}"' for number in range(count)]
        wanted = [5, count // 3, count // 2, count - 2]
        for number in wanted:
            lines[number] = "x," + "y"
        rows, intake = read(table_of(CSV, {"a": "integer", "b": "text"}), ("a,b\r\n" + "\r\n".join(lines)).encode())
        assert [one.line for one in intake.bad] == [number + 2 for number in wanted]
        assert len(rows) == count - len(wanted)

    def test_stop_and_too_many(self):
        content = b"a\n1\nx\ny\n"
        with pytest.raises(RowRefused, match="f, line 3, column a: the value is not a whole number") as refused:
            read(table_of(CSV, {"a": "integer"}, on_bad_row="stop"), content)
        assert refused.value.extra == {"table": "t", "file": "f", "line": 3, "column": "a"}
        with pytest.raises(TooManyBadRows, match="more than 1 bad rows; 2 times the value is not a whole number"):
            read(table_of(CSV, {"a": "integer"}, max_bad_rows=1), content)

    def test_a_very_long_raw_text_is_cut(self):
        _, intake = read(table_of(CSV, {"a": "integer"}), b"a\n" + b"x" * 10_000 + b"\n")
        assert len(intake.bad[0].raw) == 4097


class TestFiles:
    def test_a_column_that_is_not_in_the_header_is_named_with_what_is(self):
        with pytest.raises(FileUnreadable, match="f: b is not in the header") as refused:
            read(table_of(CSV, {"a": "text", "b": "text"}), b"a,c\n1,2\n")
        assert refused.value.fix == "The header has: a, c."
        with pytest.raises(FileUnreadable, match="a is 2 times in the header"):
            read(table_of(CSV, {"a": "text"}), b"a,a\n1,2\n")

    def test_an_empty_file_has_no_header_but_a_header_alone_is_no_fault(self):
        with pytest.raises(FileUnreadable, match="has no line 1"):
            read(table_of(CSV, {"a": "text"}), b"")
        assert read(table_of(CSV, {"a": "text"}), b"a\n")[0] == []
        assert read(table_of(CSV, {"a": "text"}), b"a")[0] == []

    def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(self):
        with pytest.raises(FileTooLarge, match="line 2: the line is longer than 16 MiB"):
            read(table_of(CSV, {"a": "text"}), b"a\n" + b"x" * (18 * 1024 * 1024))
