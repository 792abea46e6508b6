"""Listening to the database: which statements our code sends, in order, with their parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import Engine


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as the driver was given it."""

    text: str
    parameters: Sequence[Any]

    @property
    def is_control(self) -> bool:
        """Whether it begins or ends a transaction, or only looks whether somebody answers."""
        return self.text == "SELECT 1" or self.text.lstrip().startswith(("BEGIN", "COMMIT", "ROLLBACK"))


@contextmanager
def statements_sent() -> Iterator[list[Statement]]:
    """Every statement inside the block, through an engine or past it; BEGIN and COMMIT of an engine do not appear."""
    sent: list[Statement] = []

    def note(_connection: object, _cursor: object, text: str, parameters: Sequence[Any], *_: object) -> None:
        sent.append(Statement(text, parameters))

    def noting(send: Callable[..., Any]) -> Callable[..., Any]:
        def note_and_send(driver: object, text: str, *parameters: Any, **options: Any) -> Any:
            sent.append(Statement(text, parameters))
            return send(driver, text, *parameters, **options)

        return note_and_send

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with ExitStack() as patches:
            # What is sent past the engine; the engine itself prepares its statements.
            for name in ("execute", "fetch"):
                method = getattr(asyncpg.Connection, name)
                patches.enter_context(patch.object(asyncpg.Connection, name, noting(method)))
            yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)
