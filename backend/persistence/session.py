"""Engines and the unit of work: one transaction per request or job, committed here and nowhere else.

Tenant and user are set with ``set_config(..., is_local => true)``, the function form of ``SET LOCAL``: it ends
with the transaction and cannot leak to the next one of a pooled connection. Lists are read in transactions that can do
nothing else, begun in one round trip: most calls are lists, and most of their time went into asking for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool

from backend.core.clock import utc_now
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId
from backend.persistence.clock import DatabaseClock
from backend.persistence.connected import Connected, connected_of, connected_to, reading_session
from backend.persistence.faults import DatabaseUnavailable, explained, is_unavailable, unavailable
from backend.persistence.fixed_query import FixedQuery
from backend.persistence.models import all_models

# A process that opens the database knows every table: foreign keys are resolved over all of them.
METADATA = all_models.metadata
TENANT_SETTING = "openreg.tenant_id"
_LAST_ACTS = "openreg.last_acts"
USER_SETTING = "openreg.user_id"
_SET_OWNERS = text(
    f"SELECT set_config('{TENANT_SETTING}', :tenant, true), set_config('{USER_SETTING}', :user, true), "
    "clock_timestamp()"
)


class UnsafeDatabaseRole(OpenRegError):
    """A database role may do more than row-level security and its grants are to allow."""

    code: ClassVar[str] = "unsafe_database_role"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL


@dataclass(frozen=True, slots=True)
class PoolUse:
    """The connections of one pool; ``limit`` is what it may grow to."""

    in_use: int
    idle: int
    limit: int


class LastRank(IntEnum):
    """What is done last in a transaction, in this order; each takes a lock that many writers want."""

    NOTICES = 1
    PUBLICATIONS = 2
    AUDIT = 3


LastAct = Callable[[], Awaitable[None]]
Begin = Callable[[AsyncSession], Awaitable[None]]


def act_last(session: AsyncSession, rank: LastRank, act: LastAct) -> None:
    """Have something done when all else of the transaction is done, so that its lock is held only for the commit."""
    session.info.setdefault(_LAST_ACTS, []).append((rank, act))


class Database:
    """The application role's engine: every transaction belongs to one tenant."""

    VARIABLE: ClassVar[str] = "DATABASE_URL"

    def __init__(self, url: str, *, pool_size: int, name: str) -> None:
        self._engine = _engine(url, pool_size, name)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._readings = _autocommit(self._engine)
        self.now = DatabaseClock()

    @asynccontextmanager
    async def transaction(self, tenant: TenantId, *, user_id: UUID | None = None) -> AsyncIterator[AsyncSession]:
        """A session in one transaction of one tenant; commits at the end, rolls back on any error.

        ``user_id`` opens, beside it, what belongs to one person: sessions and second factor.
        """
        whose = {"tenant": str(tenant), "user": str(user_id or "")}

        async def begin(session: AsyncSession) -> None:
            self.now.set((await session.execute(_SET_OWNERS, whose)).one()[2])

        async with _session(self._sessions, self.VARIABLE, begin) as session:
            yield session
            await _act_last(session)
            await session.commit()

    @asynccontextmanager
    async def unbound(self) -> AsyncIterator[AsyncSession]:
        """A session without a tenant: it sees no row of anybody, only the database itself."""
        async with _session(self._sessions, self.VARIABLE) as session:
            yield session

    @asynccontextmanager
    async def reading(self, tenant: TenantId) -> AsyncIterator[AsyncSession]:
        """A session in one transaction of one tenant that cannot write."""
        async with self._begun(_BEGIN_READING.format(tenant=tenant)) as session:
            yield session

    @asynccontextmanager
    async def driving(self, tenant: TenantId) -> AsyncIterator[AsyncSession]:
        """A session in one transaction of one tenant, for who writes by the driver (``connected_of``), often and much.

        It commits at the end, with what was added to the session, and rolls back on any error.
        """
        async with self._begun(_BEGIN_DRIVING.format(tenant=tenant)) as session:
            if not self.now.is_known_since(_CLOCK_SECONDS):
                ((at,),) = await connected_of(session).ask("SELECT clock_timestamp()")
                self.now.set(at)
            yield session
            if session.info.get(_LAST_ACTS) or session.in_transaction() or session.new:
                await _act_last(session)
                await session.flush()

    @asynccontextmanager
    async def _begun(self, beginning: str) -> AsyncIterator[AsyncSession]:
        async with connected_to(self._readings, self.VARIABLE, beginning) as connected:
            try:
                async with reading_session(connected) as session:
                    yield session
            except Exception:
                await connected.tell("ROLLBACK")
                raise
            except BaseException:
                # Cancelled: nobody knows how far the connection is, so nobody gets it again.
                connected.drop()
                raise
            await connected.tell("COMMIT")

    async def read_clock(self) -> timedelta:
        """Let ``now`` be right before the first transaction; how far this machine's clock is off.

        Raises DatabaseUnavailable.
        """
        async with _session(self._sessions, self.VARIABLE) as session:
            self.now.set((await session.execute(text("SELECT clock_timestamp()"))).scalar_one())
        return abs(utc_now() - self.now())

    async def check(self) -> None:
        """Reach the database and refuse a role that row-level security does not hold. Raises UnsafeDatabaseRole."""
        async with _session(self._sessions, self.VARIABLE) as session:
            row = (await session.execute(text(_ROLE_CHECK))).one()
            if row.rolsuper or row.rolbypassrls or row.owns_tables:
                raise UnsafeDatabaseRole(
                    f"DATABASE_URL signs in as {row.rolname}, which could bypass row-level security.",
                    fix="Use the application role openreg_app, not the owner or a superuser.",
                )

    @asynccontextmanager
    async def listen(self, channel: str, heard: Callable[[str], None]) -> AsyncIterator[asyncio.Event]:
        """Hear what transactions notify on a channel, on a connection of its own; the event says that it was lost."""
        lost = asyncio.Event()
        try:
            async with self._engine.connect() as connection:
                raw = (await connection.get_raw_connection()).driver_connection
                if raw is None:
                    raise unavailable(self.VARIABLE)
                raw.add_termination_listener(lambda _: lost.set())
                await raw.add_listener(channel, lambda _connection, _pid, _channel, payload: heard(payload))
                try:
                    yield lost
                finally:
                    # It listens: the pool must not hand it to anybody else.
                    await connection.invalidate()
        except (OSError, TimeoutError, DBAPIError) as error:
            raise unavailable(self.VARIABLE) from error

    @asynccontextmanager
    async def beside_pool(self) -> AsyncIterator[AsyncConnection]:
        """A connection of its own for what is held longer than a unit of work; it is closed at the end."""
        alone = create_async_engine(
            self._engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"timeout": 10}
        )
        try:
            connection = await alone.connect()
        except (OSError, TimeoutError, DBAPIError) as error:
            raise unavailable(self.VARIABLE) from error
        try:
            yield connection
        finally:
            await connection.close()

    def pool_use(self) -> PoolUse:
        """How many connections are used now."""
        return _pool_use(self._engine)

    async def dispose(self) -> None:
        """Close the pool."""
        await _dispose(self._engine)


