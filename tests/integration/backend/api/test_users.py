"""Members over HTTP: found, changed, suspended, removed; somebody can always administer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from backend.persistence.models.tenant import Membership
from backend.persistence.repositories.tenants import MemberRepository
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member
from tests.factories.rows import AT, Rows

USERS = "/api/v1/users"
SignIn = Callable[[Person], httpx.AsyncClient]


async def role_id(client: httpx.AsyncClient, **wanted: Any) -> str:
    items = (await client.get("/api/v1/roles")).json()["items"]
    return next(one["id"] for one in items if all(one[name] == value for name, value in wanted.items()))


@pytest.fixture
async def watcher(installation: Installation, owner: Person) -> Person:
    """A member who may look at runs."""
    return await new_member(
        installation.database, owner.tenant, "acme", "walter@example.test", permissions=["runs:read"]
    )


async def join(installation: Installation, person: Person, tenant: Person) -> None:
    """Make somebody a member of another tenant too."""
    async with installation.database.transaction(tenant.tenant) as session:
        MemberRepository(session, tenant.tenant).add(
            Membership(id=person.user_id, tenant_id=tenant.tenant, user_id=person.user_id, created_at=AT)
        )


async def test_members_are_found_by_name_address_state_and_role(api: httpx.AsyncClient, watcher: Person) -> None:
    async def found(**query: str) -> list[str]:
        return [one["email"] for one in (await api.get(USERS, params=query)).json()["items"]]

    role = await role_id(api, permissions=["runs:read"])
    assert await found() == ["walter@example.test", "acme@example.test"]
    assert await found(q="WALT") == await found(q="alter@exam") == await found(role=role) == ["walter@example.test"]
    assert await found(q="%") == await found(q="_") == []
    await api.patch(f"{USERS}/{watcher.user_id}", json={"is_active": False})
    assert await found(state="suspended") == ["walter@example.test"]
    assert await found(state="active") == ["acme@example.test"]
    assert await found(state="disabled") == []
    page = (await api.get(USERS, params={"limit": 1})).json()
    rest = (await api.get(USERS, params={"limit": 1, "cursor": page["next_cursor"]})).json()
    assert [one["email"] for one in page["items"] + rest["items"]] == ["walter@example.test", "acme@example.test"]


async def test_one_member_is_shown_with_all_they_may_do(api: httpx.AsyncClient, watcher: Person) -> None:
    answer = await api.get(f"{USERS}/{watcher.user_id}")
    assert answer.headers["etag"]
    assert (answer.json()["permissions"], answer.json()["state"]) == (["runs:read"], "active")


async def test_a_change_of_roles_says_what_is_gained_and_lost_and_holds_at_once(
    api: httpx.AsyncClient, sign_in: SignIn, watcher: Person
) -> None:
    wanted = (await api.post("/api/v1/roles", json={"name": "Readers", "permissions": ["reports:read"]})).json()["id"]
    changed = await api.put(f"{USERS}/{watcher.user_id}/roles", json={"role_ids": [wanted]})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["gained"], changed.json()["lost"]) == (["reports:read"], ["runs:read"])
    client = sign_in(watcher)
    assert (await client.get("/api/v1/reports")).status_code == 200
    assert (await client.get("/api/v1/runs")).status_code == 403
    none = await api.put(f"{USERS}/{watcher.user_id}/roles", json={"role_ids": []})
    assert none.json()["permissions"] == []


async def test_a_stale_change_is_refused(api: httpx.AsyncClient, watcher: Person) -> None:
    stale = {"If-Match": (await api.get(f"{USERS}/{watcher.user_id}")).headers["etag"]}
    assert (await api.patch(f"{USERS}/{watcher.user_id}", json={"full_name": "W"}, headers=stale)).status_code == 200
    for refused in (
        await api.patch(f"{USERS}/{watcher.user_id}", json={"full_name": "V"}, headers=stale),
        await api.put(f"{USERS}/{watcher.user_id}/roles", json={"role_ids": []}, headers=stale),
    ):
        assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")


async def test_a_role_of_another_tenant_cannot_be_given(
    api: httpx.AsyncClient, watcher: Person, strangers_rows: Rows
) -> None:
    foreign = await strangers_rows.role("runs:read")
    response = await api.put(f"{USERS}/{watcher.user_id}/roles", json={"role_ids": [str(foreign.id)]})
    assert (response.status_code, response.json()["code"]) == (404, "role_not_found")


async def test_a_suspended_member_is_out_at_once_and_back_when_wanted(
    api: httpx.AsyncClient, sign_in: SignIn, watcher: Person
) -> None:
    client = sign_in(watcher)
    await api.patch(f"{USERS}/{watcher.user_id}", json={"is_active": False})
    assert (await client.get("/api/v1/runs")).status_code == 401
    await api.patch(f"{USERS}/{watcher.user_id}", json={"is_active": True})
    assert (await client.get("/api/v1/runs")).status_code == 200


async def test_a_removed_member_is_no_member_and_can_be_invited_again(
    api: httpx.AsyncClient, sign_in: SignIn, watcher: Person
) -> None:
    client = sign_in(watcher)
    assert (await api.delete(f"{USERS}/{watcher.user_id}")).status_code == 204
    assert (await client.get("/api/v1/runs")).status_code == 401
    assert (await api.get(f"{USERS}/{watcher.user_id}")).status_code == 404
    role = await role_id(api, key="administrator")
    again = await api.post("/api/v1/user-invitations", json={"email": watcher.email, "role_ids": [role]})
    assert again.status_code == 201


async def test_what_one_tenant_does_to_a_member_leaves_the_other_tenants_alone(
    api: httpx.AsyncClient, sign_in: SignIn, installation: Installation, watcher: Person, stranger: Person
) -> None:
    await join(installation, watcher, stranger)
    renamed = await api.patch(f"{USERS}/{watcher.user_id}", json={"full_name": "Mallory"})
    assert (renamed.status_code, renamed.json()["code"]) == (409, "account_shared")
    disabled = await api.patch(f"{USERS}/{watcher.user_id}", json={"is_account_active": False})
    assert (disabled.status_code, disabled.json()["code"]) == (403, "account_of_the_platform")
    elsewhere = replace(watcher, tenant=stranger.tenant, tenant_slug=stranger.tenant_slug)
    await api.patch(f"{USERS}/{watcher.user_id}", json={"is_active": False})
    assert (await sign_in(watcher).get("/api/v1/auth/me")).status_code == 401
    assert (await sign_in(elsewhere).get("/api/v1/auth/me")).status_code == 200
    await api.delete(f"{USERS}/{watcher.user_id}")
    assert (await sign_in(elsewhere).get("/api/v1/auth/me")).status_code == 200


class TestTheLastAdministrator:
    """Nobody can leave an organisation without one, by whatever way."""

    async def test_stays_whatever_is_tried(self, api: httpx.AsyncClient, owner: Person, watcher: Person) -> None:
        me = f"{USERS}/{owner.user_id}"
        weak = await role_id(api, permissions=["runs:read"])
        tries = [
            await api.delete(me),
            await api.patch(me, json={"is_active": False}),
            await api.put(f"{me}/roles", json={"role_ids": []}),
            await api.put(f"{me}/roles", json={"role_ids": [weak]}),
        ]
        assert [(one.status_code, one.json()["code"]) for one in tries] == [(409, "last_administrator")] * 4
        assert (await api.get(me)).json()["state"] == "active"

    async def test_is_not_one_who_is_suspended_or_disabled(
        self, api: httpx.AsyncClient, installation: Installation, owner: Person
    ) -> None:
        email = "gone@example.test"
        await new_member(installation.database, owner.tenant, "acme", email, is_active=False)
        suspended = await new_member(installation.database, owner.tenant, "acme", "second@example.test")
        assert (await api.patch(f"{USERS}/{suspended.user_id}", json={"is_active": False})).status_code == 200
        response = await api.delete(f"{USERS}/{owner.user_id}")
        assert (response.status_code, response.json()["code"]) == (409, "last_administrator")

    async def test_may_leave_once_there_is_another(
        self, api: httpx.AsyncClient, installation: Installation, owner: Person
    ) -> None:
        await new_member(installation.database, owner.tenant, "acme", "second@example.test")
        assert (await api.delete(f"{USERS}/{owner.user_id}")).status_code == 204

    async def test_is_not_removed_by_two_who_remove_each_other_at_once(
        self, api: httpx.AsyncClient, sign_in: SignIn, installation: Installation, owner: Person
    ) -> None:
        people = [owner]
        for number in range(3):
            email = f"admin{number}@example.test"
            people.append(await new_member(installation.database, owner.tenant, "acme", email))
        ring = zip(people, [*people[1:], people[0]], strict=True)
        answers = await asyncio.gather(
            *(sign_in(one).delete(f"{USERS}/{other.user_id}") for one, other in ring), return_exceptions=False
        )
        statuses = sorted(one.status_code for one in answers)
        assert statuses.count(204) <= 3
        assert set(statuses) <= {204, 401, 409}
        living = [one for one in people if (await sign_in(one).get("/api/v1/auth/me")).status_code == 200]
        assert len(living) == len(people) - statuses.count(204)
        assert living


async def test_nobody_touches_a_member_who_may_do_more(
    api: httpx.AsyncClient, sign_in: SignIn, installation: Installation, owner: Person, watcher: Person
) -> None:
    limited = await new_member(
        installation.database, owner.tenant, "acme", "hr@example.test", permissions=["users:read", "users:write"]
    )
    client, administrator = sign_in(limited), await role_id(api, key="administrator")
    refused = [
        await client.put(f"{USERS}/{limited.user_id}/roles", json={"role_ids": [administrator]}),
        await client.put(f"{USERS}/{watcher.user_id}/roles", json={"role_ids": [administrator]}),
        await client.delete(f"{USERS}/{owner.user_id}"),
        await client.patch(f"{USERS}/{owner.user_id}", json={"is_active": False}),
        await client.put(f"{USERS}/{owner.user_id}/roles", json={"role_ids": []}),
        await client.delete(f"{USERS}/{watcher.user_id}"),
        await client.post("/api/v1/user-invitations", json={"email": "x@example.test", "role_ids": [administrator]}),
    ]
    assert [(one.status_code, one.json()["code"]) for one in refused] == [(403, "permission_not_held")] * len(refused)
    assert (await sign_in(owner).get("/api/v1/auth/me")).json()["permissions"]


async def test_every_change_is_in_the_audit_trail(api: httpx.AsyncClient, watcher: Person) -> None:
    await api.patch(f"{USERS}/{watcher.user_id}", json={"full_name": "Walter W."})
    await api.put(f"{USERS}/{watcher.user_id}/roles", json={"role_ids": []})
    await api.delete(f"{USERS}/{watcher.user_id}")
    query = {"subject_id": str(watcher.user_id)}
    items = (await api.get("/api/v1/audit-entries", params=query)).json()["items"]
    assert [one["action"] for one in items] == ["user.removed", "user.roles_changed", "user.changed"]
