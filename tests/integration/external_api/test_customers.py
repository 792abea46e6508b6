"""Customers help themselves: sign-up to the first call, passwords, sessions, team, keys, and the end."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.core.clock import utc_now
from backend.persistence.models.customer import CustomerUser
from tests.factories.customer_rows import ALL_SCOPES, CustomerRows
from tests.factories.installation import Installation
from tests.factories.mails import mails_to, token_in
from tests.factories.people import PASSWORD, Person
from tests.factories.portal import CSRF, CUSTOMERS, bearer, sign_up, signed_in
from tests.integration.external_api.test_keys import KEY, _until_answer

EMAIL = "rita@reader.example"
OTHER_PASSWORD = "glacier-ochre-violin-42"


async def drained(external: FastAPI) -> None:
    await external.state.runtime.afterwards.drain()


async def post(client: httpx.AsyncClient, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    return await client.post(f"{CUSTOMERS}{path}", json=body, headers=headers)


async def link_to(installation: Installation, owner: Person, email: str) -> str:
    return token_in((await mails_to(installation, owner.tenant, email))[0])


async def test_from_sign_up_to_the_first_call(
    reader: httpx.AsyncClient, installation: Installation, owner: Person, customers: CustomerRows
) -> None:
    await customers.plan(key="free", is_default=True)
    assert (await sign_up(reader, EMAIL)).status_code == 202
    early = await post(reader, "/sign-in", {"email": EMAIL, "password": PASSWORD})
    assert (early.status_code, early.json()["code"]) == (403, "email_not_verified")
    token = await link_to(installation, owner, EMAIL)
    verified = await post(reader, "/verify", {"token": token, "password": PASSWORD})
    assert verified.status_code == 200, verified.text
    again = await post(reader, "/verify", {"token": token, "password": PASSWORD})
    assert (again.status_code, again.json()["code"]) == (404, "customer_link_not_valid")
    headers = bearer(verified.json()["access_token"])
    account = (await reader.get(f"{CUSTOMERS}/account", headers=headers)).json()
    assert (account["company"], account["role"], account["plan"]["key"]) == ("Reader Ltd", "owner", "free")
    terms = {"name": "First", "scopes": ["usage:read"]}
    made = await reader.post(f"{CUSTOMERS}/keys", json=terms, headers={**headers, "Idempotency-Key": "one"})
    assert made.status_code == 201, made.text
    repeated = await reader.post(f"{CUSTOMERS}/keys", json=terms, headers={**headers, "Idempotency-Key": "one"})
    assert repeated.json() == made.json()
    secret = made.json()["secret"]
    assert secret.startswith("openreg_live_")
    assert (await reader.get(KEY, headers=bearer(secret))).json()["scopes"] == ["usage:read"]
    listed = await reader.get(f"{CUSTOMERS}/keys", headers=headers)
    assert secret not in listed.text
    assert [one["last_four"] for one in listed.json()["items"]] == [secret[-4:]]


async def test_nobody_learns_whether_an_address_is_known(
    external: FastAPI, reader: httpx.AsyncClient, installation: Installation, owner: Person, customers: CustomerRows
) -> None:
    known = await customers.user(await customers.customer())
    nobody = "nobody@reader.example"
    pairs = [(await sign_up(reader, known.email), await sign_up(reader, "new@reader.example"))]
    for path, more in (("/forgot-password", {}), ("/sign-in", {"password": "wrong horse battery"})):
        pairs.append(
            (
                await post(reader, path, {"email": known.email, **more}),
                await post(reader, path, {"email": nobody, **more}),
            )
        )
    for of_known, of_unknown in pairs:
        assert of_known.status_code == of_unknown.status_code
        assert {**of_known.json(), "request_id": 0} == {**of_unknown.json(), "request_id": 0}
    await drained(external)
    mails = await mails_to(installation, owner.tenant, known.email)
    assert any("has an account" in one for one in mails)
    assert await mails_to(installation, owner.tenant, "nobody@reader.example") == []


async def test_a_stranger_who_signs_up_with_an_address_opens_nothing_with_its_owners_click(
    reader: httpx.AsyncClient, installation: Installation, owner: Person
) -> None:
    await sign_up(reader, EMAIL, password=OTHER_PASSWORD)
    await sign_up(reader, EMAIL)
    assert len(await mails_to(installation, owner.tenant, EMAIL)) == 2
    newest, oldest = [token_in(one) for one in await mails_to(installation, owner.tenant, EMAIL)]
    for token, password in ((oldest, OTHER_PASSWORD), (oldest, PASSWORD), (newest, OTHER_PASSWORD)):
        refused = await post(reader, "/verify", {"token": token, "password": password})
        assert (refused.status_code, refused.json()["code"]) == (404, "customer_link_not_valid")
    assert (await post(reader, "/verify", {"token": newest, "password": PASSWORD})).status_code == 200


async def test_one_address_is_not_mailed_without_end(
    reader: httpx.AsyncClient, installation: Installation, owner: Person
) -> None:
    for _ in range(5):
        assert (await sign_up(reader, EMAIL)).status_code == 202
    assert len(await mails_to(installation, owner.tenant, EMAIL)) == 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"email": "not an address"}, "email_address_invalid"),
        ({"password": "password1234"}, "password_too_weak"),
        ({"company": ""}, "request_invalid"),
    ],
)
@pytest.mark.usefixtures("owner")
async def test_a_sign_up_that_cannot_be_is_refused(
    reader: httpx.AsyncClient, change: dict[str, str], code: str
) -> None:
    answer = await sign_up(reader, **{"email": EMAIL, **change})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_forgotten_password_is_replaced_and_every_session_ends(
    external: FastAPI, reader: httpx.AsyncClient, installation: Installation, customers: CustomerRows, owner: Person
) -> None:
    user = await customers.user(await customers.customer(), email=EMAIL)
    headers = await signed_in(external, customers.tenant, user)
    assert (await post(reader, "/forgot-password", {"email": EMAIL})).status_code == 202
    await drained(external)
    token = await link_to(installation, owner, EMAIL)
    body = {"token": token, "password": OTHER_PASSWORD}
    assert (await post(reader, "/reset-password", body)).status_code == 204
    assert (await post(reader, "/reset-password", body)).status_code == 404
    assert (await reader.get(f"{CUSTOMERS}/account", headers=headers)).status_code == 401
    assert (await post(reader, "/sign-in", {"email": EMAIL, "password": PASSWORD})).status_code == 401
    assert (await post(reader, "/sign-in", {"email": EMAIL.upper(), "password": OTHER_PASSWORD})).status_code == 200


async def test_a_session_is_renewed_by_its_cookie_and_a_stolen_one_ends(
    reader: httpx.AsyncClient, customers: CustomerRows
) -> None:
    await customers.user(await customers.customer(), email=EMAIL)
    first = await post(reader, "/sign-in", {"email": EMAIL, "password": PASSWORD})
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    reader.cookies.clear()
    value = cookie.partition("=")[2].partition(";")[0]
    reader.cookies.set("openreg_customer_session", value)
    assert (await post(reader, "/refresh", {})).json()["code"] == "csrf_header_missing"
    renewed = await post(reader, "/refresh", {}, **CSRF)
    assert renewed.status_code == 200, renewed.text
    foreign = await post(reader, "/refresh", {}, **CSRF, origin="https://evil.example")
    assert foreign.json()["code"] == "foreign_page"
    assert (await post(reader, "/sign-out", {}, **CSRF)).status_code == 204
    token = bearer(renewed.json()["access_token"])
    assert (await reader.get(f"{CUSTOMERS}/account", headers=token)).status_code == 401
    reader.cookies.set("openreg_customer_session", value)
    assert (await post(reader, "/refresh", {}, **CSRF)).json()["code"] == "session_ended"


async def test_a_token_of_staff_is_none_of_a_customer(reader: httpx.AsyncClient, owner: Person, signer: Any) -> None:
    token = signer.sign(subject=owner.user_id, tenant=owner.tenant, session=owner.session_id, now=utc_now())
    assert (await reader.get(f"{CUSTOMERS}/account", headers=bearer(token))).json()["code"] == "token_invalid"


async def test_roles_decide_who_may_do_what(
    external: FastAPI, reader: httpx.AsyncClient, customers: CustomerRows
) -> None:
    customer = await customers.customer()
    key = {"name": "K", "scopes": ["rules:read"]}
    invite = {"email": "x@reader.example", "role": "viewer"}
    may: dict[str, set[str]] = {
        "owner": {"key", "invite", "rename", "owner"},
        "admin": {"key", "invite", "rename"},
        "developer": {"key"},
        "billing": set(),
        "viewer": set(),
    }
    for role, allowed in may.items():
        headers = await signed_in(external, customers.tenant, await customers.user(customer, role=role))
        calls = {
            "key": ("POST", "/keys", {**key, "name": role}),
            "invite": ("POST", "/team/invitations", {**invite, "email": f"{role}@reader.example"}),
            "owner": ("POST", "/team/invitations", {"email": f"o-{role}@reader.example", "role": "owner"}),
            "rename": ("PATCH", "/account", {"company": "Reader Ltd"}),
        }
        assert (await reader.get(f"{CUSTOMERS}/team", headers=headers)).status_code == 200
        for what, (method, path, body) in calls.items():
            answer = await reader.request(method, f"{CUSTOMERS}{path}", json=body, headers=headers)
            assert (answer.status_code < 300) == (what in allowed), (role, what, answer.text)
            assert answer.status_code in {200, 201, 403}


async def test_a_member_joins_by_invitation_and_a_customer_always_has_an_owner(
    external: FastAPI, reader: httpx.AsyncClient, installation: Installation, customers: CustomerRows, owner: Person
) -> None:
    customer = await customers.customer(await customers.plan(max_members=2))
    boss = await customers.user(customer)
    headers = await signed_in(external, customers.tenant, boss)
    path = "/team/invitations"
    assert (await post(reader, path, {"email": EMAIL, "role": "developer"}, **headers)).status_code == 201
    assert (await post(reader, path, {"email": EMAIL, "role": "viewer"}, **headers)).json()["code"] == (
        "team_member_present"
    )
    assert (await post(reader, path, {"email": "z@z.example", "role": "viewer"}, **headers)).json()["code"] == (
        "team_full"
    )
    token = await link_to(installation, owner, EMAIL)
    body = {"token": token, "password": OTHER_PASSWORD, "full_name": "Dev"}
    joined = await post(reader, "/accept-invitation", body)
    assert joined.status_code == 200, joined.text
    assert (await post(reader, "/accept-invitation", body)).status_code == 404
    team = (await reader.get(f"{CUSTOMERS}/team", headers=headers)).json()
    assert [one["role"] for one in team["members"]] == ["owner", "developer"]
    member = team["members"][1]["id"]
    for method, body in (("PATCH", {"role": "viewer"}), ("DELETE", None)):
        refused = await reader.request(method, f"{CUSTOMERS}/team/{boss.id}", json=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    assert (await reader.delete(f"{CUSTOMERS}/team/{member}", headers=headers)).status_code == 204
    gone = bearer(joined.json()["access_token"])
    assert (await reader.get(f"{CUSTOMERS}/account", headers=gone)).status_code == 401


async def test_a_key_is_replaced_with_an_overlap_and_revoked_at_once(
    external: FastAPI, reader: httpx.AsyncClient, customers: CustomerRows
) -> None:
    customer = await customers.customer(await customers.plan(max_keys=2))
    headers = await signed_in(external, customers.tenant, await customers.user(customer))
    made = (await post(reader, "/keys", {"name": "A", "scopes": ALL_SCOPES, "is_test": True}, **headers)).json()
    assert made["secret"].startswith("openreg_test_")
    taken = await post(reader, "/keys", {"name": "A", "scopes": ALL_SCOPES}, **headers)
    assert taken.json()["code"] == "customer_key_name_taken"
    assert (await reader.get(KEY, headers=bearer(made["secret"]))).status_code == 200
    rotated = (await post(reader, f"/keys/{made['id']}/rotate", {"overlap_hours": 720}, **headers)).json()
    for secret in (made["secret"], rotated["secret"]):
        assert (await reader.get(KEY, headers=bearer(secret))).status_code == 200
    assert (await post(reader, f"/keys/{made['id']}/rotate", {"overlap_hours": 721}, **headers)).status_code == 422
    last = (await post(reader, f"/keys/{made['id']}/rotate", {"overlap_hours": 0}, **headers)).json()["secret"]
    await _until_answer(reader, rotated["secret"], lambda answer: answer.status_code == 401)
    assert (await reader.get(KEY, headers=bearer(last))).status_code == 200
    assert (await post(reader, "/keys", {"name": "B", "scopes": ALL_SCOPES}, **headers)).status_code == 201
    full = await post(reader, "/keys", {"name": "C", "scopes": ALL_SCOPES}, **headers)
    assert (full.status_code, full.json()["code"]) == (409, "customer_key_limit_reached")
    assert (await reader.delete(f"{CUSTOMERS}/keys/{made['id']}", headers=headers)).status_code == 204
    await _until_answer(reader, last, lambda answer: answer.status_code == 401)
    assert (await reader.delete(f"{CUSTOMERS}/keys/{made['id']}", headers=headers)).status_code == 409


async def test_an_account_that_is_deleted_leaves_no_way_in_and_no_name(
    external: FastAPI, reader: httpx.AsyncClient, customers: CustomerRows
) -> None:
    customer = await customers.customer()
    user = await customers.user(customer, email=EMAIL)
    _, secret = await customers.key(customer)
    headers = await signed_in(external, customers.tenant, user)
    assert (await reader.get(KEY, headers=bearer(secret))).status_code == 200
    wrong = await post(reader, "/account/delete", {"password": "wrong horse battery"}, **headers)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "password_wrong")
    assert (await post(reader, "/account/delete", {"password": PASSWORD}, **headers)).status_code == 204
    await _until_answer(reader, secret, lambda answer: answer.status_code == 401)
    assert (await reader.get(f"{CUSTOMERS}/account", headers=headers)).status_code == 401
    assert (await post(reader, "/sign-in", {"email": EMAIL, "password": PASSWORD})).status_code == 401
    async with customers.database.transaction(customers.tenant) as session:
        stored = await session.get(CustomerUser, user.id)
        assert stored is not None
        assert (stored.email, stored.full_name) == (f"{user.id}@removed.invalid", "Removed")


async def test_sessions_are_seen_and_ended(
    external: FastAPI, reader: httpx.AsyncClient, customers: CustomerRows
) -> None:
    user = await customers.user(await customers.customer())
    here, there = [await signed_in(external, customers.tenant, user) for _ in range(2)]
    found = (await reader.get(f"{CUSTOMERS}/sessions", headers=here)).json()["items"]
    other = next(one["id"] for one in found if not one["is_current"])
    assert (await reader.delete(f"{CUSTOMERS}/sessions/{other}", headers=here)).status_code == 204
    assert (await reader.get(f"{CUSTOMERS}/sessions", headers=there)).status_code == 401
    body = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    assert (await post(reader, "/change-password", body, **here)).status_code == 204
    assert (await reader.get(f"{CUSTOMERS}/sessions", headers=here)).status_code == 200
