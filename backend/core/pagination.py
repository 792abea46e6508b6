"""Cursor pagination: opaque cursors over time-ordered ids or a sort key; stable under inserts."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar
from uuid import UUID

from backend.core.errors import ErrorKind, OpenRegError

T = TypeVar("T")
DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class CursorInvalid(OpenRegError):
    """The cursor was not issued by this list."""

    code: ClassVar[str] = "cursor_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is wanted: newest first, ``limit`` items after the cursor's item."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    @property
    def after(self) -> UUID | None:
        """Identifier of the last item of the page before. Raises CursorInvalid."""
        if self.cursor is None:
            return None
        try:
            identity = UUID(bytes=urlsafe_b64decode(self.cursor + "=="))
        except (Base64Error, ValueError) as error:
            raise CursorInvalid from error
        if cursor_of(identity) != self.cursor:  # decoding skips characters that are not base64
            raise CursorInvalid
        return identity


@dataclass(frozen=True, slots=True)
class SortedPageRequest:
    """Which page of a list is wanted that is sorted by ``key`` and, among equals, by id."""

    key: str
    is_descending: bool = False
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    @property
    def after(self) -> tuple[str, UUID] | None:
        """Sort value and identifier of the last item of the page before. Raises CursorInvalid."""
        if self.cursor is None:
            return None
        try:
            key, value, identity = json.loads(urlsafe_b64decode(self.cursor + "=="))
            position = str(value), UUID(str(identity))
        except (Base64Error, ValueError, TypeError) as error:
            raise CursorInvalid from error
        if key != self._name:
            raise CursorInvalid("The cursor belongs to another order of the list.")
        return position

    def page_of(self, rows: Sequence[T], value: Callable[[T], str], identify: Callable[[T], UUID]) -> Page[T]:
        """Cut ``limit + 1`` fetched rows into a page."""
        items = rows[: self.limit]
        if len(rows) <= self.limit:
            return Page(items, None)
        place = json.dumps([self._name, value(items[-1]), str(identify(items[-1]))], separators=(",", ":"))
        return Page(items, urlsafe_b64encode(place.encode()).decode().rstrip("="))

    @property
    def _name(self) -> str:
        return f"-{self.key}" if self.is_descending else self.key


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Items of one page and the cursor of the next one, or None at the end."""

    items: Sequence[T]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class NamedPageRequest:
    """Which page of a list is wanted whose items are held in memory under names, in the order of ``key``."""

    key: str
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    def page_of(self, rows: Sequence[T], name_of: Callable[[T], str]) -> Page[T]:
        """The items after the cursor's. Raises CursorInvalid, also when the cursor's item is gone."""
        first = 0
        if self.cursor is not None:
            first = 1 + _place(rows, name_of, _name_in(self.cursor, self.key))
        items = rows[first : first + self.limit]
        if first + self.limit >= len(rows):
            return Page(items, None)
        place = json.dumps([self.key, name_of(items[-1])], separators=(",", ":"))
        return Page(items, urlsafe_b64encode(place.encode()).decode().rstrip("="))


def _name_in(cursor: str, wanted: str) -> str:
    try:
        key, name = json.loads(urlsafe_b64decode(cursor + "=="))
    except (Base64Error, ValueError, TypeError) as error:
        raise CursorInvalid from error
    if key != wanted or not isinstance(name, str):
        raise CursorInvalid("The cursor belongs to another order of the list.")
    return name


def _place(rows: Sequence[T], name_of: Callable[[T], str], name: str) -> int:
    for place, one in enumerate(rows):
        if name_of(one) == name:
            return place
    raise CursorInvalid("What the cursor stood at is gone.", fix="Read the list from its beginning.")


def page_of(rows: Sequence[T], request: PageRequest, identify: Callable[[T], UUID]) -> Page[T]:
    """Cut ``limit + 1`` fetched rows into a page."""
    items = rows[: request.limit]
    has_more = len(rows) > request.limit
    return Page(items, cursor_of(identify(items[-1])) if has_more else None)


def cursor_of(identity: UUID) -> str:
    """The cursor of the page after an item."""
    return urlsafe_b64encode(identity.bytes).decode().rstrip("=")
