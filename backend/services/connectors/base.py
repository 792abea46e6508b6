"""What every connector can do, whatever the database: the contract the kinds fulfil.

All calls block; callers run them in a thread or a worker process. Sessions are read-only, in UTC, and bounded
in time. Values arrive exactly or not at all: what has no exact form is refused by column name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

import pyarrow as pa
from pydantic import SecretStr

from backend.domain.expressions.types import DataType, Kind
from backend.services.connectors.faults import ConnectorError, ParameterInvalid, TunnelHostKeyUnknown
from backend.services.connectors.secret_references import GivenCredentials, TunnelCredentials

ParameterValue = str | int | bool | float | Decimal | date | datetime | None

DEFAULT_BATCH_ROWS: Final = 50_000
MAX_PREVIEW_ROWS: Final = 1000
INTERACTIVE_TIMEOUT_SECONDS: Final = 30
"""What a person waits for: test, browse, describe and preview."""


class ConnectorKind(StrEnum):
    """Kinds of source a connector can be made for; a kind appears here together with its code."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    ODBC = "odbc"
    FILES = "files"
    ORACLE = "oracle"


class SslMode(StrEnum):
    """How far the connection must be trusted. No mode falls back silently to a weaker one."""

    DISABLE = "disable"
    REQUIRE = "require"
    VERIFY_CA = "verify_ca"
    VERIFY_FULL = "verify_full"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a kind offers, shown to people and asked by callers before they offer a choice."""

    sql_dialect: str
    has_schemas: bool
    cancels_on_server: bool
    enforces_read_only: bool
    ssl_modes: tuple[SslMode, ...]
    explains: bool = False
    streams: bool = True
    """Whether rows arrive as they are read; otherwise the whole result is in memory before the first is."""
    needs_credentials: bool = True


class Credentials(GivenCredentials):
    """What signs in; never part of a message or a representation.

    Ask for the password when you send it and not before: one that is kept elsewhere is read then, and may be missing.
    """

    password: SecretStr
    tunnel: TunnelCredentials | None = None


@dataclass(frozen=True, slots=True)
class SourceParameter:
    """A bound value of a query and its type; describing a query needs the type only."""

    type: DataType
    value: ParameterValue = None

    def __post_init__(self) -> None:
        """Refuse a value of another type: a parameter is bound, never converted silently."""
        if self.value is None:
            return
        expected = _PYTHON_TYPES.get(self.type.kind)
        if expected is None or not isinstance(self.value, expected) or _is_confused(self.type.kind, self.value):
            raise ParameterInvalid(
                f"A parameter of type {self.type} cannot hold a {type(self.value).__name__}.",
                fix=f"Give the value as {self.type}.",
            )


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column a query gives: ``native_type`` is the source's own word for its type."""

    name: str
    type: DataType
    native_type: str


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table or view the user may read."""

    schema: str
    name: str
    is_view: bool


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table; without ``type`` when a query must cast it, and then ``reason`` says how."""

    name: str
    native_type: str
    type: DataType | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TestStep:
    """One step of a connection test."""

    __test__ = False

    name: str
    ok: bool
    message: str
    fix: str | None = None
    #: The fingerprint that an SSH server showed and nobody has confirmed.
    host_key: str | None = None


#: Hears each step of a test as soon as it is known how it went, in the thread of the test.
StepListener = Callable[[TestStep], None]


def nobody_listens(step: TestStep) -> None:
    """For tests whose steps are read together, at the end."""


