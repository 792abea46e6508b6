"""Arrays out of the buffers a driver fills."""

import ctypes
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from backend.services.connectors.odbc_columns import Block, ColumnLayout, TextTooLong
from backend.services.connectors.odbc_library import SQL_C_DOUBLE, SQL_C_SBIGINT, SQL_NULL_DATA

TEXTS = (
    *("", "a", "abcdefghijkl", "abcdefghijklm", "x" * 40, None, "ÄÖ", "€" * 5, "😀", "a😀b€cä", "😀" * 9),
    *(None, "0123456789ab\u00e4", " ", "\ufeffx", "\u2028"),
)


def filled(layout: ColumnLayout, cells: list[bytes | None], encoding_end: int) -> Block:
    """A block as a driver leaves it: what stood behind a shorter value before is still there."""
    block = Block([layout], len(cells))
    bound = block.bound[0]
    for row, cell in enumerate(cells):
        at = bound.values + row * bound.width
        ctypes.memset(at, 0xEE, bound.width)
        if cell is not None:
            ctypes.memmove(at, cell + b"\0" * encoding_end, min(len(cell) + encoding_end, bound.width))
        length = SQL_NULL_DATA if cell is None else len(cell)
        ctypes.c_int64.from_address(bound.indicators + 8 * row).value = length
    block.rows = len(cells)
    return block


def narrow(texts: list[str | None], longest: int = 80) -> Block:
    return filled(ColumnLayout.narrow(longest), [None if t is None else t.encode() for t in texts], 1)


def wide(texts: list[str | None], longest: int = 80) -> Block:
    return filled(ColumnLayout.wide(longest), [None if t is None else t.encode("utf-16-le") for t in texts], 2)


Make = Callable[[list[str | None]], Block]


@pytest.mark.parametrize("make", [narrow, wide])
class TestTexts:
    def test_every_text_arrives_as_it_is(self, make: Make):
        column = make(list(TEXTS)).column(0)
        assert column.type == pa.string()
        assert column.to_pylist() == list(TEXTS)
        column.validate(full=True)

    @pytest.mark.parametrize("text", [one for one in TEXTS if one is not None])
    def test_texts_of_one_length_arrive_too(self, make: Make, text: str):
        assert make([text] * 3).column(0).to_pylist() == [text] * 3
        assert make([text]).column(0).to_pylist() == [text]

    def test_nothing_but_nulls(self, make: Make):
        assert make([None, None]).column(0).to_pylist() == [None, None]

    def test_a_text_longer_than_its_buffer_is_an_error_and_never_its_beginning(self, make: Make):
        with pytest.raises(TextTooLong):
            make(["fits", "x" * 81]).column(0)
        assert make(["fits", "x" * 80]).column(0).to_pylist()[1] == "x" * 80

    def test_a_text_of_a_length_the_driver_does_not_know_is_an_error(self, make: Make):
        block = make(["abc"])
        ctypes.c_int64.from_address(block.bound[0].indicators).value = -4
        with pytest.raises(TextTooLong):
            block.column(0)

    def test_a_column_outlives_its_block(self, make: Make):
        block = make(["same", "same"])
        column = block.column(0)
        single = make(["alone"])
        kept = single.column(0)
        for one in (block, single):
            bound = one.bound[0]
            ctypes.memset(bound.values, 0x41, bound.width * one.rows)
        assert column.to_pylist() == ["same", "same"]
        assert kept.to_pylist() == ["alone"]


@pytest.mark.parametrize("bad", [b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"x" * 20 + b"\xff"])
def test_bytes_that_are_no_text_are_refused(bad: bytes):
    with pytest.raises(pa.ArrowInvalid):
        filled(ColumnLayout.narrow(80), [b"good", bad], 1).column(0)


def test_half_a_character_is_refused():
    with pytest.raises(pa.ArrowInvalid):
        filled(ColumnLayout.wide(80), ["good".encode("utf-16-le"), b"\x3d\xd8"], 2).column(0)


def test_numbers_and_their_nulls():
    block = Block([ColumnLayout.number(SQL_C_SBIGINT), ColumnLayout.number(SQL_C_DOUBLE)], 4)
    block.rows = 3
    whole, fraction = block.bound
    for row, value in enumerate((-(2**63), 2**63 - 1, 7)):
        ctypes.c_int64.from_address(whole.values + 8 * row).value = value
        ctypes.c_double.from_address(fraction.values + 8 * row).value = value / 7
    ctypes.c_int64.from_address(whole.indicators + 16).value = SQL_NULL_DATA
    assert block.column(0).to_pylist() == [-(2**63), 2**63 - 1, None]
    assert block.column(1).to_pylist() == list(np.array([-(2**63), 2**63 - 1, 7]) / 7)
