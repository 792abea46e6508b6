"""The event stream of a run: live, in order, resumable, and over when the run is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from backend.api import event_stream
from backend.persistence.models.run import Run
from tests.factories.installation import Installation
from tests.factories.people import set_permissions
from tests.factories.rows import Rows

Stream = Callable[..., Any]


async def messages(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """Events of a stream as they arrive, read by the rules of the format."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield {"id": int(fields["id"]), "event": fields["event"], "data": json.loads(fields["data"])}
            fields = {}


async def read_all(client: httpx.AsyncClient, run: Run, last: int | None = None) -> list[dict[str, Any]]:
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    async with asyncio.timeout(15), client.stream("GET", f"/api/v1/runs/{run.id}/events", headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        return [message async for message in messages(response)]


async def tell_a_whole_run(rows: Rows, run: Run) -> list[int]:
    told = [
        await rows.run_event(run, "state", {"state": "pending"}),
        await rows.run_event(run, "state", {"state": "running"}),
        await rows.run_event(run, "step", {"step": "extract", "state": "running", "rows": 0}),
        await rows.run_event(run, "progress", {"step": "extract", "rows": 5}),
        await rows.run_event(run, "log", {"level": "info", "event": "input_stored", "text": "Grüße\nzweite Zeile"}),
        await rows.run_event(run, "state", {"state": "succeeded"}),
    ]
    return [event.sequence for event in told]


async def test_a_run_that_has_ended_is_told_whole_and_the_stream_ends(live: httpx.AsyncClient, rows: Rows) -> None:
    run = await rows.run(state="succeeded")
    sequences = await tell_a_whole_run(rows, run)
    told = await read_all(live, run)
    assert [message["id"] for message in told] == sequences
    assert [message["event"] for message in told] == ["state", "state", "step", "progress", "log", "state"]
    assert told[4]["data"]["text"] == "Grüße\nzweite Zeile"
    assert all("at" in message["data"] for message in told)
    assert told[-1]["data"]["state"] == "succeeded"


@pytest.mark.parametrize("position", range(6))
async def test_a_stream_that_broke_goes_on_after_the_last_event_that_arrived(
    live: httpx.AsyncClient, rows: Rows, position: int
) -> None:
    run = await rows.run(state="succeeded")
    sequences = await tell_a_whole_run(rows, run)
    told = await read_all(live, run, sequences[position])
    assert [message["id"] for message in told] == sequences[position + 1 :]


async def test_events_arrive_while_they_happen_and_the_stream_waits_between_them(
    live: httpx.AsyncClient, rows: Rows
) -> None:
    run = await rows.run()
    first = await rows.run_event(run, "state", {"state": "pending"})
    async with asyncio.timeout(20), live.stream("GET", f"/api/v1/runs/{run.id}/events") as response:
        arriving = messages(response)
        assert (await anext(arriving))["id"] == first.sequence
        for number in range(3):
            event = await rows.run_event(run, "log", {"event": f"event_{number}"})
            assert (await anext(arriving))["id"] == event.sequence
        last = await rows.run_event(run, "state", {"state": "failed", "reason": {"code": "x"}})
        assert (await anext(arriving))["id"] == last.sequence
        with pytest.raises(StopAsyncIteration):
            await anext(arriving)


async def test_more_events_than_fit_into_one_look_all_arrive(
    live: httpx.AsyncClient, rows: Rows, installation: Installation
) -> None:
    run = await rows.run(state="succeeded")
    async with installation.database.transaction(rows.person.tenant) as session:
        statement = (
            "insert into run_events (tenant_id, run_id, kind, at, payload) "
            "select :tenant, :run, 'log', now(), jsonb_build_object('event', 'e' || n) from generate_series(1, 1200) n"
        )
        await session.execute(text(statement), {"tenant": rows.person.tenant, "run": run.id})
    await rows.run_event(run, "state", {"state": "succeeded"})
    told = await read_all(live, run)
    assert [message["data"].get("event") for message in told[:-1]] == [f"e{number}" for number in range(1, 1201)]
    assert [message["id"] for message in told] == sorted({message["id"] for message in told})


async def test_events_of_another_run_are_not_mixed_in(live: httpx.AsyncClient, rows: Rows) -> None:
    run, other = await rows.run(state="succeeded"), await rows.run(state="succeeded")
    await rows.run_event(other, "log", {"event": "not mine"})
    await tell_a_whole_run(rows, run)
    await rows.run_event(other, "state", {"state": "succeeded"})
    assert "not mine" not in json.dumps(await read_all(live, run))


async def test_a_run_that_was_retried_is_followed_past_its_first_failure(live: httpx.AsyncClient, rows: Rows) -> None:
    run = await rows.run(state="succeeded")
    for state in ("running", "failed", "pending", "running", "succeeded"):
        await rows.run_event(run, "state", {"state": state})
    told = await read_all(live, run)
    assert [message["data"]["state"] for message in told] == ["running", "failed", "pending", "running", "succeeded"]


async def test_a_client_that_leaves_is_not_written_for_any_more(
    live: httpx.AsyncClient, rows: Rows, installation: Installation
) -> None:
    run = await rows.run()
    await rows.run_event(run, "state", {"state": "pending"})
    async with live.stream("GET", f"/api/v1/runs/{run.id}/events") as response:
        await anext(messages(response))
    await asyncio.sleep(1.0)
    running = [task for task in asyncio.all_tasks() if "run_event_stream" in repr(task.get_stack())]
    assert running == []


async def test_without_a_token_or_for_another_tenants_run_there_is_no_stream(
    live: httpx.AsyncClient, strangers_rows: Rows
) -> None:
    foreign = await strangers_rows.run()
    await strangers_rows.run_event(foreign, "state", {"state": "pending"})
    assert (await live.get(f"/api/v1/runs/{foreign.id}/events")).status_code == 404
    assert (await live.get(f"/api/v1/runs/{UUID(int=1)}/events")).status_code == 404
    assert (await live.get(f"/api/v1/runs/{foreign.id}/events", headers={"Authorization": ""})).status_code == 401


async def test_the_stream_ends_with_the_readers_session(
    live: httpx.AsyncClient, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.2)
    run = await rows.run()
    first = await rows.run_event(run, "state", {"state": "running"})
    async with asyncio.timeout(20), live.stream("GET", f"/api/v1/runs/{run.id}/events") as response:
        arriving = messages(response)
        assert (await anext(arriving))["id"] == first.sequence
        ended = await live.delete(f"/api/v1/auth/sessions/{rows.person.session_id}")
        assert ended.status_code == 204
        with pytest.raises(StopAsyncIteration):
            await anext(arriving)


async def test_the_stream_ends_when_the_permission_is_gone(
    live: httpx.AsyncClient, rows: Rows, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.2)
    run = await rows.run()
    first = await rows.run_event(run, "state", {"state": "running"})
    async with asyncio.timeout(20), live.stream("GET", f"/api/v1/runs/{run.id}/events") as response:
        arriving = messages(response)
        assert (await anext(arriving))["id"] == first.sequence
        await set_permissions(installation.database, rows.person, ["reports:read"])
        with pytest.raises(StopAsyncIteration):
            await anext(arriving)
