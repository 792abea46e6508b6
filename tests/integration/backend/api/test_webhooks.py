"""Webhook endpoints: kept, listed, switched off; the secret is shown once and a private address never accepted."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import func, select

from backend.config import load_settings
from backend.domain.webhooks import MAX_ENDPOINTS, WebhookEventType
from backend.main import create_app
from backend.persistence.models.webhook import WebhookDelivery, WebhookEndpoint
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


async def test_the_catalogue_has_every_event_with_its_schema_and_a_sample_that_fits(
    api: httpx.AsyncClient, path: str
) -> None:
    items = (await api.get(f"{path}/event-types")).json()["items"]
    names = [one["type"] for one in items]
    assert names == [one.value for one in WebhookEventType if one.family != "sync"], "nothing announces sync.* yet"
    for one in items:
        Draft202012Validator.check_schema(one["schema"])
        validator = Draft202012Validator(one["schema"])
        validator.validate(one["sample"])
        assert (one["sample"]["type"], one["family"]) == (one["type"], one["type"].partition(".")[0])
        assert not validator.is_valid({**one["sample"], "data": {}})
        assert not validator.is_valid({**one["sample"], "type": "openreg.pong"})
        assert one["description"].endswith(".")


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


async def made(api: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    response = await api.post(ALIASES[0], json={**HOOK, **changes})
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_an_endpoint_is_changed_in_what_is_named_and_by_whom_has_seen_it(
    api: httpx.AsyncClient, rows: Rows, path: str
) -> None:
    created = await made(api, allowed_addresses=["127.0.0.0/8"], timeout_seconds=3)
    seen = await api.get(f"{path}/{created['id']}")
    report = str((await rows.report()).id)
    changes = {"report_ids": [report], "event_types": ["*"], "url": "http://127.0.0.1:8999/other"}
    changed = await api.patch(f"{path}/{created['id']}", json=changes, headers={"If-Match": seen.headers["ETag"]})
    assert changed.status_code == 200, changed.text
    assert changed.json() == {**seen.json(), **changes}
    assert changed.headers["ETag"] != seen.headers["ETag"]
    late = await api.patch(f"{path}/{created['id']}", json={}, headers={"If-Match": seen.headers["ETag"]})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"event_types": ["runs.*"]}, "event_pattern_unknown"),
        ({"url": "https://10.0.0.5/hook"}, "egress_refused"),
        ({"allowed_addresses": ["203.0.113.0/24"]}, "egress_refused"),
        ({"allowed_addresses": ["300.1.1.1"]}, "request_invalid"),
        ({"allowed_addresses": ["127.0.0.1/8"]}, "request_invalid"),
        ({"timeout_seconds": 31}, "request_invalid"),
        ({"secrets": "mine"}, "request_invalid"),
    ],
    ids=str,
)
async def test_a_change_that_cannot_be_is_refused_and_nothing_changes(
    environment: dict[str, str], api: httpx.AsyncClient, changes: dict[str, Any], code: str
) -> None:
    created = await made(api)
    app = create_app(load_settings({**environment, "EGRESS_ALLOWED_NETWORKS": "127.0.0.0/8"}))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=api.headers) as client:
            response = await client.patch(f"{ALIASES[0]}/{created['id']}", json=changes)
            assert (response.status_code, response.json()["code"]) == (422, code), response.text
    del created["secret"]
    assert (await api.get(f"{ALIASES[0]}/{created['id']}")).json() == created


async def test_secrets_are_replaced_with_an_overlap_and_revoked(api: httpx.AsyncClient, rows: Rows, path: str) -> None:
    created = await made(api)
    address = f"{path}/{created['id']}"
    rotated = (await api.post(f"{address}/rotate-secret", json={"overlap_hours": 2})).json()
    assert rotated["secret"] not in {"", created["secret"]}
    shown = (await api.get(address)).json()
    assert shown["former_secrets_until"] == rotated["former_secrets_until"] is not None
    stored = await rows.fresh(WebhookEndpoint, created["id"])
    opened = rows.box.open(stored.secrets)
    assert opened["current"] == rotated["secret"]
    assert opened["former"] == [
        [created["secret"], datetime.fromisoformat(rotated["former_secrets_until"]).isoformat()]
    ]
    revoked = await api.post(f"{address}/revoke-former-secrets")
    assert revoked.json()["former_secrets_until"] is None
    assert rows.box.open((await rows.fresh(WebhookEndpoint, created["id"])).secrets) == {"current": rotated["secret"]}
    too_long = await api.post(f"{address}/rotate-secret", json={"overlap_hours": 169})
    assert too_long.status_code == 422


async def test_a_key_pair_shows_its_public_half_only(api: httpx.AsyncClient, path: str) -> None:
    address = f"{path}/{(await made(api))['id']}"
    first = (await api.put(f"{address}/key-pair")).json()["public_key"]
    assert len(b64decode(first.removeprefix("whpk_"))) == 32
    response = await api.get(address)
    assert response.json()["public_key"] == first
    assert "whsk_" not in response.text
    assert (await api.delete(f"{address}/key-pair")).status_code == 204
    assert (await api.get(address)).json()["public_key"] is None


async def test_a_ping_goes_to_this_endpoint_alone_and_is_sent_again_when_asked(
    api: httpx.AsyncClient, rows: Rows, path: str
) -> None:
    created, other = await made(api, event_types=["run.*"]), await made(api)
    pinged = await api.post(f"{path}/{created['id']}/ping")
    assert pinged.status_code == 202, pinged.text
    delivery = pinged.json()
    assert (delivery["event_type"], delivery["state"], delivery["log"]) == ("openreg.ping", "pending", [])
    assert (await api.get(f"{path}/{other['id']}/deliveries")).json()["items"] == []
    address = f"{path}/{created['id']}/deliveries/{delivery['id']}"
    stored = await rows.fresh(WebhookDelivery, delivery["id"])
    async with rows.database.transaction(rows.person.tenant) as session:
        one = await session.get_one(WebhookDelivery, stored.id)
        one.state, one.attempts, one.finished_at = "failed", 10, one.created_at
    again = (await api.post(f"{address}/resend")).json()
    assert (again["id"], again["event_id"], again["state"]) == (delivery["id"], delivery["event_id"], "pending")
    fresh = await rows.fresh(WebhookDelivery, delivery["id"])
    assert (fresh.attempts_before, fresh.finished_at) == (10, None)
    elsewhere = await api.get(f"{path}/{other['id']}/deliveries/{delivery['id']}")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "webhook_delivery_not_found")


async def test_nothing_is_sent_to_an_endpoint_that_is_off_until_it_is_switched_on(
    api: httpx.AsyncClient, path: str
) -> None:
    address = f"{path}/{(await made(api))['id']}"
    await api.delete(address)
    off = await api.post(f"{address}/ping")
    assert (off.status_code, off.json()["code"]) == (409, "webhook_is_off")
    on = await api.post(f"{address}/switch-on")
    assert (on.json()["is_active"], on.json()["disabled_reason"]) == (True, None)
    assert (await api.post(f"{address}/ping")).status_code == 202


async def test_a_tenant_has_so_many_endpoints_and_no_more(api: httpx.AsyncClient) -> None:
    made_ones = [await made(api) for _ in range(MAX_ENDPOINTS)]
    refused = await api.post(ALIASES[0], json=HOOK)
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook_limit_reached")
    await api.delete(f"{ALIASES[0]}/{made_ones[0]['id']}")
    await made(api)
    back = await api.post(f"{ALIASES[0]}/{made_ones[0]['id']}/switch-on")
    assert (back.status_code, back.json()["code"]) == (409, "webhook_limit_reached")


async def test_regimes_are_kept_changed_and_known(api: httpx.AsyncClient) -> None:
    made = await api.post(ALIASES[0], json={**HOOK, "regimes": ["mifir-rts22"]})
    assert made.json()["regimes"] == ["mifir-rts22"]
    one = f"{ALIASES[0]}/{made.json()['id']}"
    etag = (await api.get(one)).headers["etag"]
    unknown = await api.patch(one, json={"regimes": ["mifir-rts23"]}, headers={"If-Match": etag})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "pack_not_found")
    assert (await api.post(ALIASES[0], json={**HOOK, "regimes": ["mifir-rts23"]})).status_code == 404
    changed = await api.patch(one, json={"regimes": []}, headers={"If-Match": etag})
    assert changed.json()["regimes"] == []
