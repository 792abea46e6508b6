"""Connections of a pool for reads: spoken to through the driver, and through a session only by whoever wants one.

A pooled connection, a session and their ends cost as much as the statement of a list; most reads need neither.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session

from backend.persistence.faults import DatabaseUnavailable, explained, meaning, unavailable
from backend.persistence.fixed_query import FixedQuery

_CONNECTED: Final = "openreg.connected"


class Connected:
    """A connection that is taken out of a pool, and the driver's own below it."""

    def __init__(self, engine: AsyncEngine, pooled: Any, variable: str) -> None:
        self._engine = engine
        self._pooled = pooled
        self._driver = pooled.driver_connection
        self._variable = variable
        self._ordinary: Connection | None = None

    @classmethod
    async def take(cls, engine: AsyncEngine, variable: str) -> Connected:
        """A connection out of the pool; a timeout can only be the database's. Raises DatabaseUnavailable."""
        try:
            pooled = await engine.raw_connection()
        except (OSError, TimeoutError) as error:
            raise unavailable(variable) from error
        except engine.dialect.loaded_dbapi.Error as error:
            raise meaning(error, variable) from error
        return cls(engine, pooled, variable)

    async def tell(self, statements: str) -> None:
        """Send statements that have no parameters and no result, together. Raises DatabaseUnavailable.

        When one of them fails nobody knows what has begun or ended, so nobody gets the connection again.
        """
        with ExitStack() as unless_done:
            unless_done.callback(self.drop)
            await self._answered(self._driver.execute(statements))
            unless_done.pop_all()

    async def fetch(self, query: FixedQuery, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows of one query. Raises DatabaseUnavailable, TextNotStorable."""
        return query.rows(await self._answered(self._driver.fetch(query.text, *query.arguments(values))))

    async def ask(self, statement: str, *values: object) -> Sequence[Any]:
        """The rows of a statement that the driver prepares once, as it gives them. Raises as ``fetch``."""
        rows: Sequence[Any] = await self._answered(self._driver.fetch(statement, *values))
        return rows

    async def _answered(self, asked: Awaitable[Any]) -> Any:
        try:
            return await asked
        except Exception as error:  # the driver has no base of its own for what goes wrong with a connection
            meant = meaning(error, self._variable)
            if isinstance(meant, DatabaseUnavailable):
                self.drop()
            if meant is error:
                raise
            raise meant from error
        except BaseException:
            # Cancelled on the way: whether it was done, and what has begun or ended with it, is not known.
            self.drop()
            raise

    def ordinary(self) -> Connection:
        """The same connection for a session, which finds the transaction begun."""
        if self._ordinary is None:
            self._ordinary = Connection(self._engine.sync_engine, self._pooled)
        return self._ordinary

    def drop(self) -> None:
        """Close it, so that nobody gets it again."""
        if self._pooled.is_valid:
            self._pooled.invalidate()

    def give_back(self) -> None:
        """Back into the pool, which has a place for each of its connections: nothing is waited for."""
        (self._pooled if self._ordinary is None else self._ordinary).close()


class _ReadingSession(Session):
    """A session that asks for its connection when it is used for the first time."""

    def get_bind(self, *_: Any, **__: Any) -> Connection:
        connected: Connected = self.info[_CONNECTED]
        return connected.ordinary()


@asynccontextmanager
async def reading_session(connected: Connected) -> AsyncIterator[AsyncSession]:
    """A session on a connection that has begun; it costs nothing until it is used for more than columns."""
    info = {_CONNECTED: connected}
    session = AsyncSession(sync_session_class=_ReadingSession, info=info, expire_on_commit=False)
    try:
        yield session
    finally:
        if session.in_transaction():
            session.sync_session.close()


def connected_of(session: AsyncSession) -> Connected:
    """The connection below a session that was made for it (see ``reading_session``)."""
    connected: Connected = session.info[_CONNECTED]
    return connected


async def fetch_columns(session: AsyncSession, query: FixedQuery, values: Mapping[str, Any]) -> Sequence[Any]:
    """Rows of columns: of a reading by its driver, of a unit of work as everything else in it."""
    connected: Connected | None = session.info.get(_CONNECTED)
    if connected is not None:
        return await connected.fetch(query, values)
    return (await (await session.connection()).execute(query.statement, values)).all()


@asynccontextmanager
async def connected_to(engine: AsyncEngine, variable: str, beginning: str) -> AsyncIterator[Connected]:
    """A connection that has begun, given back whatever happens; errors of what the caller does pass unchanged."""
    try:
        connected = await _begun(engine, beginning, variable)
    except DatabaseUnavailable:
        # It had died in the pool, perhaps, where others may have died with it: those are gone from it now.
        connected = await _begun(engine, beginning, variable)
    try:
        with explained(variable):
            yield connected
    finally:
        connected.give_back()


async def _begun(engine: AsyncEngine, beginning: str, variable: str) -> Connected:
    connected = await Connected.take(engine, variable)
    try:
        await connected.tell(beginning)
    except BaseException:
        connected.give_back()
        raise
    return connected
