"""The owner's connection: every row of every tenant, to be copied out of one snapshot or into an empty database.

Reading: a policy of every table lets the owner read, and nothing else (ADR 0013). Filling: the transaction takes the
force off row-level security while it holds the tables alone, and puts it back before it ends.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any, ClassVar, Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from backend.core.errors import OpenRegError
from backend.persistence.faults import unavailable
from backend.persistence.roles import OWNER_ROLE

Sink = Callable[[bytes], Awaitable[None]]

#: The same text for the same value, whatever the server's own settings are.
_TEXT_SETTINGS: Final = {
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "lock_timeout": "10s",
}
_FETCHED_ROWS: Final = 500


class OwnerRefused(OpenRegError):
    """The database refused what its owner wanted to do."""

    code: ClassVar[str] = "owner_refused"


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table as the catalogue describes it; the number of rows is the server's guess."""

    name: str
    columns: tuple[str, ...]
    guessed_rows: int


@dataclass(frozen=True, slots=True)
class SequenceValue:
    """Where a sequence stands."""

    last_value: int
    is_called: bool


class TableReader:
    """All tables of the database inside one transaction."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    async def tables(self) -> tuple[TableShape, ...]:
        """Every table, those that others refer to first."""
        shapes = {
            row["name"]: TableShape(row["name"], tuple(row["columns"]), max(0, row["guessed_rows"]))
            for row in await self._driver.fetch(_TABLES)
        }
        order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(shapes, ()))
        for row in await self._driver.fetch(_REFERENCES):
            order.add(row["child"], row["parent"])
        return tuple(shapes[name] for name in order.static_order())

    async def hidden_tables(self) -> tuple[str, ...]:
        """Tables whose rows the owner would not see: a copy of them would be empty, and nobody would notice."""
        return tuple(row["name"] for row in await self._driver.fetch(_HIDDEN, OWNER_ROLE))

    async def find_revision(self) -> str | None:
        """The migration the database is at, None before the first."""
        if await self._driver.fetchval("SELECT to_regclass('public.alembic_version')") is None:
            return None
        found: str | None = await self._driver.fetchval("SELECT version_num FROM alembic_version")
        return found

    async def server_version(self) -> str:
        """PostgreSQL's own words for its version."""
        return str(await self._driver.fetchval("SHOW server_version"))

    async def filled_tables(self, tables: Collection[TableShape]) -> tuple[str, ...]:
        """Those of the tables that have a row."""
        return tuple(
            [one.name for one in tables if await self._driver.fetchval(f"SELECT true FROM {_quoted(one.name)} LIMIT 1")]  # noqa: S608 - a name of the catalogue, quoted
        )

    async def copy_out(self, table: str, columns: Sequence[str], sink: Sink) -> None:
        """Hand the rows to ``sink`` in pieces, one line for each row."""
        query = f"SELECT {', '.join(map(_quoted, columns))} FROM {_quoted(table)}"  # noqa: S608 - names of the catalogue, quoted
        await self._driver.copy_from_query(query, output=sink)

    async def column_values(self, table: str, column: str) -> AsyncIterator[bytes]:
        """The values of a column that are there."""
        query = f"SELECT {_quoted(column)} FROM {_quoted(table)} WHERE {_quoted(column)} IS NOT NULL"  # noqa: S608 - names of our models, quoted
        async for row in self._driver.cursor(query, prefetch=_FETCHED_ROWS):
            yield bytes(row[0])

    async def sequences(self) -> dict[str, SequenceValue]:
        """Every sequence by its name."""
        found = {}
        for row in await self._driver.fetch(_SEQUENCES):
            name = row["name"]
            value = await self._driver.fetchrow(f"SELECT last_value, is_called FROM {_quoted(name)}")  # noqa: S608 - see above
            found[name] = SequenceValue(value["last_value"], value["is_called"])
        return found


