"""The connector for PostgreSQL sources: psycopg to talk, COPY and Arrow to read in bulk."""

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
from backend.services.connectors.connection_test import readable, step_by_step, steps_to
from backend.services.connectors.csv_blocks import CsvColumnReader
from backend.services.connectors.postgresql_copy import CopyExtraction
from backend.services.connectors.postgresql_probe import check_tls
from backend.services.connectors.postgresql_session import PostgresqlSession, open_session
from backend.services.connectors.postgresql_settings import PostgresqlSettings
from backend.services.connectors.postgresql_types import readers_of, table_column
from backend.services.connectors.server_probe import connect_tcp, reach, walk_way
from backend.services.egress import EgressGuard

_READABLE: Final = (
    " FROM pg_catalog.pg_class AS relation JOIN pg_catalog.pg_namespace AS schema ON schema.oid = relation.relnamespace"
    " WHERE relation.relkind IN ('r', 'p', 'v', 'm', 'f')"
    " AND schema.nspname NOT IN ('pg_catalog', 'information_schema') AND schema.nspname NOT LIKE 'pg\\_t%%'"
    " AND has_schema_privilege(schema.oid, 'USAGE')"
    " AND has_any_column_privilege(relation.oid, 'SELECT')"
)


@dataclass(frozen=True, slots=True)
class PostgresqlConnector:
    """See ``connectors.base.Connector``."""

    settings: PostgresqlSettings
    credentials: Credentials
    egress: EgressGuard

    capabilities: ClassVar[Capabilities] = Capabilities(
        sql_dialect="postgres",
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
        """Schemas with something to read."""
        with self._session() as session:
            rows = session.fetch("SELECT DISTINCT schema.nspname" + _READABLE + " ORDER BY 1", [])
        return tuple(str(name) for (name,) in rows)

    def list_tables(self, schema: str) -> tuple[SourceTable, ...]:
        """Tables and views of a schema the user may read."""
        with self._session() as session:
            rows = session.fetch(
                "SELECT schema.nspname, relation.relname, relation.relkind IN ('v', 'm')"
                + _READABLE
                + " AND schema.nspname = %s ORDER BY 2",
                [schema],
            )
        return tuple(SourceTable(str(owner), str(name), bool(is_view)) for owner, name, is_view in rows)

    def list_columns(self, schema: str, table: str) -> tuple[TableColumn, ...]:
        """Columns of a table or view, those that need a cast included."""
        query = f"SELECT * FROM {_quoted(schema)}.{_quoted(table)}"  # noqa: S608 - both names are quoted
        with self._session() as session:
            fields = session.describe(query, session.bind(query, {}))
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
            readers, text = self._prepared(session, query, parameters)
            limited = f"SELECT * FROM (\n{text}\n) AS preview LIMIT {rows}"  # noqa: S608 - the text was prepared alone
            table = list(_extraction(session, readers, limited, rows))
        columns = tuple(reader.column for reader in readers)
        return Preview(
            columns, tuple(row for batch in table for row in zip(*(c.to_pylist() for c in batch), strict=True))
        )

    def explain(self, query: str, parameters: Mapping[str, SourceParameter]) -> tuple[str, ...]:
        """The server's plan, with its estimates."""
        with self._session() as session:
            _, text = self._prepared(session, query, parameters)
            return session.explain(text)

    def extract(
        self, query: str, parameters: Mapping[str, SourceParameter], *, batch_rows: int = DEFAULT_BATCH_ROWS
    ) -> AbstractContextManager[CopyExtraction]:
        """Stream the whole result."""
        return self._extraction(query, parameters, batch_rows)

    @contextmanager
    def _extraction(
        self, query: str, parameters: Mapping[str, SourceParameter], batch_rows: int
    ) -> Iterator[CopyExtraction]:
        with (
            reach(self.settings, self.credentials, self.egress) as addresses,
            open_session(self.settings, self.credentials, addresses) as session,
        ):
            readers, text = self._prepared(session, query, parameters)
            yield _extraction(session, readers, text, batch_rows)

    @contextmanager
    def _session(self) -> Iterator[PostgresqlSession]:
        timeout = min(self.settings.statement_timeout_seconds, INTERACTIVE_TIMEOUT_SECONDS)
        with (
            reach(self.settings, self.credentials, self.egress) as addresses,
            open_session(self.settings, self.credentials, addresses, timeout_seconds=timeout) as session,
        ):
            yield session

    def _prepared(
        self, session: PostgresqlSession, query: str, parameters: Mapping[str, SourceParameter]
    ) -> tuple[tuple[CsvColumnReader, ...], str]:
        """How to read the columns, and the text with its parameters bound."""
        rewritten = session.bind(query, parameters)
        fields = session.describe(query, rewritten)
        return readers_of(fields, source_time_zone=self.settings.source_time_zone), rewritten.text

    def _walk(self) -> Iterator[str]:
        """Make the steps in order; what each that succeeded found. Raises ConnectorError at the first that does not."""
        with ExitStack() as ways:
            addresses = yield from walk_way(self.settings, self.credentials, self.egress, ways)
            with connect_tcp(self.settings, addresses[0]) as connection:
                yield f"Something listens at port {self.settings.port}."
                version = check_tls(self.settings, connection)
        yield f"{version}, as {self.settings.ssl_mode}." if version else "Switched off by ssl_mode."
        with self._session() as session:
            ((user, server),) = session.fetch("SELECT current_user, current_setting('server_version')")
            yield f"Signed in as {user} at PostgreSQL {server}."
            ((count,),) = session.fetch("SELECT count(*)" + _READABLE, [])
        yield readable(user, count)


def _extraction(
    session: PostgresqlSession, readers: tuple[CsvColumnReader, ...], text: str, batch_rows: int
) -> CopyExtraction:
    """The text was prepared alone before: a complete statement cannot close the parenthesis around it."""
    statement = f"COPY (\n{text}\n) TO STDOUT WITH (FORMAT csv, ENCODING 'UTF8')"
    return CopyExtraction(session, readers, statement, batch_rows)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
