"""The connector for MySQL and MariaDB sources: PyMySQL to talk, the text protocol and Arrow to read in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import ClassVar, Final

from backend.services.connectors.base import (
    DEFAULT_BATCH_ROWS,
    INTERACTIVE_TIMEOUT_SECONDS,
    MAX_PREVIEW_ROWS,
    Capabilities,
    ConnectorTest,
    Credentials,
    Preview,
    SourceColumn,
    SourceParameter,
    SourceTable,
    SslMode,
    StepListener,
    TableColumn,
    nobody_listens,
)
from backend.services.connectors.column_reader import ColumnReader
from backend.services.connectors.connection_test import readable, step_by_step, steps_to
from backend.services.connectors.mysql_extraction import MysqlExtraction
from backend.services.connectors.mysql_plan import plan_line
from backend.services.connectors.mysql_probe import check_tls
from backend.services.connectors.mysql_session import BoundQuery, MysqlSession, open_session
from backend.services.connectors.mysql_settings import MysqlSettings
from backend.services.connectors.mysql_types import readers_of, table_column
from backend.services.connectors.server_probe import connect_tcp, reach, walk_way
from backend.services.egress import EgressGuard

#: The server lists what the user has any privilege on.
_READABLE: Final = (
    " FROM information_schema.tables WHERE table_type IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')"
    " AND table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')"
)


@dataclass(frozen=True, slots=True)
class MysqlConnector:
    """See ``connectors.base.Connector``."""

    settings: MysqlSettings
    credentials: Credentials
    egress: EgressGuard

    capabilities: ClassVar[Capabilities] = Capabilities(
        sql_dialect="mysql",
        has_schemas=True,
        cancels_on_server=True,
        enforces_read_only=True,
        ssl_modes=tuple(SslMode),
        explains=True,
    )

    def test(self, tell: StepListener = nobody_listens) -> ConnectorTest:
        """Name, address, TLS, sign-in, permission; stops at the first step that fails."""
        return step_by_step(self._walk(), tell, steps_to(self.settings))

    def list_schemas(self) -> tuple[str, ...]:
        """Databases with something to read."""
        with self._session() as session:
            rows = session.fetch(f"SELECT DISTINCT table_schema{_READABLE} ORDER BY 1")
        return tuple(str(name) for (name,) in rows)

    def list_tables(self, schema: str) -> tuple[SourceTable, ...]:
        """Tables and views of a database."""
        columns = "table_schema, table_name, table_type = 'VIEW'"
        with self._session() as session:
            rows = session.fetch(
                f"SELECT {columns}{_READABLE} AND table_schema = %s ORDER BY 2",
                [schema],
            )
        return tuple(SourceTable(str(owner), str(name), is_view == "1") for owner, name, is_view in rows)

    def list_columns(self, schema: str, table: str) -> tuple[TableColumn, ...]:
        """Columns of a table or view, those that need a cast included."""
        with self._session() as session:
            fields = session.describe(f"SELECT * FROM {_quoted(schema)}.{_quoted(table)}")  # noqa: S608 - quoted
        return tuple(table_column(field, source_time_zone=self.settings.source_time_zone) for field in fields)

    def describe(self, query: str, parameters: Mapping[str, SourceParameter]) -> tuple[SourceColumn, ...]:
        """The columns of a query; it is read by the server and not run."""
        with self._session() as session:
            readers, _ = self._prepared(session, query, parameters)
        return tuple(reader.column for reader in readers)

    def preview(self, query: str, parameters: Mapping[str, SourceParameter], *, limit: int) -> Preview:
        """The first rows, read the way an extraction reads them."""
        rows = max(1, min(limit, MAX_PREVIEW_ROWS))
        with self._session() as session:
            readers, bound = self._prepared(session, query, parameters)
            # Around the query, a LIMIT would lose its order; the rest is not read, and ends with the session.
            session.limit_rows(rows)
            found: list[tuple[object, ...]] = []
            for batch in MysqlExtraction(session, readers, bound, rows):
                found += zip(*(column.to_pylist() for column in batch), strict=True)
                if len(found) >= rows:
                    break
        return Preview(tuple(reader.column for reader in readers), tuple(found[:rows]))

    def explain(self, query: str, parameters: Mapping[str, SourceParameter]) -> tuple[str, ...]:
        """A line for each table that is read, in the order in which they are."""
        with self._session() as session:
            _, bound = self._prepared(session, query, parameters)
            return tuple(map(plan_line, session.explain(bound)))

    def extract(
        self, query: str, parameters: Mapping[str, SourceParameter], *, batch_rows: int = DEFAULT_BATCH_ROWS
    ) -> AbstractContextManager[MysqlExtraction]:
        """Stream the whole result."""
        return self._extraction(query, parameters, batch_rows)

    @contextmanager
    def _extraction(
        self, query: str, parameters: Mapping[str, SourceParameter], batch_rows: int
    ) -> Iterator[MysqlExtraction]:
        with (
            reach(self.settings, self.credentials, self.egress) as addresses,
            open_session(self.settings, self.credentials, addresses) as session,
        ):
            readers, bound = self._prepared(session, query, parameters)
            yield MysqlExtraction(session, readers, bound, batch_rows)

    @contextmanager
    def _session(self) -> Iterator[MysqlSession]:
        timeout = min(self.settings.statement_timeout_seconds, INTERACTIVE_TIMEOUT_SECONDS)
        with (
            reach(self.settings, self.credentials, self.egress) as addresses,
            open_session(self.settings, self.credentials, addresses, timeout_seconds=timeout) as session,
        ):
            yield session

    def _prepared(
        self, session: MysqlSession, query: str, parameters: Mapping[str, SourceParameter]
    ) -> tuple[tuple[ColumnReader, ...], BoundQuery]:
        """How to read the columns, and the text with its parameters bound."""
        bound = session.bind(query, parameters)
        return readers_of(session.describe(bound.text), source_time_zone=self.settings.source_time_zone), bound

    def _walk(self) -> Iterator[str]:
        """Make the steps in order; what each that succeeded found. Raises ConnectorError at the first that does not."""
        with ExitStack() as ways:
            addresses = yield from walk_way(self.settings, self.credentials, self.egress, ways)
            with connect_tcp(self.settings, addresses[0]) as connection:
                yield f"Something listens at port {self.settings.port}."
                version = check_tls(self.settings, connection)
        yield f"{version}, as {self.settings.ssl_mode}." if version else "Switched off by ssl_mode."
        with self._session() as session:
            ((user, server),) = session.fetch("SELECT current_user(), version()")
            yield f"Signed in as {user} at {server}."
            ((count,),) = session.fetch(f"SELECT count(*){_READABLE}")
        yield readable(user, int(count))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