class TableWriter(TableReader):
    """All tables, held alone, with row-level security not forced upon the owner and nothing done on their own."""

    def __init__(self, driver: Any) -> None:
        super().__init__(driver)
        self._forced: tuple[str, ...] = ()
        self._triggered: tuple[str, ...] = ()

    async def begin(self) -> None:
        """Take the tables, and the force and the triggers off them."""
        for table in await self.tables():
            await self._driver.execute(f"LOCK TABLE {_quoted(table.name)} IN ACCESS EXCLUSIVE MODE")
        self._forced = tuple(row["name"] for row in await self._driver.fetch(_FORCED))
        for name in self._forced:
            await self._driver.execute(f"ALTER TABLE {_quoted(name)} NO FORCE ROW LEVEL SECURITY")
        # What a trigger did when the rows were made is among the rows.
        self._triggered = tuple(row["name"] for row in await self._driver.fetch(_TRIGGERED))
        for name in self._triggered:
            await self._driver.execute(f"ALTER TABLE {_quoted(name)} DISABLE TRIGGER USER")

    async def end(self) -> None:
        """Put the force and the triggers back."""
        for name in self._triggered:
            await self._driver.execute(f"ALTER TABLE {_quoted(name)} ENABLE TRIGGER USER")
        for name in self._forced:
            await self._driver.execute(f"ALTER TABLE {_quoted(name)} FORCE ROW LEVEL SECURITY")

    async def copy_in(self, table: str, columns: Sequence[str], lines: AsyncIterator[bytes]) -> None:
        """Add the rows that ``copy_out`` gave."""
        await self._driver.copy_to_table(table, source=lines, columns=list(columns))

    async def set_sequences(self, values: Mapping[str, SequenceValue]) -> None:
        """Let every sequence go on where it stood."""
        for name, value in values.items():
            await self._driver.execute(
                "SELECT setval($1::regclass, $2, $3)", _quoted(name), value.last_value, value.is_called
            )


class OwnerDatabase:
    """The database in the hands of its owner; only the commands of an operator have one."""

    VARIABLE: ClassVar[str] = "DATABASE_OWNER_URL"

    def __init__(self, url: str, *, name: str) -> None:
        """``url`` carries the async driver. Nothing is contacted yet."""
        settings = {"application_name": name, **_TEXT_SETTINGS}
        self._engine = create_async_engine(
            url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"timeout": 10, "server_settings": settings},
        )

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[TableReader]:
        """All tables as they were at one moment, for as long as the block lasts; nobody is held up by it."""
        async with self._driver() as driver, driver.transaction(isolation="repeatable_read", readonly=True):
            yield TableReader(driver)

    @asynccontextmanager
    async def filling(self) -> AsyncIterator[TableWriter]:
        """All tables for ourselves; what the block does is there when it ends without an error, or not at all."""
        async with self._driver() as driver, driver.transaction():
            writer = TableWriter(driver)
            await writer.begin()
            yield writer
            await writer.end()

    async def analyze(self) -> None:
        """Tell the planner about rows that came at once."""
        async with self._driver() as driver:
            await driver.execute("ANALYZE")

    @asynccontextmanager
    async def _driver(self) -> AsyncIterator[Any]:
        try:
            async with self._engine.connect() as connection:
                yield (await connection.get_raw_connection()).driver_connection
        except (OSError, TimeoutError, DBAPIError) as error:
            raise unavailable(self.VARIABLE) from error
        except Exception as error:
            # The driver's errors have a base, but the driver has no home among our imports.
            if type(error).__module__.partition(".")[0] != "asyncpg":
                raise
            raise OwnerRefused(f"The database refused: {error}") from error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


_TABLES = """
SELECT c.relname AS name, greatest(c.reltuples, 0)::bigint AS guessed_rows,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname <> 'alembic_version'
ORDER BY c.relname
"""
_REFERENCES = """
SELECT child.relname AS child, parent.relname AS parent
FROM pg_constraint k JOIN pg_class child ON child.oid = k.conrelid JOIN pg_class parent ON parent.oid = k.confrelid
WHERE k.contype = 'f' AND child.oid <> parent.oid AND child.relnamespace = 'public'::regnamespace
"""
_FORCED = """
SELECT relname AS name FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relforcerowsecurity ORDER BY relname
"""
_HIDDEN = """
SELECT c.relname AS name FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relforcerowsecurity
  AND NOT EXISTS (SELECT 1 FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname
                  AND p.cmd IN ('SELECT', 'ALL') AND $1 = ANY (p.roles) AND p.qual = 'true')
ORDER BY c.relname
"""
_SEQUENCES = """
SELECT relname AS name FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' ORDER BY relname
"""
_TRIGGERED = """
SELECT DISTINCT relname AS name FROM pg_class JOIN pg_trigger ON tgrelid = pg_class.oid
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT tgisinternal ORDER BY relname
"""
