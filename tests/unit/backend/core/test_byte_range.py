"""The Range header of a download (RFC 9110 section 14)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.byte_range import ByteRange, RangeNotSatisfiable, read_range

SIZE = 1000
WHOLE = ByteRange(0, SIZE, is_partial=False)


@pytest.mark.parametrize(
    ("header", "offset", "length"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-499", 0, 500),
        ("bytes=500-999", 500, 500),
        ("bytes=-500", 500, 500),
        ("bytes=9500-", None, None),
        ("bytes=999-", 999, 1),
        ("bytes=0-", 0, 1000),
        ("bytes=0-5000", 0, 1000),
        ("bytes=-5000", 0, 1000),
        ("bytes=-1", 999, 1),
        ("bytes=1000-", None, None),
        ("bytes=1000-2000", None, None),
        ("bytes=-0", None, None),
        ("bytes=007-008", 7, 2),
    ],
)
def test_one_range_is_honoured_or_said_to_be_impossible(header: str, offset: int | None, length: int | None) -> None:
    if offset is None or length is None:
        with pytest.raises(RangeNotSatisfiable) as refused:
            read_range(header, SIZE)
        assert refused.value.extra["size_bytes"] == SIZE
    else:
        assert read_range(header, SIZE) == ByteRange(offset, length, is_partial=True)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=1-x",
        "items=0-5",
        "bytes=0-1,3-4",
        "bytes 0-5",
        "0-5",
        "bytes=1--2",
        "bytes=+1-2",
    ],
)
def test_what_is_not_one_range_of_bytes_is_ignored(header: str | None) -> None:
    assert read_range(header, SIZE) == WHOLE


@pytest.mark.parametrize("header", ["bytes=0-" + "9" * 5000, "bytes=-" + "9" * 5000])
def test_a_number_of_any_length_is_no_crash(header: str) -> None:
    assert read_range(header, SIZE).length == SIZE


def test_a_first_position_of_any_length_is_beyond_the_end() -> None:
    with suppress(RangeNotSatisfiable):
        assert read_range("bytes=" + "9" * 5000 + "-", SIZE) == WHOLE


@pytest.mark.parametrize("header", ["bytes=0-0", "bytes=0-", "bytes=-1"])
def test_an_empty_file_has_no_bytes_to_give(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        read_range(header, 0)


def test_a_range_that_ends_before_it_begins_never_gives_bytes() -> None:
    with suppress(RangeNotSatisfiable):
        assert read_range("bytes=5-3", SIZE) == WHOLE


@given(size=st.integers(1, 5000), first=st.integers(0, 6000), length=st.integers(1, 6000))
def test_the_bytes_given_are_those_python_would_slice(size: int, first: int, length: int) -> None:
    content = bytes(range(256)) * 20
    content = content[:size]
    header = f"bytes={first}-{first + length - 1}"
    expected = content[first : first + length]
    if not expected:
        with pytest.raises(RangeNotSatisfiable):
            read_range(header, size)
        return
    found = read_range(header, size)
    assert content[found.offset : found.offset + found.length] == expected


@given(size=st.integers(1, 5000), last=st.integers(1, 6000))
def test_a_suffix_gives_the_end_of_the_file(size: int, last: int) -> None:
    found = read_range(f"bytes=-{last}", size)
    assert (found.offset + found.length, found.length) == (size, min(last, size))
