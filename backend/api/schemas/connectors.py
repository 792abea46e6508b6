"""Connectors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from backend.domain.connector_health import MAX_RETEST_HOURS
from backend.domain.runs import RunState
from backend.services.connector_health import ConnectorHealth
from backend.services.connectors.base import Capabilities, ConnectorKind, TableColumn
from backend.services.connectors.factory import dialect_of
from backend.services.connectors.odbc_catalog import KnownDriver
from backend.services.connectors.secret_references import GivenCredentials, SecretReference
from backend.services.source_access import ConnectorView


class ConnectorCreate(BaseModel):
    """A source database and how to sign in to it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    kind: ConnectorKind
    settings: dict[str, JsonValue]
    credentials: GivenCredentials | None = Field(default=None, description="None for kinds that need none.")
    holds_demo_data: bool = Field(
        default=False, description="What it reads is made up, and is sent to no destination of production."
    )


class ConnectorTrial(BaseModel):
    """Settings and credentials that are to be tried and not stored."""

    model_config = ConfigDict(extra="forbid")

    kind: ConnectorKind
    settings: dict[str, JsonValue]
    credentials: GivenCredentials | None = Field(default=None, description="None for kinds that need none.")


class ConnectorChange(BaseModel):
    """What is to change; credentials are only ever written."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=200)
    settings: dict[str, JsonValue] | None = None
    credentials: GivenCredentials | None = None
    retest_every_hours: int | None = Field(
        default=None,
        ge=0,
        le=MAX_RETEST_HOURS,
        description="Test it again so often, and tell people when it fails or works again; 0 ends that.",
    )


class ConnectorUseAnswer(BaseModel):
    """A report that reads through the connector."""

    model_config = ConfigDict(from_attributes=True)

    report_id: UUID
    name: str


class ConnectorAnswer(BaseModel):
    """A connector; its credentials are never shown."""

    id: UUID
    name: str
    kind: str
    settings: dict[str, JsonValue]
    sql_dialect: str = Field(description="What its queries are written in.")
    used_by: list[ConnectorUseAnswer]
    created_at: datetime
    updated_at: datetime
    revision: int
    tested_at: datetime | None = Field(description="The last test of what is stored now.")
    failed_step: str | None = Field(description="The step that failed then.")
    holds_demo_data: bool
    password_reference: SecretReference | None = Field(
        description="Where the password is kept, if it is not stored here. Lists leave it out."
    )

    @classmethod
    def of(cls, view: ConnectorView) -> ConnectorAnswer:
        """The connector as it is now."""
        one = view.connector
        return cls(
            id=one.id,
            name=one.name,
            kind=one.kind,
            settings=one.settings,
            sql_dialect=dialect_of(one.kind, one.settings),
            used_by=[ConnectorUseAnswer.model_validate(use) for use in view.used_by],
            created_at=one.created_at,
            updated_at=one.updated_at,
            revision=one.revision,
            tested_at=one.tested_at,
            failed_step=one.failed_step,
            holds_demo_data=one.holds_demo_data,
            password_reference=view.password_reference,
        )


class TestRecordAnswer(BaseModel):
    """A test of what is stored now."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    milliseconds: int
    failed_step: str | None


class LastRunAnswer(BaseModel):
    """The newest run through the connector."""

    model_config = ConfigDict(from_attributes=True)

    run_id: UUID
    report_name: str
    state: RunState
    rows_in: int
    started_at: datetime | None
    finished_at: datetime | None


class ConnectorHealthAnswer(BaseModel):
    """How a connector does. ``tests`` are the last ones, newest first."""

    is_failing: bool
    retest_every_hours: int | None
    next_test_at: datetime | None
    tests: list[TestRecordAnswer]
    last_run: LastRunAnswer | None

    @classmethod
    def of(cls, health: ConnectorHealth) -> ConnectorHealthAnswer:
        """The health as it is now."""
        one, last = health.connector, health.last_run
        return cls(
            is_failing=one.is_failing,
            retest_every_hours=one.retest_every_hours,
            next_test_at=one.next_test_at,
            tests=[TestRecordAnswer.model_validate(test) for test in health.tests],
            last_run=None if last is None else LastRunAnswer.model_validate(last),
        )


