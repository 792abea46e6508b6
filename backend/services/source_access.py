"""Connectors as people keep them: stored, tested, browsed, and opened for a run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import ClassVar, cast

from pydantic import SecretStr

from backend.core.crypto import SecretBox
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ConnectorId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.expressions.types import DATE
from backend.domain.reports.analysis import PARAMETER_TYPES
from backend.domain.reports.document import REPORTING_DATE, Parameter, ParameterType, Source
from backend.persistence.models.connector import Connector as StoredConnector
from backend.persistence.repositories.connectors import ConnectorRepository
from backend.services.connectors.base import (
    Connector,
    ConnectorTest,
    Credentials,
    ParameterValue,
    Preview,
    SourceColumn,
    SourceParameter,
)
from backend.services.connectors.factory import create_connector
from backend.services.egress import EgressGuard
from backend.services.scope import TenantScope


class ConnectorNotFound(OpenRegError):
    """There is no such connector."""

    code: ClassVar[str] = "connector_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class ConnectorNameTaken(OpenRegError):
    """Another connector has this name."""

    code: ClassVar[str] = "connector_name_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RunParameterInvalid(OpenRegError):
    """A run parameter is missing, unknown or not of its type."""

    code: ClassVar[str] = "run_parameter_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class ConnectorOpener:
    """Makes a live connector from a stored one."""

    box: SecretBox
    egress: EgressGuard

    def open(self, stored: StoredConnector) -> Connector:
        """The connector, not yet connected. Raises SecretUnreadable and the factory's errors."""
        secret = self.box.open(stored.credentials)
        credentials = Credentials(username=str(secret["username"]), password=SecretStr(str(secret["password"])))
        return create_connector(stored.kind, stored.settings, credentials, self.egress)


@dataclass(frozen=True, slots=True)
class ConnectorService:
    """Stored connectors of a tenant."""

    scope: TenantScope
    opener: ConnectorOpener

    async def create(
        self, *, name: str, kind: str, settings: dict[str, object], credentials: Credentials
    ) -> StoredConnector:
        """Store a connector; its settings are checked by its kind first. Raises ConnectorNameTaken."""
        create_connector(kind, settings, credentials, self.opener.egress)
        secret = {"username": credentials.username, "password": credentials.password.get_secret_value()}
        at = self.scope.now()
        stored = StoredConnector(
            id=new_id(),
            tenant_id=self.scope.tenant,
            name=name,
            kind=kind,
            settings=settings,
            credentials=self.opener.box.seal(secret),
            created_at=at,
            updated_at=at,
        )
        async with self.scope.transaction() as session:
            connectors = ConnectorRepository(session, self.scope.tenant)
            connectors.add(stored)
            await connectors.flush_unique(
                ConnectorNameTaken(f"A connector named {name!r} exists.", fix="Choose another name.")
            )
        return stored

    async def get(self, connector_id: ConnectorId) -> StoredConnector:
        """Raises ConnectorNotFound."""
        async with self.scope.transaction() as session:
            found = await ConnectorRepository(session, self.scope.tenant).find(connector_id)
        if found is None:
            raise ConnectorNotFound
        return found

    async def page(self, request: PageRequest) -> Page[StoredConnector]:
        """Connectors, newest first."""
        async with self.scope.transaction() as session:
            return await ConnectorRepository(session, self.scope.tenant).page(request)

    async def remove(self, connector_id: ConnectorId) -> None:
        """Delete a connector. Raises ConnectorNotFound."""
        async with self.scope.transaction() as session:
            connectors = ConnectorRepository(session, self.scope.tenant)
            found = await connectors.find(connector_id)
            if found is None:
                raise ConnectorNotFound
            await connectors.delete(found)

    async def test(self, connector_id: ConnectorId) -> ConnectorTest:
        """Try it step by step."""
        connector = self.opener.open(await self.get(connector_id))
        return await asyncio.to_thread(connector.test)

    async def preview(
        self, connector_id: ConnectorId, query: str, parameters: Mapping[str, object], limit: int
    ) -> Preview:
        """The first rows of a query. Parameters are texts, numbers, booleans or ISO dates."""
        connector = self.opener.open(await self.get(connector_id))
        bound = {name: _guessed(value) for name, value in parameters.items()}
        return await asyncio.to_thread(connector.preview, query, bound, limit=limit)

    async def describe(self, source: Source) -> tuple[SourceColumn, ...]:
        """The columns of a report's query, without running it. Raises ConnectorNotFound, QueryInvalid."""
        connector = self.opener.open(await self.get(ConnectorId(source.connector_id)))
        types = {name: SourceParameter(PARAMETER_TYPES[one.type]) for name, one in source.parameters.items()}
        return await asyncio.to_thread(
            connector.describe, source.query, {**types, REPORTING_DATE: SourceParameter(DATE)}
        )


def bind_parameters(source: Source, given: Mapping[str, object]) -> dict[str, object]:
    """The value of every declared parameter, typed. Raises RunParameterInvalid."""
    unknown = sorted(given.keys() - source.parameters.keys())
    if unknown:
        raise RunParameterInvalid(f"The report has no parameter {unknown[0]}.", extra={"parameter": unknown[0]})
    return {name: _bind(name, one, given.get(name, one.default)) for name, one in source.parameters.items()}


def source_parameters(source: Source, values: Mapping[str, object], reporting_date: date) -> dict[str, SourceParameter]:
    """Bound parameters of the source query, the reporting date among them."""
    bound = {
        name: SourceParameter(
            PARAMETER_TYPES[one.type], cast("ParameterValue", values[name])
        )  # typed by bind_parameters
        for name, one in source.parameters.items()
    }
    return {**bound, REPORTING_DATE: SourceParameter(DATE, reporting_date)}


def _bind(name: str, parameter: Parameter, value: object) -> object:
    if value is None:
        if parameter.required:
            raise RunParameterInvalid(f"The parameter {name} needs a value.", extra={"parameter": name})
        return None
    try:
        return _READERS[parameter.type](value)
    except (ValueError, InvalidOperation, TypeError) as error:
        raise RunParameterInvalid(
            f"The parameter {name} must be a {parameter.type.value}.", extra={"parameter": name}
        ) from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


_MIN_INTEGER, _MAX_INTEGER = -(2**63), 2**63 - 1


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError
    number = int(value)
    if not _MIN_INTEGER <= number <= _MAX_INTEGER:
        raise ValueError("an integer has 64 bits")
    return number


def _decimal(value: object) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError("a decimal is a number")
    return number


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _timestamp(value: object) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a timestamp needs a zone")
    return moment


_READERS = {
    ParameterType.TEXT: _text,
    ParameterType.INTEGER: _integer,
    ParameterType.DECIMAL: _decimal,
    ParameterType.BOOLEAN: _boolean,
    ParameterType.DATE: lambda value: value if isinstance(value, date) else date.fromisoformat(_text(value)),
    ParameterType.TIMESTAMP: _timestamp,
}


def _guessed(value: object) -> SourceParameter:
    """A preview parameter typed by its look: JSON has no dates, so an ISO date in a text is one."""
    if isinstance(value, bool):
        return SourceParameter(PARAMETER_TYPES[ParameterType.BOOLEAN], value)
    if isinstance(value, int):
        return SourceParameter(PARAMETER_TYPES[ParameterType.INTEGER], value)
    text = str(value)
    try:
        return SourceParameter(DATE, date.fromisoformat(text))
    except ValueError:
        return SourceParameter(PARAMETER_TYPES[ParameterType.TEXT], text)
