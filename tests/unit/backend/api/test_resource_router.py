"""A router looks at its routes for paths that can be theirs, and at none for any other."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from backend.api.resource_router import ResourceRouter

LOOKED_AT: list[str] = []


class NotedRoute(APIRoute):
    """Notes that its pattern is tried."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        LOOKED_AT.append(self.path)
        return super().matches(scope)


@pytest.fixture
def app() -> FastAPI:
    """Two resources below one prefix."""
    LOOKED_AT.clear()
    whole = APIRouter(prefix="/api")
    for prefix in ("/runs", "/reports/{report_id}/drafts"):
        router = ResourceRouter(prefix, route_class=NotedRoute)

        @router.get("/{identity}")
        async def show(identity: str, report_id: str = "") -> dict[str, Any]:
            return {"identity": identity, "report_id": report_id}

        whole.include_router(router)
    app = FastAPI()
    app.include_router(whole)
    return app


@pytest.mark.parametrize(
    ("path", "shown", "looked_at"),
    [
        ("/api/runs/1", {"identity": "1", "report_id": ""}, {"/runs/{identity}"}),
        ("/api/reports/2/drafts/3", {"identity": "3", "report_id": "2"}, {"/reports/{report_id}/drafts/{identity}"}),
        ("/api/others/1", None, set()),
    ],
)
async def test_only_the_routes_of_the_resource_are_tried(
    app: FastAPI, path: str, shown: dict[str, str] | None, looked_at: set[str]
) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://openreg.test") as client:
        answer = await client.get(path)
    assert answer.status_code == (200 if shown else 404)
    assert shown is None or answer.json() == shown
    assert set(LOOKED_AT) == looked_at


async def test_a_method_that_a_path_does_not_know_is_still_told(app: FastAPI) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://openreg.test") as client:
        assert (await client.delete("/api/runs/1")).status_code == 405