class DriverAnswer(BaseModel):
    """A driver that a connector of the kind ODBC may name."""

    name: str
    title: str
    is_installed: bool
    hint: str
    install: str = Field(description="How the operator installs it.")
    is_file: bool = Field(description="Whether it reads a file and no server.")
    default_port: int
    ssl_modes: list[str] = Field(description="How far it can be told to trust the server, the strongest last.")

    @classmethod
    def of(cls, driver: KnownDriver) -> DriverAnswer:
        """A driver with what its family is."""
        family = driver.family
        return cls(
            name=driver.name,
            title=family.title,
            is_installed=driver.is_installed,
            hint=family.hint,
            install=family.install,
            is_file=family.is_file,
            default_port=family.default_port,
            ssl_modes=[mode.value for mode in family.ssl_modes],
        )


class ConnectorKindAnswer(BaseModel):
    """A kind of connector: what it offers and the JSON Schema of its settings, from which forms are made."""

    kind: ConnectorKind
    settings_schema: dict[str, JsonValue]
    sql_dialect: str
    has_schemas: bool
    ssl_modes: list[str]
    explains: bool = Field(description="Whether it says how it would find the rows of a query.")
    needs_credentials: bool
    drivers: list[DriverAnswer] = Field(description="What may be named as driver; of the kind ODBC only.")

    @classmethod
    def of(
        cls,
        kind: ConnectorKind,
        schema: dict[str, JsonValue],
        offers: Capabilities,
        drivers: Sequence[KnownDriver],
    ) -> ConnectorKindAnswer:
        """A kind with its settings."""
        return cls(
            kind=kind,
            settings_schema=schema,
            sql_dialect=offers.sql_dialect,
            has_schemas=offers.has_schemas,
            ssl_modes=[mode.value for mode in offers.ssl_modes],
            explains=offers.explains,
            needs_credentials=offers.needs_credentials,
            drivers=[DriverAnswer.of(driver) for driver in drivers],
        )


class ConnectorKindList(BaseModel):
    """Every kind of connector."""

    items: list[ConnectorKindAnswer]


class SourceSchemaList(BaseModel):
    """Names of schemas."""

    items: list[str]


class SourceTableAnswer(BaseModel):
    """A table or view of a source."""

    model_config = ConfigDict(from_attributes=True)

    schema_name: str = Field(validation_alias="schema")
    name: str
    is_view: bool


class SourceTableList(BaseModel):
    """Tables and views of a schema."""

    items: list[SourceTableAnswer]
    is_truncated: bool


class TableColumnAnswer(BaseModel):
    """A column of a table. Without ``type`` a query must cast it; ``reason`` says how."""

    name: str
    native_type: str
    type: str | None
    reason: str | None

    @classmethod
    def of(cls, column: TableColumn) -> TableColumnAnswer:
        """The column as the source describes it."""
        return cls(
            name=column.name,
            native_type=column.native_type,
            type=str(column.type) if column.type is not None else None,
            reason=column.reason,
        )


class TableColumnList(BaseModel):
    """Columns of a table, in its order."""

    items: list[TableColumnAnswer]


class TestStepAnswer(BaseModel):
    """One step of a test: what was tried and, when it failed, why and what to do."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    ok: bool
    message: str
    fix: str | None
    host_key: str | None = Field(
        default=None, description="The fingerprint an SSH server on the way showed that nobody has confirmed yet."
    )


class TestAnswer(BaseModel):
    """What a test found, step by step; later steps are not tried after one that failed."""

    model_config = ConfigDict(from_attributes=True)

    ok: bool
    steps: list[TestStepAnswer]


class ExplainRequest(BaseModel):
    """A query, with values for its parameters."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1, max_length=100_000)
    parameters: dict[str, JsonValue] = {}


class QueryPlanAnswer(BaseModel):
    """How the source would find the rows: its own words, line by line."""

    lines: list[str]


class PreviewRequest(ExplainRequest):
    """A query and how many of its rows are wanted."""

    limit: int = Field(default=20, ge=1, le=1000)


class ColumnAnswer(BaseModel):
    """A column: its type for OpenReg, and what the source calls it."""

    name: str
    type: str
    native_type: str


class PreviewAnswer(BaseModel):
    """Rows as JSON: decimals, dates and timestamps as strings."""

    columns: list[ColumnAnswer]
    rows: list[list[JsonValue]]
