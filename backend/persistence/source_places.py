"""Places at a source: so many sessions at once over all processes, and none left behind by a process that died.

A place is an advisory lock of a connection of its own, and ends with that connection, however it ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.persistence.faults import explained
from backend.persistence.session import Database

#: A source is a number of 32 bits here; two that share one share their places.
_TAKE: Final = text("SELECT pg_try_advisory_lock(hashtext(:source), :place)")
_LOOK_AGAIN_SECONDS: Final = 0.25


@asynccontextmanager
async def place_at_source(
    database: Database, source: UUID, places: int, *, patience_seconds: float
) -> AsyncIterator[bool]:
    """Inside the block, whether a place is ours: False when none became free in time. Raises DatabaseUnavailable."""
    async with database.beside_pool() as connection:
        with explained(Database.VARIABLE):
            is_ours = await _take(connection, str(source), places, time.monotonic() + patience_seconds)
        yield is_ours


async def _take(connection: AsyncConnection, source: str, places: int, give_up_at: float) -> bool:
    while True:
        for place in range(places):
            if (await connection.execute(_TAKE, {"source": source, "place": place})).scalar_one():
                return True
        if time.monotonic() >= give_up_at:
            return False
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
