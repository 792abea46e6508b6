"""Service keys over HTTP: what a program may do with one, from where, and for how long."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.core.clock import utc_now
from backend.persistence.repositories.service_keys import ServiceKeyRepository
from backend.services.api_keys import SERVICE_KEY_PREFIX, new_key
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member, set_permissions

KEYS = "/api/v1/service-keys"
RUNS = "/api/v1/runs"
SignIn = Callable[[Person], httpx.AsyncClient]


async def make(client: httpx.AsyncClient, **terms: Any) -> dict[str, Any]:
    response = await client.post(KEYS, json={"name": "Nightly", "scopes": ["runs:read"], **terms})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@asynccontextmanager
async def calling_from(app: FastAPI, address: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://openreg.test") as client:
        yield client


async def test_a_key_opens_its_scopes_and_nothing_else_in_either_header(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    secret = (await make(api))["secret"]
    assert secret.startswith("openreg_svc_")
    for headers in (bearer(secret), {"X-API-Key": secret}):
        assert (await anonymous.get(RUNS, headers=headers)).status_code == 200
        refused = await anonymous.get("/api/v1/reports", headers=headers)
        assert (refused.status_code, refused.json()["permission"]) == (403, "reports:read")


async def test_the_secret_is_shown_once_and_stored_nowhere(api: httpx.AsyncClient, installation: Installation) -> None:
    made = await make(api)
    for answer in (await api.get(f"{KEYS}/{made['id']}"), await api.get(KEYS)):
        assert made["secret"] not in answer.text
        assert "secret" not in answer.json()
    assert made["prefix"] == made["secret"][:16]


async def test_a_mistyped_key_is_refused_without_a_look_into_the_database(
    app: FastAPI, anonymous: httpx.AsyncClient
) -> None:
    await app.state.runtime.database.dispose()

    def no_look(*_: object) -> None:
        raise AssertionError("the database was asked")

    app.state.runtime.system.transaction = no_look
    secret = new_key(SERVICE_KEY_PREFIX)
    wrong = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    for text in (wrong, "openreg_svc_", "openreg_svc_" + "x" * 500):
        response = await anonymous.get(RUNS, headers=bearer(text))
        assert (response.status_code, response.json()["code"]) == (401, "service_key_unknown")
    response = await anonymous.get(RUNS, headers={"X-API-Key": "something else"})
    assert (response.status_code, response.json()["code"]) == (401, "service_key_unknown")


async def test_a_well_formed_key_that_nobody_made_is_refused(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.get(RUNS, headers=bearer(new_key(SERVICE_KEY_PREFIX)))
    assert (response.status_code, response.json()["code"]) == (401, "service_key_unknown")


async def test_a_key_never_does_more_than_its_maker_can_now(
    sign_in: SignIn, anonymous: httpx.AsyncClient, installation: Installation, owner: Person
) -> None:
    permissions = ["service_keys:read", "service_keys:write", "runs:read", "reports:read"]
    maker = await new_member(installation.database, owner.tenant, "acme", "m@example.test", permissions=permissions)
    client = sign_in(maker)
    beyond = await client.post(KEYS, json={"name": "Beyond", "scopes": ["runs:start"]})
    assert (beyond.status_code, beyond.json()["code"]) == (403, "permission_not_held")
    secret = (await make(client, scopes=["runs:read", "reports:read"]))["secret"]
    await set_permissions(installation.database, maker, ["reports:read"])
    assert (await anonymous.get("/api/v1/reports", headers=bearer(secret))).status_code == 200
    assert (await anonymous.get(RUNS, headers=bearer(secret))).status_code == 403
    await sign_in(owner).patch(f"/api/v1/users/{maker.user_id}", json={"is_active": False})
    response = await anonymous.get("/api/v1/reports", headers=bearer(secret))
    assert (response.status_code, response.json()["code"]) == (401, "service_key_refused")


async def test_a_revoked_key_and_an_expired_one_open_nothing(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, installation: Installation, owner: Person
) -> None:
    revoked, expired = await make(api), await make(api, name="Weekly", expires_at=str(utc_now() + timedelta(days=1)))
    assert (await anonymous.get(RUNS, headers=bearer(expired["secret"]))).status_code == 200
    assert (await api.delete(f"{KEYS}/{revoked['id']}")).status_code == 204
    async with installation.database.transaction(owner.tenant) as session:
        key = await ServiceKeyRepository(session, owner.tenant).find(expired["id"])
        assert key is not None
        key.expires_at = utc_now() - timedelta(seconds=1)
    for one in (revoked, expired):
        response = await anonymous.get(RUNS, headers=bearer(one["secret"]))
        assert (response.status_code, response.json()["code"]) == (401, "service_key_refused")
    states = {one["name"]: one["state"] for one in (await api.get(KEYS)).json()["items"]}
    assert states == {"Nightly": "revoked", "Weekly": "expired"}
    for answer in (
        await api.delete(f"{KEYS}/{revoked['id']}"),
        await api.post(f"{KEYS}/{revoked['id']}/rotate", json={}),
        await api.patch(f"{KEYS}/{revoked['id']}", json={"name": "x"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "service_key_closed")
    assert (await make(api))["name"] == "Nightly", "the name of a revoked key is free"


async def test_a_rotated_key_and_the_one_before_work_side_by_side_for_as_long_as_was_said(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, installation: Installation, owner: Person
) -> None:
    made = await make(api)
    rotated = (await api.post(f"{KEYS}/{made['id']}/rotate", json={})).json()
    assert rotated["secret"] != made["secret"]
    for secret in (made["secret"], rotated["secret"]):
        assert (await anonymous.get(RUNS, headers=bearer(secret))).status_code == 200
    async with installation.database.transaction(owner.tenant) as session:
        key = await ServiceKeyRepository(session, owner.tenant).find(made["id"])
        assert key is not None
        assert key.previous_until is not None
        assert timedelta(hours=23, minutes=59) < key.previous_until - utc_now() <= timedelta(hours=24)
        key.previous_until = utc_now() - timedelta(seconds=1)
    assert (await anonymous.get(RUNS, headers=bearer(made["secret"]))).json()["code"] == "service_key_refused"
    assert (await anonymous.get(RUNS, headers=bearer(rotated["secret"]))).status_code == 200
    at_once = (await api.post(f"{KEYS}/{made['id']}/rotate", json={"overlap_hours": 0})).json()
    assert (await anonymous.get(RUNS, headers=bearer(rotated["secret"]))).json()["code"] == "service_key_unknown"
    assert (await anonymous.get(RUNS, headers=bearer(at_once["secret"]))).status_code == 200
    for hours in (-1, 169):
        response = await api.post(f"{KEYS}/{made['id']}/rotate", json={"overlap_hours": hours})
        assert response.status_code == 422


async def test_nobody_is_given_the_secret_of_a_key_that_acts_for_somebody_else(
    api: httpx.AsyncClient, sign_in: SignIn, installation: Installation, owner: Person
) -> None:
    made = await make(api)
    other = sign_in(await new_member(installation.database, owner.tenant, "acme", "second@example.test"))
    response = await other.post(f"{KEYS}/{made['id']}/rotate", json={})
    assert (response.status_code, response.json()["code"]) == (403, "service_key_of_another")
    assert (await other.delete(f"{KEYS}/{made['id']}")).status_code == 204


async def test_a_key_is_used_from_its_networks_only(api: httpx.AsyncClient, app: FastAPI) -> None:
    secret = (await make(api, networks=["192.0.2.0/24", "2001:db8::/32"]))["secret"]
    for address, status in (("192.0.2.9", 200), ("::ffff:192.0.2.9", 200), ("2001:db8::5", 200), ("192.0.3.9", 403)):
        async with calling_from(app, address) as client:
            response = await client.get(RUNS, headers=bearer(secret))
            assert response.status_code == status, address
    assert response.json()["code"] == "service_key_out_of_place"


async def test_its_use_is_noted_but_not_with_every_call(
    api: httpx.AsyncClient, app: FastAPI, installation: Installation, owner: Person
) -> None:
    made = await make(api)
    async with calling_from(app, "192.0.2.9") as client:
        await client.get(RUNS, headers=bearer(made["secret"]))
    first = (await api.get(f"{KEYS}/{made['id']}")).json()
    assert first["last_used_address"] == "192.0.2.9"
    async with calling_from(app, "192.0.2.10") as client:
        await client.get(RUNS, headers=bearer(made["secret"]))
    assert (await api.get(f"{KEYS}/{made['id']}")).json() == first
    async with installation.database.transaction(owner.tenant) as session:
        key = await ServiceKeyRepository(session, owner.tenant).find(made["id"])
        assert key is not None
        key.last_used_at = utc_now() - timedelta(seconds=61)
    async with calling_from(app, "192.0.2.10") as client:
        await client.get(RUNS, headers=bearer(made["secret"]))
    assert (await api.get(f"{KEYS}/{made['id']}")).json()["last_used_address"] == "192.0.2.10"


async def test_a_key_is_changed_by_whoever_has_seen_its_state(api: httpx.AsyncClient) -> None:
    made = await make(api, expires_at=str(utc_now() + timedelta(days=1)))
    address = f"{KEYS}/{made['id']}"
    etag = (await api.get(address)).headers["etag"]
    changes = {"name": "Weekly", "scopes": ["reports:read"], "networks": ["192.0.2.7/24"], "expires_at": None}
    changed = await api.patch(address, json=changes, headers={"If-Match": etag})
    assert changed.status_code == 200, changed.text
    shown = changed.json()
    assert (shown["name"], shown["scopes"], shown["networks"]) == ("Weekly", ["reports:read"], ["192.0.2.0/24"])
    assert shown["expires_at"] is None
    assert (await api.patch(address, json={"name": "x"}, headers={"If-Match": etag})).status_code == 412


@pytest.mark.parametrize(
    ("terms", "status", "code"),
    [
        ({"scopes": ["runs:fly"]}, 422, "permission_unknown"),
        ({"scopes": ["*"]}, 422, "permission_unknown"),
        ({"scopes": []}, 422, "request_invalid"),
        ({"networks": ["everywhere"]}, 422, "network_invalid"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "expiry_in_the_past"),
        ({"expires_at": "2999-01-01T00:00:00"}, 422, "request_invalid"),
        ({"name": ""}, 422, "request_invalid"),
        ({"name": "Taken"}, 409, "service_key_name_taken"),
    ],
    ids=str,
)
async def test_a_key_that_makes_no_sense_is_refused(
    api: httpx.AsyncClient, terms: dict[str, Any], status: int, code: str
) -> None:
    await make(api, name="Taken")
    response = await api.post(KEYS, json={"name": "Nightly", "scopes": ["runs:read"], **terms})
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_the_trail_names_the_key_that_acted(api: httpx.AsyncClient, anonymous: httpx.AsyncClient) -> None:
    secret = (await make(api, scopes=["roles:read", "roles:write"]))["secret"]
    made = await anonymous.post("/api/v1/roles", json={"name": "By a program"}, headers=bearer(secret))
    assert made.status_code == 201, made.text
    items = (await api.get("/api/v1/audit-entries", params={"action": "role.created"})).json()["items"]
    assert (items[0]["actor_kind"], items[0]["actor_label"]) == ("service_key", "Nightly")
    assert secret not in (await api.get("/api/v1/audit-entries")).text