@dataclass(frozen=True, slots=True)
class ConnectorTest:
    """The steps made, in order, up to the first that failed."""

    steps: tuple[TestStep, ...]

    @property
    def ok(self) -> bool:
        """Whether every step succeeded."""
        return all(step.ok for step in self.steps)


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a query, typed as an extraction would type them."""

    columns: tuple[SourceColumn, ...]
    rows: tuple[tuple[object, ...], ...]


class Extraction(Protocol):
    """A running extraction: iterate it once, in order; ``cancel`` may be called from any thread."""

    @property
    def columns(self) -> tuple[SourceColumn, ...]:
        """The columns of every batch."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of every batch."""
        ...

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Batches of at most ``batch_rows`` rows, cut the same way every time. Raises ConnectorError."""
        ...

    def cancel(self) -> None:
        """Stop here and on the server, within two seconds; iteration raises ExtractionCancelled."""
        ...


class Connector(Protocol):
    """A source database behind one set of settings and credentials."""

    @property
    def capabilities(self) -> Capabilities:
        """What this kind offers."""
        ...

    def test(self, tell: StepListener = nobody_listens) -> ConnectorTest:
        """Try name, address, TLS, sign-in and permissions in turn; never raises for a source that is not there."""
        ...

    def list_schemas(self) -> tuple[str, ...]:
        """Schemas in which the user may read something."""
        ...

    def list_tables(self, schema: str) -> tuple[SourceTable, ...]:
        """Tables and views of a schema the user may read."""
        ...

    def list_columns(self, schema: str, table: str) -> tuple[TableColumn, ...]:
        """Columns of a table, those that need a cast included. Raises TableUnknown or SourcePermissionDenied."""
        ...

    def describe(self, query: str, parameters: Mapping[str, SourceParameter]) -> tuple[SourceColumn, ...]:
        """The columns of a query without running it. Raises QueryInvalid with position where known."""
        ...

    def preview(self, query: str, parameters: Mapping[str, SourceParameter], *, limit: int) -> Preview:
        """The first ``limit`` rows."""
        ...

    def extract(
        self, query: str, parameters: Mapping[str, SourceParameter], *, batch_rows: int = DEFAULT_BATCH_ROWS
    ) -> AbstractContextManager[Extraction]:
        """Stream the whole result in bounded memory; leaving the context ends the query on the server."""
        ...


class ExplainingConnector(Connector, Protocol):
    """A connector whose capabilities say that it explains."""

    def explain(self, query: str, parameters: Mapping[str, SourceParameter]) -> tuple[str, ...]:
        """How the source would find the rows, line by line in its own words; the query is not run."""
        ...


def arrow_type(type_: DataType) -> pa.DataType:
    """The Arrow type that holds a value exactly."""
    if type_.kind is Kind.DECIMAL:
        return pa.decimal128(type_.precision, type_.scale)
    return _ARROW_TYPES[type_.kind]


def arrow_schema(columns: Sequence[SourceColumn]) -> pa.Schema:
    """The Arrow schema of a query's columns."""
    return pa.schema([pa.field(column.name, arrow_type(column.type)) for column in columns])


def failed_step(name: str, error: ConnectorError) -> TestStep:
    """A failed step with the reason and the next step of an error."""
    shown = error.extra.get("fingerprint") if isinstance(error, TunnelHostKeyUnknown) else None
    host_key = str(shown) if shown is not None else None
    return TestStep(name, ok=False, message=error.message, fix=error.fix, host_key=host_key)


_ARROW_TYPES: Final[Mapping[Kind, pa.DataType]] = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.DOUBLE: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.TIMESTAMP: pa.timestamp("us", tz="UTC"),
}

_PYTHON_TYPES: Final[Mapping[Kind, tuple[type, ...]]] = {
    Kind.TEXT: (str,),
    Kind.INTEGER: (int,),
    Kind.DECIMAL: (Decimal, int),
    Kind.DOUBLE: (float, int),
    Kind.BOOLEAN: (bool,),
    Kind.DATE: (date,),
    Kind.TIMESTAMP: (datetime,),
}


_NOT_TEXT: Final = re.compile("[\x00\ud800-\udfff]")


def _is_confused(kind: Kind, value: object) -> bool:
    """Python's subclasses that are not what the type means: True is no number, a datetime is no date."""
    if kind is Kind.DATE:
        return isinstance(value, datetime)
    if kind is Kind.TIMESTAMP:
        return isinstance(value, datetime) and value.tzinfo is None
    if kind is Kind.TEXT:
        return isinstance(value, str) and _NOT_TEXT.search(value) is not None
    return isinstance(value, bool) and kind is not Kind.BOOLEAN
