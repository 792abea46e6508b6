"""The core API, fuzzed by its own description, by somebody who may do everything, on things that are there."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from backend.api import notice_stream
from tests.factories.installation import Installation
from tests.factories.owner_calls import OF_ONESELF, World, new_world
from tests.factories.routes import PUBLIC, RouteOf
from tests.factories.rows import Rows
from tests.factories.source import SourceOfTrades
from tests.harness.fuzzing import Fuzz

#: In the suite each run takes one operation in so many; all of them are in the long one.
ONE_IN = 12


@pytest.fixture(autouse=True)
def short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams of notices end by themselves."""
    monkeypatch.setattr(notice_stream, "STREAM_SECONDS", 0.1)
    monkeypatch.setattr(notice_stream, "HEARTBEAT_SECONDS", 0.1)


@pytest.fixture
async def world(rows: Rows, source: SourceOfTrades, installation: Installation) -> World:
    """Something behind every path."""
    return await new_world(rows, source, installation)


async def fuzz_operations(app: FastAPI, api: httpx.AsyncClient, world: World, *, examples: int, one_in: int) -> Fuzz:
    fuzz = Fuzz(app, examples)
    chosen = [one for place, one in enumerate(fuzz.operations) if place % one_in == 0]
    for operation in chosen:
        route = RouteOf(operation.path, operation.method.upper())
        is_open = str(route) in PUBLIC | OF_ONESELF
        for place, (case, sent) in enumerate(fuzz.requests_of(operation)):
            # Every other request is about something that is there; one's own sessions stay as they are.
            path = None if place % 2 or is_open or route.method == "DELETE" else world.path(route)
            await fuzz.ask(api, case, sent, path)
    still = await api.get("/api/v1/auth/me")
    assert still.status_code == 200, "the session was lost on the way, so that only refusals were seen"
    assert fuzz.statuses[200], fuzz.statuses
    assert fuzz.statuses[422], fuzz.statuses
    return fuzz


async def test_no_request_breaks_the_core(app: FastAPI, api: httpx.AsyncClient, world: World) -> None:
    fuzz = await fuzz_operations(app, api, world, examples=2, one_in=ONE_IN)
    assert not fuzz.faults, fuzz.told()


@pytest.mark.long
async def test_no_request_of_many_breaks_the_core(app: FastAPI, api: httpx.AsyncClient, world: World) -> None:
    fuzz = await fuzz_operations(app, api, world, examples=10, one_in=1)
    assert not fuzz.faults, fuzz.told()
