"""Text of fixed width: counted in characters, whole lines only, padding as declared."""

from decimal import Decimal
from typing import Any

import pytest

from backend.services.connectors.files.csv_rows import BLOCK_BYTES
from backend.services.connectors.files.file_faults import FileUnreadable
from backend.services.connectors.files.settings import TableSettings
from tests.unit.backend.services.connectors.files.conftest import read, table_of

FIXED: dict[str, Any] = {"format": "fixed_width"}
COLUMNS = [
    {"name": "id", "type": "integer", "position": 1, "width": 4},
    {"name": "name", "type": "text", "position": 5, "width": 6},
    {"name": "price", "type": "decimal(9,2)", "position": 11, "width": 7},
]


def fixed(**settings: Any) -> TableSettings:
    return table_of(FIXED | settings, COLUMNS)


def faults(intake: Any) -> list[tuple[int, str | None, str]]:
    return [(one.line, one.column, one.reason) for one in intake.bad]


@pytest.mark.parametrize("piece", [1, 5, 1 << 20])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_fields_are_counted_in_characters_and_not_in_bytes(piece: int, encoding: str):
    content = "0001Müller   1.50\r\n0002😀 €    123.00\n       Zoë           \n".replace(
        "       Zoë           ", "    Zoë          "
    )
    rows, intake = read(fixed(encoding=encoding), content.encode(encoding), piece)
    assert intake.bad == []
    assert rows == [(1, "Müller", Decimal("1.50")), (2, "😀 €", Decimal("123.00")), (None, "Zoë", None)]


def test_other_encodings_arrive_as_what_they_say():
    rows, _ = read(fixed(encoding="ibm850"), "0001Müller   1.50\n".encode("cp850"))
    assert rows == [(1, "Müller", Decimal("1.50"))]


def test_lines_of_another_length_are_put_aside_and_their_neighbours_are_taken():
    content = (
        b"0001a        1.50\n0002b        1.5\n0003c        1.500\n\n"
        b"0004d        x.50\n0005e\r       1.50\n0006f        2.50"
    )
    rows, intake = read(fixed(), content)
    assert rows == [(1, "a", Decimal("1.5")), (6, "f", Decimal("2.5"))]
    assert faults(intake) == [
        (2, None, "the line has 16 characters instead of 17"),
        (3, None, "the line has 18 characters instead of 17"),
        (5, "price", "the value is not a number of at most 9 digits, 2 of them decimals"),
        (6, None, "a carriage return stands in the line"),
    ]
    assert intake.bad[0].raw == "0002b        1.5"
    assert intake.read == 6


def test_a_line_may_lack_the_padding_at_its_end_when_that_is_declared():
    rows, intake = read(fixed(short_lines="pad"), b"0001a\n0002b        2.50\n0003\n0004c        2.500\n")
    assert rows == [(1, "a", None), (2, "b", Decimal("2.50")), (3, None, None)]
    assert faults(intake) == [(4, None, "the line has 18 characters instead of 17")]


def test_a_longer_line_may_be_declared():
    assert read(fixed(line_length=20), b"0001a        1.50xyz\n")[0] == [(1, "a", Decimal("1.5"))]
    with pytest.raises(ValueError, match="the column price ends behind the line_length"):
        fixed(line_length=16)


@pytest.mark.parametrize(
    ("trim", "expected"), [("both", "a b"), ("left", "a b  "), ("right", " a b"), ("none", " a b  ")]
)
def test_padding_is_taken_off_as_declared_and_a_blank_field_is_null(trim: str, expected: str):
    rows, _ = read(fixed(trim=trim), b"   1 a b     1.50\n   2             \n")
    assert rows == [(1, expected, Decimal("1.5")), (2, None, None)]


def test_other_padding():
    rows, intake = read(fixed(padding="*"), b"***1* a **1.50***\n***2*************\n")
    assert (rows, intake.bad) == ([(1, " a ", Decimal("1.5")), (2, None, None)], [])
    with pytest.raises(ValueError, match="padding"):
        fixed(padding="0")


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_header_and_footer_are_passed_over_and_lines_keep_their_numbers(piece: int):
    content = b"HEADER 2026\n\n000xa        1.50\n0002b        2.50\nTOTAL 2\r\n\nEND\n\n"
    rows, intake = read(fixed(header_lines=2, footer_lines=2), content, piece)
    assert rows == [(2, "b", Decimal("2.5"))]
    assert [(one.line, one.column) for one in intake.bad] == [(3, "id")]


def test_a_file_that_ends_before_its_footer_is_not_whole():
    with pytest.raises(FileUnreadable, match="has no line 3"):
        read(fixed(header_lines=3), b"a\nb")
    with pytest.raises(FileUnreadable, match="shorter than its header and footer"):
        read(fixed(header_lines=1, footer_lines=2), b"HEADER\nEND\n\n")
    assert read(fixed(header_lines=1, footer_lines=1), b"HEADER\nEND")[0] == []


def test_the_footer_is_found_behind_many_blocks_and_bad_rows_have_their_lines():
    count = 3 * BLOCK_BYTES // 18
    lines = [f"{number % 10_000:04d}abcdef{'1.00':>7}" for number in range(count)]
    wanted = [3, count // 2, count - 1]
    for number in wanted:
        lines[number] = lines[number].replace("1.00", "1,00")
    rows, intake = read(fixed(footer_lines=3), "\n".join([*lines, "x", "y", "z", ""]).encode())
    assert [one.line for one in intake.bad] == [number + 1 for number in wanted]
    assert len(rows) == count - len(wanted)


def test_bytes_of_another_encoding_and_nul_cost_their_line():
    rows, intake = read(fixed(), b"0001\xe4bcdef   1.50\n0002a\x00cdef   1.50\n0003abcdef   1.50\n")
    assert rows == [(3, "abcdef", Decimal("1.5"))]
    assert [(one.line, one.reason[:15]) for one in intake.bad] == [(1, "the byte 0xE4 i"), (2, "the row holds a")]


def test_a_column_needs_its_place():
    with pytest.raises(ValueError, match="the column a needs a position and a width"):
        table_of(FIXED, [{"name": "a", "type": "text", "position": 1}])
