"""How an endpoint is reached: kept sealed, never shown again, judged when it is saved, written into the trail."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.persistence.models.audit import AuditEntry
from backend.persistence.models.webhook import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from backend.services.webhook_drain import WebhookDrain
from backend.services.webhook_outcomes import PROXY_WAIT
from backend.services.webhook_sender import WebhookSender
from tests.factories.certificates import Authority
from tests.factories.installation import Installation
from tests.factories.receiver import listening
from tests.factories.rows import Rows

HOOKS = "/api/v1/webhooks"
HOOK = {"url": "http://127.0.0.1:8999/hook", "event_types": ["*"]}
BASIC = {"kind": "basic", "username": "us", "password": "word-one"}
OAUTH2 = {
    "kind": "oauth2",
    "token_url": "http://127.0.0.1:8999/token?key=word-five",
    "client_id": "us",
    "client_secret": "word-two",
}
AUTHORITY = Authority("House authority")
OWN = AUTHORITY.issue(name="openreg")
CERTIFICATE = {"certificate": OWN.certificate, "private_key": OWN.private_key}
SECRETS = ("word-one", "word-two", "word-three", OWN.private_key.splitlines()[1])


async def made(api: httpx.AsyncClient, **access: Any) -> dict[str, Any]:
    response = await api.post(HOOKS, json={**HOOK, "access": access})
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_secrets_go_in_sealed_and_never_come_out(api: httpx.AsyncClient, rows: Rows) -> None:
    created = await made(
        api,
        headers={"X-Key": "word-three"},
        authentication=OAUTH2,
        ca_certificates=AUTHORITY.certificate,
        client_certificate=CERTIFICATE,
    )
    address = f"{HOOKS}/{created['id']}"
    changed = await api.patch(address, json={"access": {"authentication": BASIC}})
    answers = [json.dumps(created), changed.text, (await api.get(address)).text, (await api.get(HOOKS)).text]
    async with rows.database.transaction(rows.person.tenant) as session:
        trail = (await session.scalars(select(AuditEntry).where(AuditEntry.subject_id == created["id"]))).all()
        stored = await session.get_one(WebhookEndpoint, created["id"])
    told = "".join(f"{one.before}{one.after}" for one in trail)
    for secret in SECRETS:
        assert not [one for one in (*answers, told, json.dumps(stored.access)) if secret in one], secret
        assert secret.encode() not in (stored.access_secrets or b"")
    assert "word-five" not in told
    assert len(trail) == 2
    assert told.count('"access_secrets"') == 2, "the trail says that they are others"
    shown = (await api.get(address)).json()["access"]
    assert shown["header_names"] == ["X-Key"]
    assert shown["authentication"] == {
        "kind": "basic",
        "username": "us",
        **dict.fromkeys(("token_url", "client_id", "scope", "sent_in")),
    }
    assert [one["subject"] for one in shown["ca_certificates"]] == ["CN=House authority"]
    assert datetime.fromisoformat(shown["client_certificate"]["expires_at"]) > datetime.now(UTC)
    opened = rows.box.open(stored.access_secrets or b"")
    assert opened["headers"] == {"X-Key": "word-three"}
    assert opened["authentication"] == BASIC


async def test_what_is_left_out_stays_and_null_takes_away(api: httpx.AsyncClient, rows: Rows) -> None:
    created = await made(api, headers={"X-Key": "1", "X-Other": "2"}, authentication=BASIC)
    address = f"{HOOKS}/{created['id']}"
    kept = await api.patch(address, json={"description": "other", "access": {"headers": {"x-key": None}}})
    assert kept.json()["access"] == {**created["access"], "header_names": ["X-Other"]}
    nothing = await api.patch(address, json={"access": {"headers": {"X-Other": None}, "authentication": None}})
    assert nothing.json()["access"]["header_names"] == []
    assert (await rows.fresh(WebhookEndpoint, created["id"])).access_secrets is None


@pytest.mark.parametrize(
    ("access", "code", "pointer"),
    [
        ({"headers": {"Host": "word-one"}}, "request_invalid", "headers"),
        ({"headers": {"X-Key": "word-one\r\nX: 1"}}, "request_invalid", "headers"),
        ({"authentication": {**BASIC, "username": "a:b"}}, "request_invalid", "username"),
        ({"authentication": {**OAUTH2, "token_url": "https://10.0.0.1/token"}}, "egress_refused", None),
        ({"authentication": {**OAUTH2, "token_url": "https://us:word-one@8.8.8.8/"}}, "egress_refused", None),
        ({"authentication": BASIC, "headers": {"Authorization": "word-one"}}, "webhook_access_invalid", None),
        ({"ca_certificates": "word-one"}, "request_invalid", "ca_certificates"),
        ({"client_certificate": {**CERTIFICATE, "private_key": "word-one"}}, "request_invalid", "client_certificate"),
        ({"verify": False}, "request_invalid", "verify"),
    ],
    ids=(
        *("ours", "two lines", "user name", "private token endpoint", "user in token URL", "two authorizations"),
        *("no certificate", "no key", "unverified"),
    ),
)
async def test_what_cannot_be_is_refused_without_repeating_it(
    api: httpx.AsyncClient, rows: Rows, access: dict[str, Any], code: str, pointer: str | None
) -> None:
    created = await made(api)
    for answer in (
        await api.post(HOOKS, json={**HOOK, "access": access}),
        await api.patch(f"{HOOKS}/{created['id']}", json={"access": access}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
        assert "word-one" not in answer.text
        assert pointer is None or any(pointer in one["pointer"] for one in answer.json()["errors"]), answer.text
    assert (await rows.fresh(WebhookEndpoint, created["id"])).access_secrets is None


async def test_kept_secrets_are_not_sent_to_a_host_they_were_not_given_for(api: httpx.AsyncClient) -> None:
    created = await made(api, headers={"X-Key": "word-one"})
    address = f"{HOOKS}/{created['id']}"
    for url in ("http://127.0.0.1:9000/hook", "https://127.0.0.1:8999/hook", "https://8.8.8.8/hook"):
        moved = await api.patch(address, json={"url": url})
        assert (moved.status_code, moved.json()["code"]) == (409, "webhook_secrets_stay"), moved.text
    assert (await api.patch(address, json={"url": "http://127.0.0.1:8999/other"})).status_code == 200
    with_it = {"url": "http://127.0.0.1:9000/hook", "access": {"headers": {"X-Key": "word-two"}}}
    assert (await api.patch(address, json=with_it)).status_code == 200


async def test_the_drain_sends_what_is_kept_and_nothing_when_it_cannot_be_read(
    api: httpx.AsyncClient, rows: Rows, installation: Installation
) -> None:
    async with listening() as receiver, WebhookSender(installation.adapters.egress_public_web) as sender:
        drain = WebhookDrain(installation.database, installation.box, sender, utc_now)
        access = {"headers": {"X-Key": "word-three"}, "authentication": BASIC}
        endpoint = (await api.post(HOOKS, json={**HOOK, "url": receiver.url, "access": access})).json()
        ping = await api.post(f"{HOOKS}/{endpoint['id']}/ping")
        await drain.drain(rows.person.tenant)
        (request,) = receiver.received
        assert (request.headers["x-key"], request.headers["authorization"][:6]) == ("word-three", "Basic ")
        async with rows.database.transaction(rows.person.tenant) as session:
            (await session.get_one(WebhookEndpoint, endpoint["id"])).access_secrets = b"sealed by nobody"
        again = await api.post(f"{HOOKS}/{endpoint['id']}/ping")
        await drain.drain(rows.person.tenant)
        assert len(receiver.received) == 1
    async with rows.database.transaction(rows.person.tenant) as session:
        attempts = {one.delivery_id: one for one in (await session.scalars(select(WebhookAttempt))).all()}
    assert len({ping.json()["id"], again.json()["id"]}) == 2
    assert [one.error["code"] for one in attempts.values() if one.error] == ["secret_unreadable"]


async def test_a_proxy_that_fails_uses_up_no_attempt_and_is_no_mark_against_the_endpoint(
    rows: Rows, installation: Installation
) -> None:
    endpoint = await rows.webhook("https://8.8.8.8/hook")
    delivery = await rows.webhook_delivery(endpoint, created_at=utc_now())
    guard = installation.adapters.egress_public_web
    async with WebhookSender(guard, proxy_url="http://127.0.0.1:9") as sender:
        drain = WebhookDrain(installation.database, installation.box, sender, utc_now)
        for _ in range(12):
            await drain.drain(rows.person.tenant)
            async with rows.database.transaction(rows.person.tenant) as session:
                stored = await session.get_one(WebhookDelivery, delivery.id)
                waits = stored.next_attempt_at - utc_now()
                stored.next_attempt_at = utc_now()
    assert (stored.state, stored.attempts - stored.attempts_before) == ("retrying", 0)
    assert stored.attempts == 12
    assert waits > PROXY_WAIT / 2
    kept = await rows.fresh(WebhookEndpoint, endpoint.id)
    assert (kept.is_active, kept.health.consecutive_failures, kept.failing_told_at) == (True, 0, None)
    async with rows.database.transaction(rows.person.tenant) as session:
        attempts = (await session.scalars(select(WebhookAttempt))).all()
    assert {one.error["code"] for one in attempts if one.error} == {"webhook_proxy_failed"}
