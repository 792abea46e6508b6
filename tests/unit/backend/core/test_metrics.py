"""Metrics: who may read them, what several processes counted as one sum, and labels that callers cannot make up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from prometheus_client.parser import text_string_to_metric_families

from backend.core.metrics import DELIVERY_ATTEMPTS, HTTP_REQUESTS, TASK_SECONDS
from backend.core.metrics.exposition import MetricsRefused, Reading, check_reader, exposition
from backend.core.metrics.snapshots import Snapshots, forget_readings, leave_snapshot
from backend.middleware.request_metrics import RequestMetrics

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples_of(text: bytes) -> Samples:
    """Every sample of an exposition, read as Prometheus reads it."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def sample(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


@pytest.mark.parametrize(
    ("token", "client", "headers", "may_read"),
    [
        (None, "127.0.0.1", {}, True),
        (None, "::1", {}, True),
        (None, "10.0.0.7", {}, False),
        (None, None, {}, False),
        (None, "testclient", {}, False),
        (None, "127.0.0.1", {"x-forwarded-for": "203.0.113.9"}, False),
        (None, "127.0.0.1", {"forwarded": "for=203.0.113.9"}, False),
        ("secret-token", "10.0.0.7", {"authorization": "Bearer secret-token"}, True),
        ("secret-token", "10.0.0.7", {"authorization": "Bearer secret-toke"}, False),
        ("secret-token", "10.0.0.7", {"authorization": "secret-token"}, False),
        ("secret-token", "127.0.0.1", {}, False),
        ("secret-token", "127.0.0.1", {"authorization": "Bearer é"}, False),
    ],
)
def test_metrics_are_read_with_the_token_or_from_the_same_machine(
    token: str | None, client: str | None, headers: Mapping[str, str], may_read: bool
) -> None:
    """A proxy on this machine speaks for callers from everywhere: what it passes on is not from here."""
    if may_read:
        check_reader(token, client, headers)
    else:
        with pytest.raises(MetricsRefused) as refused:
            check_reader(token, client, headers)
        assert "METRICS_TOKEN" in str(refused.value.fix)
        assert "secret-toke" not in f"{refused.value.message} {refused.value.fix}"


def test_what_is_read_stands_beside_what_was_counted() -> None:
    before = samples_of(exposition()).get(sample("openreg_delivery_attempts_total", outcome="delivered"), 0.0)
    DELIVERY_ATTEMPTS.labels("delivered").inc()
    readings = [
        Reading("openreg_rooms", "Rooms.", 3, {"floor": "1"}),
        Reading("openreg_rooms", "Rooms.", 4, {"floor": "2"}),
    ]
    found = samples_of(exposition(readings))
    assert found[sample("openreg_delivery_attempts_total", outcome="delivered")] == before + 1
    assert (found[sample("openreg_rooms", floor="1")], found[sample("openreg_rooms", floor="2")]) == (3, 4)
    assert found[sample("process_resident_memory_bytes")] > 1_000_000
    assert not [name for name, _ in found if name.endswith("_created")]


def test_processes_of_a_worker_are_added_up_and_one_that_ended_still_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(process_id: int) -> Samples:
        monkeypatch.setattr("os.getpid", lambda: process_id)
        leave_snapshot(tmp_path, [Reading("openreg_connections", "Connections.", 2, {"role": "application"})])
        return samples_of(exposition(counted=Snapshots(tmp_path)))

    TASK_SECONDS.labels("runs.sweep").observe(0.2)
    count = sample("openreg_task_duration_seconds_count", task="runs.sweep")
    bucket = sample("openreg_task_duration_seconds_bucket", task="runs.sweep", le="+Inf")
    held = sample("openreg_connections", role="application")
    one = leave(11)
    two = leave(12)
    assert (two[count], two[bucket], two[held]) == (2 * one[count], 2 * one[bucket], 4)
    TASK_SECONDS.labels("runs.sweep").observe(0.2)
    three = leave(12)
    assert three[count] == two[count] + 1, "a snapshot replaces the one before"
    forget_readings(tmp_path, 11)
    forget_readings(tmp_path, 99)
    left = samples_of(exposition(counted=Snapshots(tmp_path)))
    assert (left[count], left[held]) == (three[count], 2)


@pytest.fixture
def app() -> FastAPI:
    """A route below two routers, which also stands under a second path."""
    things = APIRouter(prefix="/things")

    @things.get("/{thing_id}")
    async def thing(thing_id: int) -> int:
        if thing_id == 0:
            raise ValueError
        return thing_id

    nested = APIRouter(prefix="/api/v1")
    nested.include_router(things)
    app = FastAPI()
    app.include_router(nested)
    app.include_router(things)
    app.add_middleware(RequestMetrics, service="sample")
    return app


async def test_requests_are_counted_by_the_template_of_their_route_and_nothing_a_caller_makes_up(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for path in ("/api/v1/things/1", "/api/v1/things/2", "/things/3", "/api/v1/things/x", "/api/v1/things/0"):
            await client.get(path)
        for number in range(50):
            await client.request(f"MADE{number}", f"/made/up/{number}")
    counted = {
        tuple(one.labels[label] for label in ("method", "route", "status")): one.value
        for family in HTTP_REQUESTS.collect()
        for one in family.samples
        if one.labels["service"] == "sample"
    }
    assert counted == {
        ("GET", "/api/v1/things/{thing_id}", "200"): 2,
        ("GET", "/api/v1/things/{thing_id}", "422"): 1,
        ("GET", "/api/v1/things/{thing_id}", "500"): 1,
        ("GET", "/things/{thing_id}", "200"): 1,
        ("other", "other", "404"): 50,
    }
