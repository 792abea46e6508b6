"""Staff of a publisher keep plans and customers; what they change is what keys open."""

from __future__ import annotations

from typing import Any

import httpx

from backend.core.ids import new_id
from backend.persistence.customer_access import find_key
from backend.persistence.repositories.customer_usage import CallRecord, CustomerUsageRepository
from tests.factories.customer_rows import CustomerRows
from tests.factories.installation import Installation
from tests.factories.people import Person
from tests.factories.rows import AT

CUSTOMERS = "/api/v1/customers"
PLANS = "/api/v1/plans"
PLAN: dict[str, Any] = {"key": "small", "name": "Small", "scopes": ["rules:read"], "monthly_quota": 1000}


async def test_a_plan_is_made_changed_and_removed_when_nobody_has_it(api: httpx.AsyncClient) -> None:
    made = await api.post(PLANS, json=PLAN)
    assert made.status_code == 201, made.text
    assert made.json()["rate_limit_per_minute"] == 100
    taken = await api.post(PLANS, json=PLAN)
    assert (taken.status_code, taken.json()["code"]) == (409, "plan_key_taken")
    for wrong in ({"rate_limit_per_minute": 2001}, {"scopes": ["everything"]}, {"monthly_quota": 0}):
        assert (await api.post(PLANS, json={**PLAN, "key": "x", **wrong})).status_code == 422
    path = f"{PLANS}/{made.json()['id']}"
    seen = (await api.get(path)).headers["etag"]
    change = {"name": "Larger", "scopes": [], "rate_limit_per_minute": 2000}
    assert (await api.put(path, json=change, headers={"If-Match": '"old"'})).status_code == 412
    assert (await api.put(path, json=change, headers={"If-Match": seen})).json()["rate_limit_per_minute"] == 2000
    assert [one["name"] for one in (await api.get(PLANS)).json()["items"]] == ["Larger"]
    assert (await api.delete(path)).status_code == 204
    assert (await api.get(path)).status_code == 404


async def test_there_is_one_default_plan(api: httpx.AsyncClient) -> None:
    for key in ("one", "two"):
        assert (await api.post(PLANS, json={**PLAN, "key": key, "is_default": True})).status_code == 201
    found = {one["key"]: one["is_default"] for one in (await api.get(PLANS)).json()["items"]}
    assert found == {"one": False, "two": True}


async def test_a_customer_is_given_a_plan_suspended_and_resumed(
    api: httpx.AsyncClient, installation: Installation, owner: Person
) -> None:
    customers = CustomerRows(installation.database, owner.tenant)
    customer = await customers.customer(plan_id=None)
    user = await customers.user(customer)
    key, secret = await customers.key(customer)
    plan = (await api.post(PLANS, json=PLAN)).json()
    path = f"{CUSTOMERS}/{customer.id}"
    seen = await api.get(path)
    assert [one["email"] for one in seen.json()["team"]] == [user.email]
    assert seen.json()["plan"] is None
    body = {"name": "Reader AG", "plan_id": plan["id"], "plan_until": "2099-01-01T00:00:00Z"}
    changed = await api.patch(path, json=body, headers={"If-Match": seen.headers["etag"]})
    assert (changed.json()["plan"]["key"], changed.json()["name"]) == ("small", "Reader AG")
    assert (await api.patch(path, json=body, headers={"If-Match": seen.headers["etag"]})).status_code == 412
    in_use = await api.delete(f"{PLANS}/{plan['id']}")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "plan_in_use")
    async with installation.database.reading(owner.tenant) as session:
        row = await find_key(session, owner.tenant, key.secret_hash)
    assert row is not None
    assert (row.plan_key, row.customer_state) == ("small", "active")
    suspended = await api.post(f"{path}/suspend", json={"reason": "The invoice is open."})
    assert (suspended.json()["state"], suspended.json()["suspended_reason"]) == ("suspended", "The invoice is open.")
    assert (await api.post(f"{path}/suspend", json={"reason": "Again."})).json()["code"] == "customer_state_unfit"
    listed = (await api.get(CUSTOMERS, params={"state": "suspended", "name": "reader"})).json()["items"]
    assert [one["id"] for one in listed] == [str(customer.id)]
    assert (await api.post(f"{path}/resume")).json()["state"] == "active"
    keys = await api.get(f"{path}/keys")
    assert [one["last_four"] for one in keys.json()["items"]] == [secret[-4:]]
    assert secret not in keys.text
    assert key.secret_hash not in keys.text
    entries = (await api.get("/api/v1/audit-entries")).json()["items"]
    actions = [one["action"] for one in entries]
    assert actions[:4] == ["customer.resumed", "customer.suspended", "customer.changed", "plan.created"]


async def test_staff_see_what_a_customer_called_and_nobody_elses(
    api: httpx.AsyncClient, installation: Installation, owner: Person
) -> None:
    customers = CustomerRows(installation.database, owner.tenant)
    customer, neighbour = await customers.customer(), await customers.customer()
    for one, statuses in ((customer, (200, 200, 429)), (neighbour, (200,))):
        key, _ = await customers.key(one)
        calls = [
            CallRecord(new_id(), one.id, key.id, AT, "GET", "/x", status, 3, status == 200, None, "r")
            for status in statuses
        ]
        async with installation.database.transaction(owner.tenant) as session:
            await CustomerUsageRepository(session, owner.tenant).record(calls)
    path = f"{CUSTOMERS}/{customer.id}/usage"
    days = {"first": AT.date().isoformat(), "last": AT.date().isoformat()}
    seen = (await api.get(path, params={**days, "by": ["day", "status"]})).json()
    assert [(one["day"], one["status"], one["requests"]) for one in seen["groups"]] == [
        (days["first"], 200, 2),
        (days["first"], 429, 1),
    ]
    assert seen["requests"] == 3
    backwards = await api.get(path, params={"first": "2026-11-02", "last": "2026-11-01"})
    assert (backwards.status_code, backwards.json()["code"]) == (422, "usage_period_invalid")
    assert (await api.get(f"{CUSTOMERS}/{new_id()}/usage")).json()["code"] == "customer_not_found"
