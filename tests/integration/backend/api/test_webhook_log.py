"""The log of a webhook: found by its filters, shown without secrets; and figures that agree with the attempts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from backend.core.ids import new_id
from backend.domain.webhooks import MAX_BODY_BYTES
from backend.persistence.models.webhook import WebhookAttempt, WebhookDelivery
from tests.factories.rows import AT, Rows

ALIASES = ["/api/v1/webhooks", "/webhooks"]
WEBHOOKS = ALIASES[0]


async def attempt(rows: Rows, delivery: WebhookDelivery, number: int = 1, **changes: Any) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        session.add(
            WebhookAttempt(
                id=new_id(),
                tenant_id=rows.person.tenant,
                delivery_id=delivery.id,
                endpoint_id=delivery.endpoint_id,
                number=number,
                **{"started_at": datetime.now(UTC), "duration_ms": 10, "status": 204, **changes},
            )
        )


@pytest.mark.parametrize("path", ALIASES)
async def test_each_filter_finds_its_own(api: httpx.AsyncClient, rows: Rows, path: str) -> None:
    endpoint = await rows.webhook()
    failed = await rows.event(type="run.failed", payload={"report": "50% done_"})
    sent = await rows.event(type="artifact.created", payload={})
    one = await rows.webhook_delivery(endpoint, failed, state="failed", attempts=3, last_status=503)
    two = await rows.webhook_delivery(endpoint, sent, state="retrying", attempts=1, created_at=AT + timedelta(hours=1))
    three = await rows.webhook_delivery(endpoint, state="pending", created_at=AT + timedelta(hours=2))
    await rows.webhook_delivery(await rows.webhook(), failed, state="failed", last_status=503)

    async def found(**params: Any) -> list[str]:
        answer = await api.get(f"{path}/{endpoint.id}/deliveries", params=params)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    ids = [str(three.id), str(two.id), str(one.id)]
    assert await found() == ids
    assert await found(state="failed") == await found(event_type="run.*") == ids[2:]
    assert await found(state=["failed", "retrying"]) == ids[1:]
    assert await found(answer="5xx") == ids[2:]
    assert await found(answer="none") == [ids[1]], "what was never tried has not been left without an answer"
    assert await found(answer=["none", "5xx"]) == ids[1:]
    assert await found(since=(AT + timedelta(hours=1)).isoformat()) == ids[:2]
    assert await found(until=(AT + timedelta(hours=1)).isoformat()) == ids[2:]
    assert await found(event_id=str(sent.id)) == [ids[1]]
    assert await found(text="50% DONE_") == ids[2:]
    assert await found(text="50__") == [], "nothing that is typed is a pattern"
    assert await found(text="artifact.") == [ids[1]]
    first = (await api.get(f"{path}/{endpoint.id}/deliveries", params={"limit": 2})).json()
    assert await found(limit=2, cursor=first["next_cursor"]) == ids[2:]
    counts = (await api.get(f"{path}/{endpoint.id}/deliveries/counts", params={"event_type": "run.*"})).json()
    assert {item["state"]: item["count"] for item in counts["items"]} == {
        **dict.fromkeys(("pending", "sending", "retrying", "delivered"), 0),
        "failed": 1,
    }


async def test_a_filter_that_means_nothing_is_refused(api: httpx.AsyncClient, rows: Rows) -> None:
    endpoint = await rows.webhook()
    for params in ({"answer": "6xx"}, {"state": "lost"}, {"since": "2026-11-01T00:00:00"}):
        answer = await api.get(f"{WEBHOOKS}/{endpoint.id}/deliveries", params=params)
        assert answer.status_code == 422, params
    assert (await api.get(f"{WEBHOOKS}/{new_id()}/deliveries")).status_code == 404


async def test_a_delivery_shows_its_request_and_each_answer_and_no_secret(api: httpx.AsyncClient, rows: Rows) -> None:
    endpoint = await rows.webhook()
    event = await rows.event(payload={"name": "Grüße"})
    delivery = await rows.webhook_delivery(endpoint, event, state="delivered", attempts=2, last_status=200)
    await attempt(rows, delivery, status=None, error={"code": "webhook_timed_out", "message": "Too slow."})
    await attempt(
        rows, delivery, 2, status=200, response_headers={"Server": "x"}, response_excerpt="ok", is_truncated=True
    )
    shown = (await api.get(f"{WEBHOOKS}/{endpoint.id}/deliveries/{delivery.id}")).json()
    assert '"name":"Grüße"' in shown["request"]["body"]
    assert shown["request"]["url"] == endpoint.url
    assert shown["request"]["headers"]["webhook-id"] == str(event.id)
    assert not [name for name in shown["request"]["headers"] if "signature" in name.lower()]
    first, second = shown["log"]
    assert (first["error"]["code"], first["response_headers"]) == ("webhook_timed_out", None)
    assert (second["response_headers"], second["is_truncated"]) == ({"Server": "x"}, True)


async def test_an_event_too_large_to_be_sent_can_still_be_looked_at(api: httpx.AsyncClient, rows: Rows) -> None:
    endpoint = await rows.webhook()
    delivery = await rows.webhook_delivery(endpoint, await rows.event(payload={"a": "x" * MAX_BODY_BYTES}))
    shown = await api.get(f"{WEBHOOKS}/{endpoint.id}/deliveries/{delivery.id}")
    assert (shown.status_code, shown.json()["request"]) == (200, None)


async def test_figures_agree_with_the_attempts(api: httpx.AsyncClient, rows: Rows) -> None:
    endpoint, other = await rows.webhook(), await rows.webhook()
    now = datetime.now(UTC)
    old = await rows.webhook_delivery(endpoint, state="retrying", attempts=4, created_at=now - timedelta(hours=3))
    await rows.webhook_delivery(endpoint, created_at=now)
    await rows.webhook_delivery(endpoint, state="delivered", created_at=AT)
    for number in range(1, 98):
        await attempt(rows, old, number, duration_ms=number, started_at=now)
    await attempt(rows, old, 98, duration_ms=98, status=503, started_at=now - timedelta(hours=2))
    for number, code in ((99, "webhook_timed_out"), (100, "webhook_tls_failed")):
        error = {"code": code, "message": ""}
        await attempt(rows, old, number, duration_ms=number, status=None, error=error, started_at=now)
    await attempt(rows, old, 101, duration_ms=90_000, started_at=now - timedelta(hours=25))
    await attempt(rows, await rows.webhook_delivery(other), duration_ms=90_000, started_at=now)
    stats = (await api.get(f"{WEBHOOKS}/{endpoint.id}/stats")).json()
    assert (stats["attempts"], stats["succeeded"], stats["success_rate"], stats["retries"]) == (100, 97, 0.97, 99)
    assert (stats["p50_ms"], stats["p95_ms"], stats["p99_ms"]) == pytest.approx((50.5, 95.05, 99.01))
    answers = {one["answer"]: one["count"] for one in stats["answers"]}
    assert {name: count for name, count in answers.items() if count} == {"2xx": 97, "5xx": 1, "timeout": 1, "tls": 1}
    assert stats["pending"] == 2
    assert datetime.fromisoformat(stats["oldest_pending_at"]) == old.created_at
    points = stats["points"]
    assert len(points) == 24
    assert (points[-1]["succeeded"], points[-1]["failed"]) == (97, 2)
    assert (points[-3]["succeeded"], points[-3]["failed"]) == (0, 1)
    for window, steps in (("week", 28), ("month", 30)):
        stats = (await api.get(f"{WEBHOOKS}/{endpoint.id}/stats", params={"window": window})).json()
        assert (stats["attempts"], len(stats["points"])) == (101, steps)
    nothing = (await api.get(f"{WEBHOOKS}/{(await rows.webhook()).id}/stats")).json()
    assert (nothing["attempts"], nothing["success_rate"], nothing["p99_ms"]) == (0, None, None)


async def test_a_recovery_is_started_once_followed_and_cancelled(api: httpx.AsyncClient, rows: Rows) -> None:
    endpoint = await rows.webhook()
    path = f"{WEBHOOKS}/{endpoint.id}/recoveries"
    asked = {"since": "2026-11-01T00:00:00Z", "filters": {"event_types": ["run.*"], "answers": ["5xx"]}}
    key = {"Idempotency-Key": str(new_id())}
    started = await api.post(path, json=asked, headers=key)
    assert started.status_code == 202, started.text
    assert (await api.post(path, json=asked, headers=key)).json() == started.json()
    (listed,) = (await api.get(path)).json()["items"]
    identity = UUID(listed["id"])
    assert (listed["state"], listed["counted"], listed["filters"]["answers"]) == ("running", None, ["5xx"])
    assert (await api.get(f"{path}/{identity}")).json()["state"] == "running"
    assert (await api.post(f"{path}/{identity}/cancel")).json()["state"] == "cancelled"
    again = await api.post(f"{path}/{identity}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "webhook_recovery_ended")
    refusals = [
        ({"since": "2999-01-01T00:00:00Z"}, "webhook_recovery_range_invalid"),
        ({"since": "2026-11-01T00:00:00"}, "request_invalid"),
        ({"since": "2026-11-01T00:00:00Z", "filters": {"states": ["sending"]}}, "request_invalid"),
        ({"since": "2026-11-01T00:00:00Z", "filters": {"event_types": ["runs.*"]}}, "event_pattern_unknown"),
    ]
    for body, code in refusals:
        assert (await api.post(path, json=body)).json()["code"] == code
