"""The connector for Oracle sources: the driver's thin mode, which needs no library of Oracle's, and Arrow in bulk."""

from __future__ import annotations

import socket
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
from backend.services.connectors.faults import TableUnknown
from backend.services.connectors.oracle_extraction import OracleExtraction
from backend.services.connectors.oracle_session import BoundQuery, OracleSession, open_session, quoted
from backend.services.connectors.oracle_settings import OracleSettings
from backend.services.connectors.oracle_types import OracleReader, readers_of, table_column
from backend.services.connectors.server_probe import connect_tcp, reach, secure, tls_context, walk_way
from backend.services.egress import EgressGuard

#: What the user owns or was granted, without what comes with the server.
_READABLE: Final = (
    " FROM (SELECT owner, table_name AS name, 0 AS is_view FROM all_tables WHERE nested = 'NO' AND secondary = 'N'"
    " UNION ALL SELECT owner, view_name, 1 FROM all_views) found"
    " WHERE owner IN (SELECT username FROM all_users WHERE oracle_maintained = 'N')"
)


@dataclass(frozen=True, slots=True)
class OracleConnector:
    """See ``connectors.base.Connector``. The empty text is NULL in Oracle, and comes as NULL."""

    settings: OracleSettings
    credentials: Credentials
    egress: EgressGuard

    capabilities: ClassVar[Capabilities] = Capabilities(
        sql_dialect="oracle",
        has_schemas=True,
        cancels_on_server=True,
        enforces_read_only=True,
        ssl_modes=tuple(SslMode),
    )

    def test(self, tell: StepListener = nobody_listens) -> ConnectorTest:
        """Name, address, TLS, sign-in, permission; stops at the first step that fails."""
        return step_by_step(self._walk(), tell, steps_to(self.settings))

    def list_schemas(self) -> tuple[str, ...]:
        """Schemas with something to read."""
        with self._session() as session:
            rows = session.fetch(f"SELECT DISTINCT owner{_READABLE} ORDER BY 1")
        return tuple(str(name) for (name,) in rows)

    def list_tables(self, schema: str) -> tuple[SourceTable, ...]:
        """Tables and views of a schema."""
        with self._session() as session:
            rows = session.fetch(f"SELECT name, is_view{_READABLE} AND owner = :owner ORDER BY 1", {"owner": schema})
        return tuple(SourceTable(schema, str(name), bool(is_view)) for name, is_view in rows)

    def list_columns(self, schema: str, table: str) -> tuple[TableColumn, ...]:
        """Columns of a table or view, those that need a cast included."""
        if '"' in schema + table:
            raise TableUnknown("A name of Oracle holds no quotes.", fix="Check the spelling and the schema.")
        with self._session() as session:
            query = session.bind(f"SELECT * FROM {quoted(schema)}.{quoted(table)}", {})  # noqa: S608 - quoted
            fields = session.describe(query)
        return tuple(table_column(field, self.settings) for field in fields)

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
            found: list[tuple[object, ...]] = []
            for batch in OracleExtraction(session, readers, bound, rows, limit=rows):
                found += zip(*(column.to_pylist() for column in batch), strict=True)
        return Preview(tuple(reader.column for reader in readers), tuple(found))

    def extract(
        self, query: str, parameters: Mapping[str, SourceParameter], *, batch_rows: int = DEFAULT_BATCH_ROWS
    ) -> AbstractContextManager[OracleExtraction]:
        """Stream the whole result."""
        return self._extraction(query, parameters, min(batch_rows, self.settings.fetch_rows))

    @contextmanager
    def _extraction(
        self, query: str, parameters: Mapping[str, SourceParameter], batch_rows: int
    ) -> Iterator[OracleExtraction]:
        with (
            reach(self.settings, self.credentials, self.egress) as addresses,
            open_session(self.settings, self.credentials, addresses) as session,
        ):
            readers, bound = self._prepared(session, query, parameters)
            yield OracleExtraction(session, readers, bound, batch_rows)

    @contextmanager
    def _session(self) -> Iterator[OracleSession]:
        timeout = min(self.settings.statement_timeout_seconds, INTERACTIVE_TIMEOUT_SECONDS)
        with (
            reach(self.settings, self.credentials, self.egress) as addresses,
            open_session(self.settings, self.credentials, addresses, timeout_seconds=timeout) as session,
        ):
            yield session

    def _prepared(
        self, session: OracleSession, query: str, parameters: Mapping[str, SourceParameter]
    ) -> tuple[tuple[OracleReader, ...], BoundQuery]:
        """How to read the columns, and the text with its parameters bound."""
        bound = session.bind(query, parameters)
        return readers_of(session.describe(bound), self.settings), bound

    def _walk(self) -> Iterator[str]:
        """Make the steps in order; what each that succeeded found. Raises ConnectorError at the first that does not."""
        with ExitStack() as ways:
            addresses = yield from walk_way(self.settings, self.credentials, self.egress, ways)
            with connect_tcp(self.settings, addresses[0]) as connection:
                yield f"Something listens at port {self.settings.port}."
                version = self._tls_version(connection)
        yield f"{version}, as {self.settings.ssl_mode}." if version else "Switched off by ssl_mode."
        with self._session() as session:
            ((user,),) = session.fetch("SELECT user FROM dual")
            yield f"Signed in as {user} at {session.server}."
            ((count,),) = session.fetch(f"SELECT count(*){_READABLE}")
        yield readable(user, int(count))

    def _tls_version(self, connection: socket.socket) -> str | None:
        if self.settings.ssl_mode is SslMode.DISABLE:
            return None
        return secure(self.settings, tls_context(self.settings), connection)
