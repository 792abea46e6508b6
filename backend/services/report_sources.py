"""What a report reads: the columns of its source, of its inputs, and of their join."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from backend.core.errors import OpenRegError
from backend.core.ids import ConnectorId
from backend.domain.expressions import ExpressionInvalid
from backend.domain.expressions.join import Join, JoinScope, parse_join
from backend.domain.expressions.join_plan import column_origins
from backend.domain.expressions.types import DataType
from backend.domain.reports.analysis import PARAMETER_TYPES, ReportDocumentInvalid
from backend.domain.reports.document import SOURCE_TABLE, Input, ReportDocument, Source
from backend.pipeline.joins import describe_join, unusable_names
from backend.services.connectors.base import SourceColumn
from backend.services.connectors.faults import ConnectorError
from backend.services.source_access import ConnectorNotFound, ConnectorService

Fault = Mapping[str, object]
Tables = Mapping[str, Mapping[str, DataType]]


@dataclass(frozen=True, slots=True)
class ReportSources:
    """What was found. ``columns`` are what the expressions see, None while that cannot be said.

    ``tables`` are those of the join: the source's and the inputs' columns, without what could not be asked; none where
    the report has nothing but its source. ``native_types`` are the sources' own words for the types, by table.
    """

    columns: Mapping[str, DataType] | None
    tables: Tables = field(default_factory=lambda: MappingProxyType({}))
    join: Join | None = None
    faults: tuple[Fault, ...] = ()
    native_types: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def inputs(self) -> Tables:
        """The columns of the inputs."""
        return {name: columns for name, columns in self.tables.items() if name != SOURCE_TABLE}

    def origins(self) -> dict[str, frozenset[tuple[str, str]]]:
        """Per visible column the (table, column) it comes from; nothing of what cannot be told."""
        if self.join is not None:
            return column_origins(self.join, {name: list(columns) for name, columns in self.tables.items()})
        return {name: frozenset({(SOURCE_TABLE, name)}) for name in self.columns or ()}


async def describe_sources(
    connectors: ConnectorService, document: ReportDocument, source: Sequence[SourceColumn]
) -> ReportSources:
    """Ask the inputs for their columns and see what the join gives; ``source`` are those of the source."""
    columns = _typed(source)
    native_types = {SOURCE_TABLE: _native(source)}
    if not document.inputs and document.join is None:
        return ReportSources(columns, native_types=native_types)
    faults: list[Fault] = []
    tables: dict[str, Mapping[str, DataType]] = {SOURCE_TABLE: columns}
    for name, one in document.inputs.items():
        try:
            described = await connectors.describe(input_source(document, one))
            tables[name], native_types[name] = _typed(described), _native(described)
        except ConnectorNotFound as error:
            faults.append(fault_of(f"/inputs/{name}/connector_id", error))
        except ConnectorError as error:
            faults.append(fault_of(f"/inputs/{name}/query", error))
    faults += _name_faults(document, tables)
    visible: Mapping[str, DataType] | None = columns
    join = None
    if document.join is not None:
        visible, join = None, read_join(document, faults)
        if join is not None and join.tables <= tables.keys() and not faults:
            visible = await asyncio.to_thread(_described, document, join, tables, faults)
    return ReportSources(visible, tables, join, tuple(faults), native_types)


def saved_sources(document: ReportDocument, columns: Mapping[str, DataType], tables: Tables) -> ReportSources:
    """The sources of a saved version, as they were when it was saved. Raises ReportDocumentInvalid."""
    faults: list[Fault] = []
    join = read_join(document, faults)
    if faults:
        raise ReportDocumentInvalid(str(faults[0]["detail"]), extra={"errors": [dict(one) for one in faults]})
    return ReportSources(columns, tables, join)


def input_source(document: ReportDocument, one: Input) -> Source:
    """An input as a query with the report's parameters."""
    return Source(connector_id=one.connector_id, query=one.query, parameters=document.source.parameters)


def connector_ids(document: ReportDocument) -> dict[str, ConnectorId]:
    """The connector of the source and of each input, by the name of the table."""
    inputs = {name: ConnectorId(one.connector_id) for name, one in document.inputs.items()}
    return {SOURCE_TABLE: ConnectorId(document.source.connector_id), **inputs}


def read_join(document: ReportDocument, faults: list[Fault]) -> Join | None:
    """The document's join; what is wrong with it is added to the faults."""
    if document.join is None:
        return None
    try:
        return parse_join(document.join, JoinScope({SOURCE_TABLE, *document.inputs}, parameter_types(document)))
    except ExpressionInvalid as error:
        faults.append(fault_of("/join", error))
        return None


def parameter_types(document: ReportDocument) -> dict[str, DataType]:
    """The declared parameters with their types."""
    return {name: PARAMETER_TYPES[one.type] for name, one in document.source.parameters.items()}


def fault_of(pointer: str, error: OpenRegError) -> Fault:
    """An error as a fault of the document, with its place."""
    place = {name: error.extra[name] for name in ("line", "column", "suggestion") if name in error.extra}
    return {**place, "pointer": pointer, "code": error.code, "detail": error.message, "fix": error.fix}


def _described(document: ReportDocument, join: Join, tables: Tables, faults: list[Fault]) -> dict[str, DataType] | None:
    try:
        return describe_join(join, tables, parameter_types(document))
    except ExpressionInvalid as error:
        faults.append(fault_of("/join", error))
        return None


def _name_faults(document: ReportDocument, tables: Tables) -> list[Fault]:
    """Columns that DuckDB, which joins and compares keys, could not tell apart."""
    faults: list[Fault] = []
    for name, columns in tables.items():
        if name == SOURCE_TABLE and document.join is None:
            continue
        faults += [
            {
                "pointer": "/source/query" if name == SOURCE_TABLE else f"/inputs/{name}/query",
                "code": "column_name_unusable",
                "detail": f"The column name {one} cannot be used beside other inputs.",
                "fix": f"Give it another name in the query of {name}; case does not tell two names apart.",
            }
            for one in unusable_names(columns)[:1]
        ]
    return faults


def _native(columns: Sequence[SourceColumn]) -> dict[str, str]:
    return {one.name: one.native_type for one in columns}


def _typed(columns: Sequence[SourceColumn]) -> dict[str, DataType]:
    return {one.name: one.type for one in columns}
