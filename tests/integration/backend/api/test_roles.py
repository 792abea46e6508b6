"""Roles over HTTP: made, changed with a difference, never beyond what one holds, never to everybody's loss."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from backend.domain.permissions import ALL_PERMISSIONS, Permission
from backend.domain.roles import ROLE_TEMPLATES
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member, set_permissions

ROLES = "/api/v1/roles"
SignIn = Callable[[Person], httpx.AsyncClient]


async def role_named(client: httpx.AsyncClient, key: str) -> dict[str, object]:
    items = (await client.get(ROLES)).json()["items"]
    found: dict[str, object] = next(one for one in items if one["key"] == key)
    return found


async def test_the_catalogue_says_in_a_sentence_what_each_permission_is(api: httpx.AsyncClient) -> None:
    items = (await api.get("/api/v1/permissions")).json()["items"]
    assert {one["value"] for one in items} == ALL_PERMISSIONS
    assert all(one["value"] == f"{one['resource']}:{one['action']}" for one in items)
    assert all(one["sentence"].endswith(".") for one in items)
    assert len({one["sentence"] for one in items}) == len(Permission)


async def test_a_role_is_made_read_changed_and_removed(api: httpx.AsyncClient) -> None:
    body = {"name": "Night shift", "description": "Watches runs.", "permissions": ["runs:read", "runs:cancel"]}
    made = await api.post(ROLES, json=body)
    assert made.status_code == 201, made.text
    role = made.json()
    assert (role["key"], role["member_count"], role["is_template_based"]) == ("night_shift", 0, False)
    read = await api.get(f"{ROLES}/{role['id']}")
    assert read.headers["etag"] == made.headers["etag"]
    changed = await api.patch(
        f"{ROLES}/{role['id']}",
        json={"permissions": ["runs:read", "runs:start"]},
        headers={"If-Match": read.headers["etag"]},
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["gained"], changed.json()["lost"]) == (["runs:start"], ["runs:cancel"])
    assert changed.json()["name"] == "Night shift"
    assert changed.headers["etag"] != read.headers["etag"]
    assert (await api.delete(f"{ROLES}/{role['id']}")).status_code == 204
    assert (await api.get(f"{ROLES}/{role['id']}")).status_code == 404


async def test_a_change_of_what_has_changed_meanwhile_is_refused_with_the_current_tag(api: httpx.AsyncClient) -> None:
    made = await api.post(ROLES, json={"name": "Watcher", "permissions": ["runs:read"]})
    address, stale = f"{ROLES}/{made.json()['id']}", made.headers["etag"]
    first = await api.patch(address, json={"name": "Viewer"}, headers={"If-Match": stale})
    second = await api.patch(address, json={"name": "Onlooker"}, headers={"If-Match": stale})
    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json()["code"] == "precondition_failed"
    assert second.headers["etag"] == second.json()["etag"] == first.headers["etag"]
    assert (await api.get(address)).json()["name"] == "Viewer"


async def test_a_role_that_makes_no_sense_is_refused(api: httpx.AsyncClient) -> None:
    await api.post(ROLES, json={"name": "Watcher", "permissions": ["runs:read"]})
    for body, status, code in (
        ({"name": "Watcher", "permissions": []}, 409, "role_name_taken"),
        ({"name": "Flyer", "permissions": ["runs:fly"]}, 422, "permission_unknown"),
        ({"name": "God", "permissions": ["*"]}, 422, "permission_unknown"),
        ({"name": "", "permissions": []}, 422, "request_invalid"),
        ({"name": " padded ", "permissions": []}, 422, "request_invalid"),
        ({"permissions": ["runs:read"]}, 422, "request_invalid"),
        ({"name": "Both", "template": "auditor"}, 422, "request_invalid"),
        ({"template": "emperor"}, 422, "role_template_unknown"),
    ):
        response = await api.post(ROLES, json=body)
        assert (response.status_code, response.json()["code"]) == (status, code), body


async def test_every_template_can_be_made_again_when_its_role_is_gone(api: httpx.AsyncClient) -> None:
    for key, template in ROLE_TEMPLATES.items():
        made = await api.post(ROLES, json={"template": key})
        if key == "administrator":
            assert (made.status_code, made.json()["code"]) == (409, "role_name_taken"), "it can never be gone"
            continue
        assert made.status_code == 201, made.text
        assert (made.json()["name"], made.json()["is_template_based"]) == (template.name, True)
        assert set(made.json()["permissions"]) == set(template.permissions)
        assert (await api.post(ROLES, json={"template": key})).status_code == 409


async def test_the_administrators_role_cannot_be_touched(api: httpx.AsyncClient) -> None:
    role = await role_named(api, "administrator")
    assert role["is_everything"]
    assert set(role["permissions"]) == ALL_PERMISSIONS  # type: ignore[arg-type]  # a list of texts
    changed = await api.patch(f"{ROLES}/{role['id']}", json={"permissions": ["runs:read"]})
    removed = await api.delete(f"{ROLES}/{role['id']}")
    for response in (changed, removed):
        assert (response.status_code, response.json()["code"]) == (409, "administrator_role_fixed")


async def test_a_role_that_somebody_has_stays(
    api: httpx.AsyncClient, installation: Installation, owner: Person
) -> None:
    await new_member(installation.database, owner.tenant, "acme", "watcher@example.test", permissions=["runs:read"])
    role = next(one for one in (await api.get(ROLES)).json()["items"] if one["permissions"] == ["runs:read"])
    assert role["member_count"] == 1
    response = await api.delete(f"{ROLES}/{role['id']}")
    assert (response.status_code, response.json()["code"]) == (409, "role_in_use")
    assert response.json()["member_count"] == 1


async def test_nobody_makes_or_changes_a_role_beyond_what_they_hold(
    api: httpx.AsyncClient, sign_in: SignIn, installation: Installation, owner: Person
) -> None:
    limited = ["roles:read", "roles:write", "runs:read"]
    person = await new_member(installation.database, owner.tenant, "acme", "limited@example.test", permissions=limited)
    client = sign_in(person)
    strong = (await api.post(ROLES, json={"name": "Strong", "permissions": ["runs:read", "runs:start"]})).json()
    own = (await client.post(ROLES, json={"name": "Own", "permissions": ["runs:read"]})).json()
    refused = [
        await client.post(ROLES, json={"name": "Beyond", "permissions": ["runs:start"]}),
        await client.post(ROLES, json={"template": "operator"}),
        await client.patch(f"{ROLES}/{own['id']}", json={"permissions": ["runs:read", "runs:start"]}),
        await client.patch(f"{ROLES}/{strong['id']}", json={"permissions": ["runs:read"]}),
        await client.patch(f"{ROLES}/{strong['id']}", json={"name": "Weak"}),
        await client.delete(f"{ROLES}/{strong['id']}"),
    ]
    assert [(one.status_code, one.json()["code"]) for one in refused] == [(403, "permission_not_held")] * 6
    assert (await client.patch(f"{ROLES}/{own['id']}", json={"description": "Mine."})).status_code == 200
    assert (await api.get(f"{ROLES}/{strong['id']}")).json()["permissions"] == ["runs:read", "runs:start"]


async def test_a_changed_role_holds_for_its_members_with_their_next_request(
    api: httpx.AsyncClient, sign_in: SignIn, installation: Installation, owner: Person
) -> None:
    person = await new_member(installation.database, owner.tenant, "acme", "w@example.test", permissions=["runs:read"])
    await set_permissions(installation.database, person, ["runs:read"])
    role = next(one for one in (await api.get(ROLES)).json()["items"] if one["permissions"] == ["runs:read"])
    client = sign_in(person)
    assert (await client.get("/api/v1/runs")).status_code == 200
    await api.patch(f"{ROLES}/{role['id']}", json={"permissions": []})
    assert (await client.get("/api/v1/runs")).status_code == 403
