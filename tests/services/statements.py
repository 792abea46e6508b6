"""Listening to the database: which statements our code sends, in order, with their parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as the driver was given it."""

    text: str
    parameters: Sequence[Any]


@contextmanager
def statements_sent() -> Iterator[list[Statement]]:
    """Every statement of any engine inside the block; BEGIN and COMMIT are the driver's and do not appear."""
    sent: list[Statement] = []

    def note(_connection: object, _cursor: object, text: str, parameters: Sequence[Any], *_: object) -> None:
        sent.append(Statement(text, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)
