"""Sample rows of a report's source and inputs, for what is tried before a run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import pyarrow as pa

from backend.core.ids import ConnectorId
from backend.domain.reports.document import SOURCE_TABLE, ReportDocument
from backend.services.connectors.base import Connector, SourceParameter, arrow_schema
from backend.services.run_parameters import source_parameters
from backend.services.source_access import ConnectorService

#: A key that a sample row asks for may stand anywhere in an input: it is read whole, up to this many rows.
MAX_INPUT_ROWS: Final = 100_000


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """Which rows: of a document, for a reporting date and values of its parameters, so many of the source."""

    document: ReportDocument
    reporting_date: date
    parameters: Mapping[str, object]
    limit: int


async def sample_rows(connectors: ConnectorService, wanted: SampleRequest) -> dict[str, pa.Table]:
    """The first rows of the source, and the rows of each input, by table. Raises the connectors' errors."""
    document = wanted.document
    parameters = source_parameters(document.source, wanted.parameters, wanted.reporting_date)
    async with connectors.at_source(ConnectorId(document.source.connector_id)) as source:
        first = await asyncio.to_thread(_previewed, source, document.source.query, parameters, wanted.limit)
    tables = {SOURCE_TABLE: first}
    for name, one in document.inputs.items():
        async with connectors.at_source(ConnectorId(one.connector_id)) as connector:
            tables[name] = await asyncio.to_thread(_extracted, connector, one.query, parameters)
    return tables


def _previewed(connector: Connector, query: str, parameters: Mapping[str, SourceParameter], limit: int) -> pa.Table:
    preview = connector.preview(query, parameters, limit=limit)
    schema = arrow_schema(preview.columns)
    columns = zip(*preview.rows, strict=True) if preview.rows else ([] for _ in preview.columns)
    return pa.table([pa.array(column, one.type) for column, one in zip(columns, schema, strict=True)], schema)


def _extracted(connector: Connector, query: str, parameters: Mapping[str, SourceParameter]) -> pa.Table:
    batches: list[pa.RecordBatch] = []
    rows = 0
    with connector.extract(query, parameters) as extraction:
        for batch in extraction:
            batches.append(batch)
            rows += batch.num_rows
            if rows >= MAX_INPUT_ROWS:
                break
        return pa.Table.from_batches(batches, extraction.schema).slice(0, MAX_INPUT_ROWS)
