"""Looking into a source before a report reads it: schemas, tables, columns and first rows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from backend.core.ids import ConnectorId
from backend.domain.audit import AuditAction
from backend.domain.expressions.types import DATE
from backend.domain.reports.analysis import PARAMETER_TYPES
from backend.domain.reports.document import ParameterType
from backend.services.connectors.base import (
    ExplainingConnector,
    Preview,
    SourceParameter,
    SourceTable,
    TableColumn,
)
from backend.services.connectors.faults import QueryNotExplained
from backend.services.source_access import ConnectorService, connector_subject


@dataclass(frozen=True, slots=True)
class SourceBrowser:
    """What the stored connectors of a tenant lead to."""

    connectors: ConnectorService

    async def schemas(self, connector_id: ConnectorId, wanted: str) -> tuple[str, ...]:
        """Schemas whose name holds the text."""
        async with self.connectors.at_source(connector_id) as connector:
            found = await asyncio.to_thread(connector.list_schemas)
        return tuple(name for name in found if wanted.lower() in name.lower())

    async def tables(self, connector_id: ConnectorId, schema: str, wanted: str) -> tuple[SourceTable, ...]:
        """Tables and views of a schema whose name holds the text."""
        async with self.connectors.at_source(connector_id) as connector:
            found = await asyncio.to_thread(connector.list_tables, schema)
        return tuple(one for one in found if wanted.lower() in one.name.lower())

    async def columns(self, connector_id: ConnectorId, schema: str, table: str, wanted: str) -> tuple[TableColumn, ...]:
        """Columns of a table whose name holds the text. Raises TableUnknown."""
        async with self.connectors.at_source(connector_id) as connector:
            found = await asyncio.to_thread(connector.list_columns, schema, table)
        return tuple(one for one in found if wanted.lower() in one.name.lower())

    async def preview(
        self, connector_id: ConnectorId, query: str, parameters: Mapping[str, object], limit: int
    ) -> Preview:
        """The first rows of a query. Parameters are texts, numbers, booleans or ISO dates."""
        stored = await self.connectors.get(connector_id)
        bound = {name: _guessed(value) for name, value in parameters.items()}
        # Written down first: rows of the source must not be seen without a trace.
        async with self.connectors.scope.transaction() as session:
            await self.connectors.scope.audit(session).record(
                AuditAction.CONNECTOR_PREVIEWED, connector_subject(stored), after={"query": query, "limit": limit}
            )
        async with self.connectors.at_source(connector_id) as connector:
            return await asyncio.to_thread(connector.preview, query, bound, limit=limit)

    async def explain(self, connector_id: ConnectorId, query: str, parameters: Mapping[str, object]) -> tuple[str, ...]:
        """How the source would find the rows of a query. Raises QueryNotExplained."""
        bound = {name: _guessed(value) for name, value in parameters.items()}
        async with self.connectors.at_source(connector_id) as connector:
            if not connector.capabilities.explains:
                raise QueryNotExplained(fix="Ask the database administrator for the plan.")
            return await asyncio.to_thread(cast("ExplainingConnector", connector).explain, query, bound)


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
