"""Connectors: create, look, test, preview, remove."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final
from uuid import UUID

from fastapi import Query, Response, status
from fastapi.responses import StreamingResponse

from backend.api.connection_tests import STREAMED, Accept, answer_test
from backend.api.dependencies import (
    ConnectorsHealth,
    ConnectorsQuery,
    ConnectorsRead,
    ConnectorsWrite,
    Idempotency,
    Paging,
)
from backend.api.etags import IfMatch, tag
from backend.api.json_values import as_json
from backend.api.report_services import Search
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.connectors import (
    ColumnAnswer,
    ConnectorAnswer,
    ConnectorChange,
    ConnectorCreate,
    ConnectorHealthAnswer,
    ConnectorKindAnswer,
    ConnectorKindList,
    ConnectorTrial,
    ExplainRequest,
    PreviewAnswer,
    PreviewRequest,
    QueryPlanAnswer,
    SourceSchemaList,
    SourceTableAnswer,
    SourceTableList,
    TableColumnAnswer,
    TableColumnList,
    TestAnswer,
)
from backend.api.schemas.pages import ListAnswer
from backend.core.etags import PreconditionFailed
from backend.core.ids import ConnectorId
from backend.core.problems import problems
from backend.services.connectors.base import ConnectorKind
from backend.services.connectors.factory import capabilities_of, settings_schema
from backend.services.connectors.faults import ConnectorError
from backend.services.connectors.odbc_catalog import known_drivers
from backend.services.connectors.secret_references import plain_form, reference_in
from backend.services.source_access import (
    ConnectorChanges,
    ConnectorCredentialsNeeded,
    ConnectorInUse,
    ConnectorNameTaken,
    ConnectorNotFound,
    ConnectorView,
    connector_etag,
)

MAX_SHOWN: Final = 1000
SourceName = Annotated[str, Query(min_length=1, max_length=200)]
router = ResourceRouter(prefix="/connectors", tags=["connectors"])


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(ConnectorNameTaken, ConnectorError))
async def create_connector(
    body: ConnectorCreate, connectors: ConnectorsWrite, idempotency: Idempotency
) -> ConnectorAnswer:
    """Store access to a source database."""

    async def act() -> dict[str, object]:
        stored = await connectors.create(
            name=body.name,
            kind=body.kind,
            settings=dict(body.settings),
            credentials=body.credentials,
            holds_demo_data=body.holds_demo_data,
        )
        reference = reference_in(body.credentials) if body.credentials is not None else None
        view = ConnectorView(stored, (), reference)
        return ConnectorAnswer.of(view).model_dump(mode="json")

    given = plain_form(body.credentials) if body.credentials is not None else None
    request = {**body.model_dump(mode="json"), "route": "connectors", "credentials": given}
    return ConnectorAnswer.model_validate(await idempotency.once(connectors.scope, request, act))


@router.get("")
async def list_connectors(connectors: ConnectorsRead, page: Paging, q: Search = None) -> ListAnswer[ConnectorAnswer]:
    """Connectors, newest first, with the reports that read through them."""
    return ListAnswer.of(await connectors.page(page, q), ConnectorAnswer.of)


@router.get("/kinds")
async def list_kinds(_: ConnectorsRead) -> ConnectorKindList:
    """The kinds of connectors, each with the JSON Schema of its settings."""
    drivers = {ConnectorKind.ODBC: await asyncio.to_thread(known_drivers)}
    return ConnectorKindList(
        items=[
            ConnectorKindAnswer.of(kind, settings_schema(kind), capabilities_of(kind), drivers.get(kind, ()))
            for kind in ConnectorKind
        ]
    )


@router.post("/test", response_model=TestAnswer, responses={**STREAMED, **problems(ConnectorError)})
async def test_settings(
    body: ConnectorTrial, connectors: ConnectorsWrite, accept: Accept
) -> TestAnswer | StreamingResponse:
    """Try settings and credentials before they are stored."""
    return await answer_test(
        accept, lambda tell: connectors.test_unsaved(body.kind, dict(body.settings), body.credentials, tell)
    )


@router.get("/{connector_id}", responses=problems(ConnectorNotFound))
async def get_connector(connector_id: UUID, connectors: ConnectorsRead, response: Response) -> ConnectorAnswer:
    """One connector."""
    return _tagged(response, await connectors.view(ConnectorId(connector_id)))


@router.patch(
    "/{connector_id}",
    responses=problems(
        ConnectorNotFound, PreconditionFailed, ConnectorNameTaken, ConnectorError, ConnectorCredentialsNeeded
    ),
)
async def change_connector(
    connector_id: UUID, body: ConnectorChange, connectors: ConnectorsWrite, if_match: IfMatch, response: Response
) -> ConnectorAnswer:
    """Change name, settings (as a whole) or credentials; another address needs the credentials again."""
    settings: dict[str, object] | None = dict(body.settings) if body.settings is not None else None
    changes = ConnectorChanges(body.name, settings, body.credentials, body.retest_every_hours)
    return _tagged(response, await connectors.change(ConnectorId(connector_id), changes, if_match))


@router.delete(
    "/{connector_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(ConnectorNotFound, ConnectorInUse),
)
async def delete_connector(connector_id: UUID, connectors: ConnectorsWrite) -> None:
    """Remove a connector that no report uses."""
    await connectors.remove(ConnectorId(connector_id))


@router.get("/{connector_id}/schemas", responses=problems(ConnectorNotFound, ConnectorError))
async def list_schemas(connector_id: UUID, browser: ConnectorsQuery, q: Search = None) -> SourceSchemaList:
    """Schemas of the source in which something may be read."""
    return SourceSchemaList(items=list(await browser.schemas(ConnectorId(connector_id), q or "")))


@router.get("/{connector_id}/tables", responses=problems(ConnectorNotFound, ConnectorError))
async def list_tables(
    connector_id: UUID, browser: ConnectorsQuery, schema: SourceName, q: Search = None
) -> SourceTableList:
    """Tables and views of a schema that may be read; at most 1000 are shown."""
    found = await browser.tables(ConnectorId(connector_id), schema, q or "")
    shown = [SourceTableAnswer.model_validate(one) for one in found[:MAX_SHOWN]]
    return SourceTableList(items=shown, is_truncated=len(found) > MAX_SHOWN)


@router.get("/{connector_id}/columns", responses=problems(ConnectorNotFound, ConnectorError))
async def list_columns(
    connector_id: UUID, browser: ConnectorsQuery, schema: SourceName, table: SourceName, q: Search = None
) -> TableColumnList:
    """Columns of a table or view; one without a type must be cast in the query, and says how."""
    found = await browser.columns(ConnectorId(connector_id), schema, table, q or "")
    return TableColumnList(items=[TableColumnAnswer.of(one) for one in found])


@router.post("/{connector_id}/test", response_model=TestAnswer, responses={**STREAMED, **problems(ConnectorNotFound)})
async def test_connector(
    connector_id: UUID, health: ConnectorsHealth, accept: Accept
) -> TestAnswer | StreamingResponse:
    """Try name, address, TLS, sign-in and permissions in turn."""
    return await answer_test(accept, lambda tell: health.test(ConnectorId(connector_id), tell))


@router.get("/{connector_id}/health", responses=problems(ConnectorNotFound))
async def get_connector_health(connector_id: UUID, health: ConnectorsHealth) -> ConnectorHealthAnswer:
    """The last tests of what is stored now, when it is tested again, and the last run through it."""
    return ConnectorHealthAnswer.of(await health.health(ConnectorId(connector_id)))


@router.post("/{connector_id}/preview", responses=problems(ConnectorNotFound, ConnectorError))
async def preview_query(connector_id: UUID, body: PreviewRequest, browser: ConnectorsQuery) -> PreviewAnswer:
    """The first rows of a query, typed as a run would type them."""
    preview = await browser.preview(ConnectorId(connector_id), body.query, body.parameters, body.limit)
    columns = [ColumnAnswer(name=one.name, type=str(one.type), native_type=one.native_type) for one in preview.columns]
    return PreviewAnswer(columns=columns, rows=[[as_json(value) for value in row] for row in preview.rows])


@router.post("/{connector_id}/explain", responses=problems(ConnectorNotFound, ConnectorError))
async def explain_query(connector_id: UUID, body: ExplainRequest, browser: ConnectorsQuery) -> QueryPlanAnswer:
    """How the source would find the rows of a query, in its own words; nothing is read."""
    lines = await browser.explain(ConnectorId(connector_id), body.query, body.parameters)
    return QueryPlanAnswer(lines=list(lines))


def _tagged(response: Response, view: ConnectorView) -> ConnectorAnswer:
    tag(response, connector_etag(view.connector))
    return ConnectorAnswer.of(view)
