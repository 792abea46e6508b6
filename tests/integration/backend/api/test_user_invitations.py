"""Invitations over HTTP: by mail, once, for a week, and never a way into somebody's account."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend.core.clock import utc_now
from backend.persistence.repositories.invitations import InvitationRepository
from tests.factories.installation import Installation
from tests.factories.mails import mails_to, token_in
from tests.factories.people import PASSWORD, Person, new_member

INVITATIONS = "/api/v1/user-invitations"
READ, ACCEPT, LOGIN = (f"/api/v1/auth/{path}" for path in ("invitations/read", "invitations/accept", "login"))
ADDRESS = "nina@example.test"
CHOSEN = "marmalade orbit velvet 42"
SignIn = Callable[[Person], httpx.AsyncClient]


@pytest.fixture
async def role(api: httpx.AsyncClient) -> str:
    made = await api.post("/api/v1/roles", json={"name": "Watchers", "permissions": ["runs:read"]})
    return str(made.json()["id"])


@dataclass(frozen=True, slots=True)
class Post:
    """Invites people into the owner's tenant and reads their mail."""

    api: httpx.AsyncClient
    installation: Installation
    owner: Person
    role: str

    async def invite(self, email: str = ADDRESS) -> dict[str, Any]:
        body = {"email": email, "full_name": "Nina", "role_ids": [self.role]}
        response = await self.api.post(INVITATIONS, json=body)
        assert response.status_code == 201, response.text
        made: dict[str, Any] = response.json()
        return made

    async def newest_token(self, email: str = ADDRESS) -> str:
        return token_in((await mails_to(self.installation, self.owner.tenant, email))[0])


@pytest.fixture
def post(api: httpx.AsyncClient, installation: Installation, owner: Person, role: str) -> Post:
    return Post(api, installation, owner, role)


async def test_an_invited_person_joins_with_a_new_account_and_the_roles_of_the_invitation(
    post: Post, api: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    made = await post.invite("Nina@Example.test")
    assert (made["email"], made["state"], [one["name"] for one in made["roles"]]) == (ADDRESS, "open", ["Watchers"])
    token = await post.newest_token()
    facts = (await anonymous.post(READ, json={"token": token})).json()
    assert (facts["email"], facts["tenant_name"], facts["has_account"]) == (ADDRESS, "Acme", False)
    body = {"token": token, "full_name": "Nina Novak", "password": CHOSEN}
    accepted = await anonymous.post(ACCEPT, json=body)
    assert accepted.status_code == 200, accepted.text
    signed_in = await anonymous.post(LOGIN, json={"email": ADDRESS, "password": CHOSEN})
    headers = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    me = (await anonymous.get("/api/v1/auth/me", headers=headers)).json()
    assert me["permissions"] == ["runs:read"]
    assert [one["state"] for one in (await api.get(INVITATIONS)).json()["items"]] == ["accepted"]
    for path, again in ((READ, {"token": token}), (ACCEPT, body)):
        refused = await anonymous.post(path, json=again)
        assert (refused.status_code, refused.json()["code"]) == (404, "invitation_not_valid")


async def test_the_link_is_in_the_mail_and_nowhere_else(post: Post, api: httpx.AsyncClient) -> None:
    made = await post.invite()
    token = await post.newest_token()
    for path in (INVITATIONS, "/api/v1/outgoing-mails", "/api/v1/audit-entries"):
        response = await api.get(path)
        assert response.status_code == 200
        assert token not in response.text
    assert "token" not in made


async def test_an_account_that_exists_joins_by_its_password_and_is_not_changed(
    post: Post, api: httpx.AsyncClient, anonymous: httpx.AsyncClient, sign_in: SignIn, owner: Person, stranger: Person
) -> None:
    await post.invite(stranger.email)
    token = await post.newest_token(stranger.email)
    assert (await anonymous.post(READ, json={"token": token})).json()["has_account"] is True
    wrong = await anonymous.post(ACCEPT, json={"token": token, "full_name": "Mallory", "password": CHOSEN})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "sign_in_refused")
    right = await anonymous.post(ACCEPT, json={"token": token, "full_name": "Mallory", "password": PASSWORD})
    assert right.status_code == 200, right.text
    here = sign_in(replace(stranger, tenant=owner.tenant, tenant_slug=owner.tenant_slug))
    me = (await here.get("/api/v1/auth/me")).json()
    assert me["permissions"] == ["runs:read"]
    assert (await sign_in(stranger).get("/api/v1/roles")).status_code == 200
    assert "Mallory" not in (await api.get(f"/api/v1/users/{stranger.user_id}")).text


async def test_guessing_the_password_of_an_account_by_an_invitation_is_slowed_down(
    post: Post, anonymous: httpx.AsyncClient, stranger: Person
) -> None:
    await post.invite(stranger.email)
    token = await post.newest_token(stranger.email)
    answers = []
    for number in range(12):
        body = {"token": token, "password": f"wrong {number}"}
        answers.append((await anonymous.post(ACCEPT, json=body)).status_code)
    assert answers[0] == 401
    assert answers[-1] == 429


