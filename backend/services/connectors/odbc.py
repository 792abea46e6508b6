"""The connector for sources behind ODBC: pyodbc to look around, the driver manager and Arrow to read in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from backend.services.connectors import faults
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
from backend.services.connectors.connection_test import TEST_STEPS, readable, step_by_step, steps_to
from backend.services.connectors.odbc_catalog import Row, ask, installed_drivers
from backend.services.connectors.odbc_drivers import Place
from backend.services.connectors.odbc_extraction import OdbcExtraction
from backend.services.connectors.odbc_faults import driver_missing
from backend.services.connectors.odbc_reach import check_tls, explained, file_place, places_of, spoken_to
from backend.services.connectors.odbc_session import BoundQuery, OdbcSession, open_session
from backend.services.connectors.odbc_settings import OdbcSettings
from backend.services.connectors.odbc_types import OdbcReader, Typing
from backend.services.connectors.server_probe import connect_tcp, walk_way
from backend.services.connectors.source_values import connection_lost
from backend.services.egress import EgressGuard

_MAX_ADDRESSES: Final = 3
SERVER_STEPS: Final = ("driver", *TEST_STEPS)
FILE_STEPS: Final = ("driver", "file", "sign_in", "permission")

#: What the kind offers as a whole; a connector's own answer depends on its driver.
CAPABILITIES: Final = Capabilities(
    sql_dialect="tsql", has_schemas=True, cancels_on_server=True, enforces_read_only=False, ssl_modes=tuple(SslMode)
)


@dataclass(frozen=True, slots=True)
class OdbcConnector:
    """See ``connectors.base.Connector``."""

    settings: OdbcSettings
    credentials: Credentials
    egress: EgressGuard

    @property
    def capabilities(self) -> Capabilities:
        """What this driver offers."""
        family = self.settings.family
        return Capabilities(
            sql_dialect=family.dialect,
            has_schemas=not family.is_file,
            cancels_on_server=not family.is_file,
            enforces_read_only=family.enforces_read_only,
            ssl_modes=family.ssl_modes,
            streams=family.streams,
        )

    def test(self, tell: StepListener = nobody_listens) -> ConnectorTest:
        """Driver, name, address, TLS, sign-in, permission; stops at the first step that fails."""
        return step_by_step(self._walk(), tell, self._steps)

    def list_schemas(self) -> tuple[str, ...]:
        """Schemas with something to read."""
        return tuple(sorted({table.schema for table in self._tables()}))

    def list_tables(self, schema: str) -> tuple[SourceTable, ...]:
        """Tables and views of a schema the user may read."""
        return tuple(sorted((one for one in self._tables() if one.schema == schema), key=lambda one: one.name))

    def list_columns(self, schema: str, table: str) -> tuple[TableColumn, ...]:
        """Columns of a table or view, those that need a cast included."""
        with self._session() as session:
            fields = session.describe(f"SELECT * FROM {self._quoted(schema)}.{self._quoted(table)}")  # noqa: S608 - quoted
        return tuple(self._typing.table_column(field) for field in fields)

    def describe(self, query: str, parameters: Mapping[str, SourceParameter]) -> tuple[SourceColumn, ...]:
        """The columns of a query; it is read by the server and not run."""
        with self._session() as session:
            readers, _ = self._prepared(session, query, parameters)
        return tuple(reader.column for reader in readers)

    def preview(self, query: str, parameters: Mapping[str, SourceParameter], *, limit: int) -> Preview:
        """The first rows, read the way an extraction reads them."""
        rows = max(1, min(limit, MAX_PREVIEW_ROWS))
        with self._session() as session:
            session.limit_rows(rows)
            readers, bound = self._prepared(session, query, parameters)
            found: list[tuple[object, ...]] = []
            for batch in OdbcExtraction(session, readers, bound.values, batch_rows=rows, limit=rows):
                found += zip(*(column.to_pylist() for column in batch), strict=True)
                if len(found) >= rows:
                    break  # the rest is not read, and ends with the session
        return Preview(tuple(reader.column for reader in readers), tuple(found[:rows]))

    def extract(
        self, query: str, parameters: Mapping[str, SourceParameter], *, batch_rows: int = DEFAULT_BATCH_ROWS
    ) -> AbstractContextManager[OdbcExtraction]:
        """Stream the whole result."""
        return self._extraction(query, parameters, batch_rows)

    @contextmanager
    def _extraction(
        self, query: str, parameters: Mapping[str, SourceParameter], batch_rows: int
    ) -> Iterator[OdbcExtraction]:
        with self._opened(self.settings.statement_timeout_seconds) as session:
            readers, bound = self._prepared(session, query, parameters)
            yield OdbcExtraction(session, readers, bound.values, batch_rows=batch_rows)

    def _session(self) -> AbstractContextManager[OdbcSession]:
        return self._opened(self._patience)

    @contextmanager
    def _opened(self, timeout_seconds: int) -> Iterator[OdbcSession]:
        """A session with the first address that answers."""
        self._check_driver()
        with ExitStack() as opened, places_of(self.settings, self.credentials, self.egress) as places:
            yield self._first_of(places[:_MAX_ADDRESSES], opened, timeout_seconds)

    def _first_of(self, places: Sequence[Place], opened: ExitStack, timeout_seconds: int) -> OdbcSession:
        unreachable: faults.SourceUnreachable | None = None
        for place in places:
            try:
                with ExitStack() as trial:
                    text = trial.enter_context(
                        spoken_to(self.settings, self.credentials, place, timeout_seconds=timeout_seconds)
                    )
                    session = trial.enter_context(open_session(self.settings, text, timeout_seconds=timeout_seconds))
                    opened.push(trial.pop_all())
                    return session
            except faults.ConnectorError as error:
                found = explained(self.settings, place, error)
                if not isinstance(found, faults.SourceUnreachable):
                    raise found from error
                unreachable = unreachable or found
        raise unreachable or connection_lost()

    def _prepared(
        self, session: OdbcSession, query: str, parameters: Mapping[str, SourceParameter]
    ) -> tuple[tuple[OdbcReader, ...], BoundQuery]:
        """How to read the columns, and the text with its parameters bound."""
        bound = session.bind(query, parameters)
        return self._typing.readers(session.describe(bound.text)), bound

    def _tables(self) -> list[SourceTable]:
        (rows,) = self._asked(self.settings.family.tables)
        return [SourceTable(str(schema), str(name), bool(is_view)) for schema, name, is_view in rows]

    def _asked(self, *statements: str) -> list[list[Row]]:
        self._check_driver()
        patience = self._patience
        with ExitStack() as ways:
            place = ways.enter_context(places_of(self.settings, self.credentials, self.egress))[0]
            text = ways.enter_context(spoken_to(self.settings, self.credentials, place, timeout_seconds=patience))
            try:
                return ask(self.settings, text, statements, timeout_seconds=patience)
            except faults.ConnectorError as error:
                raise explained(self.settings, place, error) from error

    def _check_driver(self) -> str:
        """Raises DriverMissing."""
        driver = self.settings.driver
        if driver not in installed_drivers():
            raise driver_missing(self.settings.family, f"{driver} is not installed where OpenReg runs.")
        return f"{driver} is installed."

    def _walk(self) -> Iterator[str]:
        """Make the steps in order; what each that succeeded found. Raises ConnectorError at the first that does not."""
        yield self._check_driver()
        if self.settings.family.is_file:
            yield f"{file_place(self.settings, self.egress).database} is there, and only read."
        else:
            with ExitStack() as ways:
                addresses = yield from walk_way(self.settings, self.credentials, self.egress, ways)
                with connect_tcp(self.settings, addresses[0]) as connection:
                    yield f"Something listens at port {self.settings.port}."
                    spoken = check_tls(self.settings, connection)
            yield spoken
        (((user, server),),) = self._asked(self.settings.family.who)
        yield f"Signed in as {user} at {self.settings.family.title} {server}."
        yield self._permission(str(user))

    def _permission(self, user: str) -> str:
        family = self.settings.family
        found = readable(user, len(self._tables()))
        if family.may_write is not None:
            (((may_write,),),) = self._asked(family.may_write)
            if may_write:
                found += (
                    f" Warning: {user} may write, and {family.title} cannot be told to only read. Use another user."
                )
        return found

    def _quoted(self, name: str) -> str:
        opening, closing = self.settings.family.quotes
        return opening + name.replace(closing, closing * 2) + closing

    @property
    def _steps(self) -> tuple[str, ...]:
        return FILE_STEPS if self.settings.family.is_file else ("driver", *steps_to(self.settings))

    @property
    def _typing(self) -> Typing:
        return Typing(self.settings.family, self.settings.source_time_zone, self.settings.longest_text_bytes)

    @property
    def _patience(self) -> int:
        """What a person waits for."""
        return min(self.settings.statement_timeout_seconds, INTERACTIVE_TIMEOUT_SECONDS)
