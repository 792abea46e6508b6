"""Cursors: a walk over the pages sees every row once, and a made-up cursor is refused."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.ids import new_id
from backend.core.pagination import MAX_LIMIT, CursorInvalid, PageRequest, page_of


def fetch(stored: list[UUID], request: PageRequest) -> list[UUID]:
    """What a repository does: newest first, one more than asked for."""
    after = request.after
    return [one for one in sorted(stored, reverse=True) if after is None or one < after][: request.limit + 1]


def walk(stored: list[UUID], limit: int) -> list[list[UUID]]:
    pages, cursor = [], None
    while True:
        request = PageRequest(limit, cursor)
        page = page_of(fetch(stored, request), request, lambda one: one)
        pages.append(list(page.items))
        cursor = page.next_cursor
        if cursor is None:
            return pages


@given(stored=st.lists(st.uuids(), unique=True, max_size=40), limit=st.integers(1, 15))
def test_walking_the_pages_gives_every_row_once_in_order(stored: list[UUID], limit: int) -> None:
    pages = walk(stored, limit)
    assert [one for page in pages for one in page] == sorted(stored, reverse=True)
    assert all(len(page) == limit for page in pages[:-1])


def test_rows_that_arrive_during_the_walk_move_nothing() -> None:
    stored = [new_id() for _ in range(10)]
    request = PageRequest(4)
    first = page_of(fetch(stored, request), request, lambda one: one)
    stored += [new_id() for _ in range(3)]
    request = PageRequest(4, first.next_cursor)
    second = page_of(fetch(stored, request), request, lambda one: one)
    assert [*first.items, *second.items] == sorted(stored, reverse=True)[3:11]


def test_a_page_that_ends_exactly_at_the_limit_has_no_next_one() -> None:
    stored = [new_id() for _ in range(5)]
    request = PageRequest(5)
    assert page_of(fetch(stored, request), request, lambda one: one).next_cursor is None


def test_an_empty_list_is_one_empty_page() -> None:
    page = page_of([], PageRequest(), lambda one: one)
    assert (list(page.items), page.next_cursor) == ([], None)


@given(identity=st.uuids())
def test_a_cursor_survives_the_round_trip_through_a_url(identity: UUID) -> None:
    request = PageRequest(1)
    cursor = page_of([identity, identity], request, lambda one: one).next_cursor
    assert cursor is not None
    assert cursor.replace("-", "a").replace("_", "a").isalnum()
    assert PageRequest(1, cursor).after == identity


GOOD = urlsafe_b64encode(UUID(int=7).bytes).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "=",
        GOOD[:-2],
        GOOD + "AA",
        "é" * 22,
        str(UUID(int=7)),
        "1",
        "' OR 1=1 --",
        f"!{GOOD}",
        f"{GOOD}\n",
        GOOD + "==",
    ],
)
def test_a_cursor_that_was_never_given_out_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        _ = PageRequest(10, cursor).after


def test_the_limit_of_the_interface_is_two_hundred() -> None:
    assert (PageRequest().limit, MAX_LIMIT) == (50, 200)