async def test_a_resent_invitation_has_a_new_link_and_the_old_one_opens_nothing(
    post: Post, api: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    made = await post.invite()
    old = await post.newest_token()
    resent = await api.post(f"{INVITATIONS}/{made['id']}/resend")
    assert resent.status_code == 200, resent.text
    new = await post.newest_token()
    assert new != old
    assert (await anonymous.post(READ, json={"token": old})).status_code == 404
    assert (await anonymous.post(READ, json={"token": new})).status_code == 200


async def test_a_revoked_invitation_and_one_that_is_too_old_open_nothing(
    post: Post, api: httpx.AsyncClient, anonymous: httpx.AsyncClient, installation: Installation, owner: Person
) -> None:
    revoked = await post.invite()
    first = await post.newest_token()
    assert (await api.delete(f"{INVITATIONS}/{revoked['id']}")).status_code == 204
    again = await api.delete(f"{INVITATIONS}/{revoked['id']}")
    assert (again.status_code, again.json()["code"]) == (409, "invitation_closed")
    late = await post.invite()
    second = await post.newest_token()
    async with installation.database.transaction(owner.tenant) as session:
        row = await InvitationRepository(session, owner.tenant).find(late["id"])
        assert row is not None
        assert timedelta(days=6, hours=23) < row.expires_at - utc_now() <= timedelta(days=7)
        row.expires_at = utc_now() - timedelta(seconds=1)
    for token in (first, second):
        refused = await anonymous.post(ACCEPT, json={"token": token, "full_name": "N", "password": CHOSEN})
        assert (refused.status_code, refused.json()["code"]) == (404, "invitation_not_valid")
    for state, expected in (("revoked", revoked), ("expired", late)):
        found = (await api.get(INVITATIONS, params={"state": state})).json()["items"]
        assert [one["id"] for one in found] == [expected["id"]]
    assert (await api.get(INVITATIONS, params={"state": "open"})).json()["items"] == []
    assert (await api.post(f"{INVITATIONS}/{late['id']}/resend")).json()["state"] == "open"


async def test_an_invitation_that_makes_no_sense_is_refused(
    post: Post, api: httpx.AsyncClient, owner: Person, role: str
) -> None:
    await post.invite()
    for body, status, code in (
        ({"email": ADDRESS, "role_ids": [role]}, 409, "invitation_pending"),
        ({"email": owner.email.upper(), "role_ids": [role]}, 409, "already_member"),
        ({"email": "x@example.test\r\nBcc: y@example.test", "role_ids": [role]}, 422, "email_address_invalid"),
        ({"email": "x@example.test", "role_ids": []}, 422, "request_invalid"),
        ({"email": "x@example.test", "role_ids": [str(owner.user_id)]}, 404, "role_not_found"),
    ):
        response = await api.post(INVITATIONS, json=body)
        assert (response.status_code, response.json()["code"]) == (status, code), body


async def test_a_role_that_somebody_is_invited_with_stays(post: Post, api: httpx.AsyncClient, role: str) -> None:
    made = await post.invite()
    refused = await api.delete(f"/api/v1/roles/{role}")
    assert (refused.status_code, refused.json()["invitation_count"]) == (409, 1)
    await api.delete(f"{INVITATIONS}/{made['id']}")
    assert (await api.delete(f"/api/v1/roles/{role}")).status_code == 204


@pytest.mark.parametrize(
    ("change", "code"),
    [({"password": "short"}, "password_too_weak"), ({"password": "password1234"}, "password_too_weak"),
     ({"full_name": " "}, "full_name_missing")],
    ids=str,
)  # fmt: skip
async def test_a_new_account_needs_a_name_and_a_good_password_and_may_try_again(
    post: Post, anonymous: httpx.AsyncClient, change: dict[str, str], code: str
) -> None:
    await post.invite()
    body = {"token": await post.newest_token(), "full_name": "Nina", "password": CHOSEN}
    refused = await anonymous.post(ACCEPT, json={**body, **change})
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert (await anonymous.post(ACCEPT, json=body)).status_code == 200


async def test_one_link_used_twice_at_once_makes_one_member(
    post: Post, api: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    await post.invite()
    body = {"token": await post.newest_token(), "full_name": "Nina", "password": CHOSEN}
    answers = await asyncio.gather(*(anonymous.post(ACCEPT, json=body) for _ in range(3)))
    assert sorted(one.status_code for one in answers) == [200, 404, 404]
    found = (await api.get("/api/v1/users", params={"q": ADDRESS})).json()["items"]
    assert len(found) == 1


async def test_a_disabled_account_does_not_come_back_by_an_invitation(
    post: Post, anonymous: httpx.AsyncClient, installation: Installation, stranger: Person
) -> None:
    gone = await new_member(installation.database, stranger.tenant, "other", "gone@example.test", is_active=False)
    await post.invite(gone.email)
    token = await post.newest_token(gone.email)
    refused = await anonymous.post(ACCEPT, json={"token": token, "full_name": "G", "password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (401, "sign_in_refused")