class SystemDatabase:
    """The system role's engine: crosses tenants, but only on the tables and columns granted to it (ADR 0004)."""

    VARIABLE: ClassVar[str] = "DATABASE_SYSTEM_URL"

    def __init__(self, url: str, *, name: str, pool_size: int = 2) -> None:
        self._engine = _engine(url, pool_size, name)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._readings = _autocommit(self._engine)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction over all tenants."""
        async with _session(self._sessions, self.VARIABLE) as session:
            yield session
            await session.commit()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for single reads over all tenants; its connection is looked at before."""
        async with (
            connected_to(self._readings, self.VARIABLE, _ANSWER) as connected,
            reading_session(connected) as session,
        ):
            yield session

    async def fetch(self, query: FixedQuery, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows of a query over all tenants, in one round trip. Raises DatabaseUnavailable."""
        try:
            return await self._fetch(query, values)
        except DatabaseUnavailable:
            # It had died in the pool, perhaps; asking twice changes nothing.
            return await self._fetch(query, values)

    async def _fetch(self, query: FixedQuery, values: Mapping[str, Any]) -> Sequence[Any]:
        connected = await Connected.take(self._readings, self.VARIABLE)
        try:
            return await connected.fetch(query, values)
        finally:
            connected.give_back()

    async def check(self) -> None:
        """Reach the database and refuse a role that may do more than read what was granted.

        Raises UnsafeDatabaseRole.
        """
        async with self.reading() as session:
            row = (await session.execute(text(_SYSTEM_ROLE_CHECK))).mappings().one()
        excess = [what for what, is_so in row.items() if what != "rolname" and is_so]
        if excess:
            raise UnsafeDatabaseRole(
                f"DATABASE_SYSTEM_URL signs in as {row['rolname']}, which {', '.join(excess)}.",
                fix="Use the system role openreg_system, with the columns that migrations grant to it and no more.",
            )

    def pool_use(self) -> PoolUse:
        """How many connections are used now."""
        return _pool_use(self._engine)

    async def dispose(self) -> None:
        """Close the pool."""
        await _dispose(self._engine)


def _pool_use(engine: AsyncEngine) -> PoolUse:
    pool = engine.pool
    if not isinstance(pool, AsyncAdaptedQueuePool):
        return PoolUse(0, 0, 0)
    return PoolUse(pool.checkedout(), pool.checkedin(), pool.size())


async def _dispose(engine: AsyncEngine) -> None:
    """Close a pool when what was cancelled has given its connections back: nobody would close those after it."""
    for _ in range(_LOOKS):
        if not _pool_use(engine).in_use:
            break
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
    await engine.dispose()


def _autocommit(engine: AsyncEngine) -> AsyncEngine:
    """The same pool, without a BEGIN and a COMMIT of its own."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


async def _act_last(session: AsyncSession) -> None:
    for _, act in sorted(session.info.get(_LAST_ACTS, ()), key=lambda one: one[0]):
        await act()


@asynccontextmanager
async def _session(
    sessions: async_sessionmaker[AsyncSession], variable: str, begin: Begin | None = None
) -> AsyncIterator[AsyncSession]:
    """A session that is connected and has begun; errors of what the caller does with it pass unchanged."""
    with explained(variable):
        async with sessions() as session:
            await _connect(session, variable)
            if begin is not None:
                await _begin(session, begin)
            yield session


async def _begin(session: AsyncSession, begin: Begin) -> None:
    """Begin, and once more on another connection when the first had died in the pool: nothing has been done yet."""
    try:
        await begin(session)
    except DBAPIError as error:
        if not is_unavailable(error):
            raise
        await session.invalidate()
        await begin(session)


async def _connect(session: AsyncSession, variable: str) -> None:
    """Take a connection now, while a timeout can only be the database's."""
    try:
        await session.connection()
    except (OSError, TimeoutError) as error:
        raise unavailable(variable) from error


_BEGIN_DRIVING = f"""
BEGIN;
SELECT set_config('{TENANT_SETTING}', '{{tenant}}', true), set_config('{USER_SETTING}', '', true)
"""
_BEGIN_READING = _BEGIN_DRIVING.replace("BEGIN;", "BEGIN READ ONLY;")
_ANSWER = "SELECT 1"
#: How many connections a pool may grow to, in its sizes.
_AT_ONCE = 2
#: How long, and how often, an ending process looks whether every connection is back.
_LOOKS = 500
_LOOK_EVERY_SECONDS = 0.01
#: A transaction finds out by itself when its connection has died; this is for one that a firewall lets hang.
_PING_AFTER_SECONDS = 5.0
#: Nothing of ours waits inside a transaction. A process that was stopped there (SIGSTOP, a sleeping machine) would
#: hold its rows for ever, and with a run's row everybody who could take the run over: shorter than a lease.
_SERVER_SETTINGS = {"timezone": "UTC", "idle_in_transaction_session_timeout": "20s"}
_IDLE_SINCE = "openreg.idle_since"
#: Whoever drives asks for the database's clock no more often than this.
_CLOCK_SECONDS = 1.0


def _engine(url: str, pool_size: int, name: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        # None beyond the pool's size: each of those would be opened for one statement and closed after it.
        pool_size=_AT_ONCE * pool_size,
        max_overflow=0,
        connect_args={"timeout": 10, "server_settings": {"application_name": name, **_SERVER_SETTINGS}},
    )
    _ping_after(engine.sync_engine, _PING_AFTER_SECONDS)
    return engine


def _ping_after(engine: Engine, seconds: float) -> None:
    """Ask a pooled connection that was left alone for so long whether it is still there."""

    def note(_connection: object, record: Any) -> None:
        record.info[_IDLE_SINCE] = time.monotonic()

    def look(connection: Any, record: Any, _proxy: object) -> None:
        idle_since = record.info.get(_IDLE_SINCE)
        if idle_since is None or time.monotonic() - idle_since < seconds:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.dbapi.Error as error:  # type: ignore[union-attr]  # a dialect with a pool has a driver
            raise DisconnectionError from error  # the pool takes another connection

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", look)


_ROLE_CHECK = """
SELECT r.rolname, r.rolsuper, r.rolbypassrls,
       EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'public' AND c.relkind = 'r' AND pg_has_role(c.relowner, 'MEMBER')) AS owns_tables
FROM pg_roles r WHERE r.rolname = current_user
"""
#: Each column is what the role would be able to do beyond reading the columns of ADR 0004.
_SYSTEM_ROLE_CHECK = """
WITH tables AS (
  SELECT c.oid, c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p'))
SELECT r.rolname, r.rolsuper AS "is a superuser", r.rolbypassrls AS "bypasses row-level security",
       r.rolcreaterole AS "may create roles",
       EXISTS (SELECT 1 FROM tables WHERE pg_has_role(relowner, 'MEMBER')) AS "owns tables",
       EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid) AS "is a member of other roles",
       EXISTS (SELECT 1 FROM tables WHERE has_table_privilege(oid, 'DELETE, TRUNCATE')
               OR has_any_column_privilege(oid, 'INSERT, UPDATE')) AS "may write",
       EXISTS (SELECT 1 FROM tables WHERE has_table_privilege(oid, 'SELECT')) AS "may read whole tables"
FROM pg_roles r WHERE r.rolname = current_user
"""
