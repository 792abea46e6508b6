"""Every route of the external API: no customer reads or changes what another has, of this publisher or another one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.core.ids import new_id
from tests.factories.customer_rows import CustomerRows
from tests.factories.installation import Installation
from tests.factories.people import PASSWORD, Person
from tests.factories.portal import CUSTOMERS, bearer, signed_in
from tests.factories.publication_rows import stored_change, stored_publication
from tests.factories.routes import routes_of
from tests.factories.rows import Rows
from tests.factories.walls import no_conditions, switch_policies_off
from tests.services.servers import TestDatabase

#: Probes and pages, and what people without a session call: there is nobody's content behind them.
OPEN = re.compile(
    r"GET /(health|ready|metrics|docs|openapi.json)|GET .*/customers/plans|GET .*/downloads/{token}"
    r"|GET .*/problems(/{code})?|POST .*/customers/billing/webhook"
    r"|POST .*/customers/(sign-up|verify|sign-in|refresh|sign-out|forgot-password|reset-password|accept-invitation)"
)
#: Bodies of what changes something; a route that is missing here is not tried with success by its owner.
BODIES: dict[str, dict[str, Any]] = {
    f"PATCH {CUSTOMERS}/account": {"company": "Renamed"},
    f"POST {CUSTOMERS}/account/delete": {"password": PASSWORD},
    f"POST {CUSTOMERS}/change-password": {"current_password": PASSWORD, "new_password": "glacier-ochre-violin-42"},
    f"POST {CUSTOMERS}/team/invitations": {"email": "walls@reader.example", "role": "viewer"},
    f"PATCH {CUSTOMERS}/team/{{user_id}}": {"role": "viewer"},
    **{
        f"POST {CUSTOMERS}/billing/{path}": {"plan": "none"}
        for path in ("checkout-session", "trial", "subscription/preview", "subscription/change")
    },
    f"POST {CUSTOMERS}/keys": {"name": "Walls", "scopes": ["rules:read"]},
    f"POST {CUSTOMERS}/keys/{{key_id}}/rotate": {"overlap_hours": 1},
    "POST /external_api/v1/reference-data/{name}/lookup": {"keys": ["XPAR"]},
}

#: Plans are kept by hand here; test_billing.py tries these with a counterpart.
BY_HAND = re.compile(rf"POST {CUSTOMERS}/billing/.*")


#: What a route is asked beside its path, where it must be asked something.
QUERIES = {"GET /external_api/v1/reference-data/{name}/lookup": {"key": "XPAR"}}
#: How paths name what is published.
CONTENT_PARAMETERS = ("report", "schedule", "schema", "publication_id", "artifact_id", "version", "name", "key")


@pytest.fixture(params=["row-level security alone", "conditions alone"])
def wall(request: pytest.FixtureRequest, migrated: TestDatabase) -> Iterator[None]:
    """What stands between the publishers."""
    if request.param == "row-level security alone":
        with no_conditions() as removed:
            yield
        assert removed.total() >= 10
        return
    assert len(switch_policies_off(migrated)) > 25
    yield


@pytest.mark.usefixtures("wall")
async def test_what_is_anothers_is_not_there(
    external: FastAPI, reader: httpx.AsyncClient, installation: Installation, owner: Person, stranger: Person
) -> None:
    ours = CustomerRows(installation.database, owner.tenant)
    customer = await ours.customer(name="Victim Ltd")
    user = await ours.user(customer, full_name="Vera Victim")
    key, _ = await ours.key(customer, name="Victim's key")
    await signed_in(external, owner.tenant, user)
    ids = {"key_id": key.id, "user_id": user.id, "session_id": new_id(), "invitation_id": new_id()}
    # What is published is there for every customer of the publisher: its own test is below.
    ids |= dict.fromkeys(CONTENT_PARAMETERS, new_id())
    for publisher in (owner.tenant, stranger.tenant):
        theirs = CustomerRows(installation.database, publisher)
        for route in routes_of(external):
            if OPEN.fullmatch(str(route)):
                continue
            attacker = await theirs.customer(name="Attacker Ltd")
            person = await theirs.user(attacker)
            _, secret = await theirs.key(attacker)
            headers = (
                await signed_in(external, publisher, person) if route.path.startswith(CUSTOMERS) else bearer(secret)
            )
            path = route.path.format(**ids)
            sent: dict[str, Any] = {"json": BODIES.get(str(route)), "params": QUERIES.get(str(route))}
            answer = await reader.request(route.method, path, headers=headers, **sent)
            if "{" in route.path:
                assert answer.status_code == 404, (str(route), answer.text)
            elif BY_HAND.fullmatch(str(route)):
                assert answer.json()["code"] == "billing_by_hand", (str(route), answer.text)
            else:
                assert answer.status_code < 300, (str(route), answer.text)
            assert "Victim" not in answer.text, str(route)
            assert str(customer.id) not in answer.text, str(route)
    async with installation.database.transaction(owner.tenant) as session:
        for row in (customer, user, key):
            stored = await session.get(type(row), row.id)
            assert stored is not None
            assert stored.updated_at == row.updated_at, row


@pytest.mark.usefixtures("wall")
async def test_what_one_publisher_shows_is_not_there_for_customers_of_another(
    external: FastAPI, reader: httpx.AsyncClient, installation: Installation, rows: Rows, stranger: Person
) -> None:
    version = await rows.version(await rows.report(slug="victim"), state="active")
    shown: dict[str, Any] = {"user_id": rows.person.user_id, "includes_files": True, "version": "1.0"}
    about = {"report": {"description": "Victim", "tags": []}}
    report = await stored_publication(
        installation.database,
        rows.person.tenant,
        content=about,
        **shown,
        kind="report",
        thing_id=version.report_id,
        name="victim",
        detail="whole",
        subject_id=version.id,
    )
    await stored_change(installation.database, report)
    run = await rows.run(version, report_id=version.report_id, state="succeeded")
    artifact = await rows.artifact(run)
    installation.adapters.storage.put(artifact.object_key, b"Victim")
    ids = {"report": "victim", "publication_id": report.id, "artifact_id": artifact.id, "version": "1.0"}
    for publisher, seen in ((rows.person.tenant, True), (stranger.tenant, False)):
        theirs = CustomerRows(installation.database, publisher)
        _, secret = await theirs.key(await theirs.customer())
        tried = 0
        for route in routes_of(external):
            names = set(re.findall(r"{(\w+)}", route.path))
            if names and names <= ids.keys():
                tried += 1
                answer = await reader.request(route.method, route.path.format(**ids), headers=bearer(secret))
                assert (answer.status_code < 300) is seen, (str(route), answer.text)
                assert seen or (answer.status_code == 404 and "Victim" not in answer.text), str(route)
        assert tried >= 8
        for path in ("reports", "changes"):
            answer = await reader.get(f"/external_api/v1/{path}", headers=bearer(secret))
            assert bool(answer.json()["items"]) is seen, path


async def test_no_route_opens_without_a_key_or_a_session(external: FastAPI, reader: httpx.AsyncClient) -> None:
    for route in routes_of(external):
        if OPEN.fullmatch(str(route)):
            continue
        path = re.sub(r"{\w+}", str(new_id()), route.path)
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"X-API-Key": "nonsense"}):
            answer = await reader.request(route.method, path, json=BODIES.get(str(route)), headers=headers)
            assert answer.status_code == 401, (str(route), headers)
            assert answer.headers["content-type"] == "application/problem+json"
