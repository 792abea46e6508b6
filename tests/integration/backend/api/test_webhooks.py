"""Webhook endpoints: kept, listed, switched off; the secret is shown once and a private address never accepted."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from backend.config import load_settings
from backend.domain.webhooks import WebhookEventType
from backend.main import create_app
from backend.persistence.models.webhook import WebhookEndpoint
from tests.factories.rows import Rows

ALIASES = ["/api/v1/webhooks", "/webhooks"]
HOOK = {"url": "http://127.0.0.1:8999/hook", "event_types": ["run.*", "artifact.created"], "description": "partner"}


@pytest.fixture(params=ALIASES)
def path(request: pytest.FixtureRequest) -> str:
    """Both addresses of the same routes."""
    return str(request.param)


async def count(rows: Rows) -> int:
    async with rows.database.transaction(rows.person.tenant) as session:
        return int(await session.scalar(select(func.count()).select_from(WebhookEndpoint)) or 0)


async def test_an_endpoint_is_created_and_its_secret_is_never_seen_again(
    api: httpx.AsyncClient, rows: Rows, path: str
) -> None:
    created = await api.post(path, json=HOOK)
    assert created.status_code == 201, created.text
    answer: dict[str, Any] = created.json()
    secret = answer.pop("secret")
    assert len(b64decode(secret.removeprefix("whsec_"))) == 32
    assert answer["is_active"] is True
    assert {name: answer[name] for name in HOOK} == HOOK
    for other in ALIASES:
        assert (await api.get(f"{other}/{answer['id']}")).json() == answer
        assert (await api.get(other)).json()["items"] == [answer]
    stored = await rows.fresh(WebhookEndpoint, answer["id"])
    assert secret.encode() not in stored.secrets
    assert rows.box.open(stored.secrets) == {"current": secret}


async def test_two_endpoints_never_share_a_secret(api: httpx.AsyncClient) -> None:
    secrets = {(await api.post(ALIASES[0], json=HOOK)).json()["secret"] for _ in range(3)}
    assert len(secrets) == 3


async def test_an_endpoint_that_is_removed_stays_visible_with_its_log(
    api: httpx.AsyncClient, rows: Rows, path: str
) -> None:
    endpoint = await rows.webhook()
    delivery = await rows.webhook_delivery(endpoint, state="delivered", attempts=1, last_status=204)
    assert (await api.delete(f"{path}/{endpoint.id}")).status_code == 204
    shown = (await api.get(f"{path}/{endpoint.id}")).json()
    assert (shown["is_active"], shown["disabled_reason"]) == (False, "removed")
    (logged,) = (await api.get(f"{path}/{endpoint.id}/deliveries")).json()["items"]
    assert logged["id"] == str(delivery.id)
    assert (logged["event_type"], logged["state"], logged["attempts"], logged["last_status"]) == (
        "openreg.ping",
        "delivered",
        1,
        204,
    )
    assert (await api.delete(f"{path}/{endpoint.id}")).status_code == 204, "removing twice is no fault"


async def test_every_event_type_is_named(api: httpx.AsyncClient, path: str) -> None:
    assert (await api.get(f"{path}/event-types")).json()["items"] == [one.value for one in WebhookEventType]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"event_types": ["run.finished"]}, "event_pattern_unknown"),
        ({"event_types": ["runs.*"]}, "event_pattern_unknown"),
        ({"event_types": []}, "request_invalid"),
        ({"url": ""}, "egress_refused"),
        ({"url": "not a url"}, "egress_refused"),
        ({"url": "ftp://partner.example/hook"}, "egress_refused"),
        ({"url": "https://user:pw@partner.example/hook"}, "egress_refused"),
        ({"url": "https://partner.example/" + "x" * 2000}, "request_invalid"),
        ({"secret": "whsec_mine"}, "request_invalid"),
    ],
    ids=str,
)
async def test_what_cannot_be_called_is_refused_and_not_stored(
    api: httpx.AsyncClient, rows: Rows, changes: dict[str, Any], code: str
) -> None:
    response = await api.post(ALIASES[0], json={**HOOK, **changes})
    assert (response.status_code, response.json()["code"]) == (422, code), response.text
    assert await count(rows) == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook",
        "https://10.0.0.5/hook",
        "https://192.168.1.1/hook",
        "https://172.16.0.1/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://0.0.0.0/hook",
        "https://[::1]/hook",
        "https://[::ffff:127.0.0.1]/hook",
        "https://[fd00::1]/hook",
        "https://localhost/hook",
        "https://2130706433/hook",
        "https://0x7f000001/hook",
        "https://017700000001/hook",
        "https://127.1/hook",
    ],
)
async def test_an_address_inside_the_network_is_refused_unless_it_is_listed(
    environment: dict[str, str], api: httpx.AsyncClient, rows: Rows, url: str
) -> None:
    app = create_app(load_settings({**environment, "EGRESS_ALLOWED_NETWORKS": ""}))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=api.headers) as client:
            response = await client.post(ALIASES[0], json={**HOOK, "url": url})
    assert response.status_code == 422, response.text
    assert response.json()["code"] in {"egress_refused", "name_not_resolved"}
    assert await count(rows) == 0


async def test_plain_http_needs_a_listed_network(environment: dict[str, str], api: httpx.AsyncClient) -> None:
    app = create_app(load_settings({**environment, "EGRESS_ALLOWED_NETWORKS": ""}))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=api.headers) as client:
            response = await client.post(ALIASES[0], json={**HOOK, "url": "http://8.8.8.8/hook"})
    assert (response.status_code, response.json()["code"]) == (422, "egress_refused")
    assert "https" in response.json()["fix"]
