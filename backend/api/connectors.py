"""Connectors: create, look, test, preview, remove."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import JsonValue

from backend.api.dependencies import (
    ConnectorsQuery,
    ConnectorsRead,
    ConnectorsWrite,
    Idempotency,
    Paging,
)
from backend.api.schemas.connectors import (
    ColumnAnswer,
    ConnectorAnswer,
    ConnectorCreate,
    PreviewAnswer,
    PreviewRequest,
    TestAnswer,
)
from backend.api.schemas.pages import ListAnswer
from backend.core.ids import ConnectorId
from backend.core.problems import problems
from backend.services.connectors.faults import ConnectorError
from backend.services.source_access import ConnectorNameTaken, ConnectorNotFound

router = APIRouter(prefix="/connectors", tags=["connectors"])


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(ConnectorNameTaken, ConnectorError))
async def create_connector(
    body: ConnectorCreate, connectors: ConnectorsWrite, idempotency: Idempotency
) -> ConnectorAnswer:
    """Store access to a source database."""

    async def act() -> dict[str, object]:
        stored = await connectors.create(
            name=body.name, kind=body.kind, settings=dict(body.settings), credentials=body.credentials
        )
        return ConnectorAnswer.model_validate(stored).model_dump(mode="json")

    password = body.credentials.password.get_secret_value()
    request = {"route": "connectors", "password": password, **body.model_dump(mode="json")}
    return ConnectorAnswer.model_validate(await idempotency.once(connectors.scope, request, act))


@router.get("")
async def list_connectors(connectors: ConnectorsRead, page: Paging) -> ListAnswer[ConnectorAnswer]:
    """Connectors, newest first."""
    return ListAnswer.of(await connectors.page(page), ConnectorAnswer.model_validate)


@router.get("/{connector_id}", responses=problems(ConnectorNotFound))
async def get_connector(connector_id: UUID, connectors: ConnectorsRead) -> ConnectorAnswer:
    """One connector."""
    return ConnectorAnswer.model_validate(await connectors.get(ConnectorId(connector_id)))


@router.delete("/{connector_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(ConnectorNotFound))
async def delete_connector(connector_id: UUID, connectors: ConnectorsWrite) -> None:
    """Remove a connector."""
    await connectors.remove(ConnectorId(connector_id))


@router.post("/{connector_id}/test", responses=problems(ConnectorNotFound))
async def test_connector(connector_id: UUID, connectors: ConnectorsRead) -> TestAnswer:
    """Try name, address, TLS, sign-in and permissions in turn."""
    return TestAnswer.model_validate(await connectors.test(ConnectorId(connector_id)))


@router.post("/{connector_id}/preview", responses=problems(ConnectorNotFound, ConnectorError))
async def preview_query(connector_id: UUID, body: PreviewRequest, connectors: ConnectorsQuery) -> PreviewAnswer:
    """The first rows of a query, typed as a run would type them."""
    preview = await connectors.preview(ConnectorId(connector_id), body.query, body.parameters, body.limit)
    columns = [ColumnAnswer(name=one.name, type=str(one.type), native_type=one.native_type) for one in preview.columns]
    return PreviewAnswer(columns=columns, rows=[[_as_json(value) for value in row] for row in preview.rows])


def _as_json(value: object) -> JsonValue:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)
