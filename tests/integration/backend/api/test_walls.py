"""Every route, role and tenant: nobody reads or changes what another tenant has, whichever of the two walls is gone."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI

from backend.api import notice_stream
from backend.core.clock import utc_now
from backend.core.totp import code_of, step_at
from backend.domain.roles import ROLE_TEMPLATES, permitted
from tests.factories.installation import Installation
from tests.factories.owner_calls import OF_ONESELF, Call, World, call_of, new_world, query_of
from tests.factories.people import PASSWORD, Person, new_member
from tests.factories.routes import API, PUBLIC, RouteOf, permissions_of, routes_of
from tests.factories.rows import Rows
from tests.factories.source import SourceOfTrades
from tests.factories.walls import TenantContent, identifiers_in, no_conditions, switch_policies_off
from tests.services.servers import TestDatabase

SignIn = Callable[[Person], httpx.AsyncClient]
#: The platform's own routes: to hold the permission in a tenant is not enough.
OF_THE_PLATFORM = {f"GET {API}/tenants", f"POST {API}/tenants"}
#: How the whole installation does: what waits in it is counted over all tenants, and nothing else of them is told.
OF_THE_INSTALLATION = f"GET {API}/system/health"
NEW_PASSWORD = "glacier-ochre-violin-42"
#: What differs from one call to the next without anybody else having done anything.
MOVING = re.compile(r"\d{4}-\d{2}-\d{2}T[0-9:.]+(?:Z|\+00:00)")


@pytest.fixture(autouse=True)
def short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams of notices end by themselves, so that they can be read to their end."""
    monkeypatch.setattr(notice_stream, "STREAM_SECONDS", 0.2)
    monkeypatch.setattr(notice_stream, "HEARTBEAT_SECONDS", 0.1)


@pytest.fixture(autouse=True, params=["row-level security alone", "conditions alone"])
def wall(request: pytest.FixtureRequest, migrated: TestDatabase) -> Iterator[None]:
    """What stands between the tenants; what one wall keeps back needs no third walk behind both."""
    if request.param == "row-level security alone":
        with no_conditions() as removed:
            yield
        assert removed.total() >= 20, "the conditions were not found, so this proved nothing"
        return
    if request.param == "conditions alone":
        assert len(switch_policies_off(migrated)) > 25
    yield


@pytest.fixture
def content(migrated: TestDatabase, owner: Person) -> Iterator[TenantContent]:
    """What the owner has."""
    content = TenantContent(migrated, owner.tenant)
    yield content
    content.close()


@dataclass(frozen=True, slots=True)
class Walk:
    """The routes, and what a call on one of them must not do."""

    routes: list[RouteOf]
    needs: dict[RouteOf, frozenset[str]]
    content: TenantContent

    async def refused(self, client: httpx.AsyncClient, route: RouteOf, path: str, call: Call, status: int) -> None:
        """The call is refused, tells nothing and changes nothing."""
        before = self.content.rows()
        answer = await client.request(route.method, path, **call.options)
        assert answer.status_code == status, (str(route), answer.status_code, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        self.tells_nothing(route, path, call, answer)
        assert self.content.rows() == before, f"{route} changed rows of another tenant"

    def tells_nothing(self, route: RouteOf, path: str, call: Call, answer: httpx.Response) -> None:
        """No identifier of the owner is in an answer but those that were sent."""
        sent = identifiers_in(path) | identifiers_in(json.dumps(call.json))
        told = (identifiers_in(answer.text) & self.content.identifiers()) - sent
        assert not told, (str(route), told, answer.text[:500])


@pytest.fixture
def walk(app: FastAPI, content: TenantContent) -> Walk:
    """Every route behind sign-in."""
    routes = [route for route in routes_of(app) if str(route) not in PUBLIC | OF_ONESELF]
    return Walk(routes, permissions_of(app), content)


def has_id(route: RouteOf) -> bool:
    """Whether the path names something of a tenant."""
    return "_id}" in route.path and "{pack_id}" not in route.path


async def test_what_another_tenant_has_is_not_there(
    walk: Walk, sign_in: SignIn, rows: Rows, stranger: Person, source: SourceOfTrades, installation: Installation
) -> None:
    """The stranger, who may do everything at home, is told that nothing is there; the owner shows that it is."""
    routes = [route for route in walk.routes if has_id(route)]
    assert len(routes) >= 60
    owners, strangers = sign_in(rows.person), sign_in(stranger)
    world = await new_world(rows, source, installation)
    # What removes comes last, so that every other call finds its thing.
    for route in sorted(routes, key=lambda one: (one.method == "DELETE", one)):
        if route.method == "DELETE":
            world = await new_world(rows, source, installation)
        call, path = call_of(route, world), world.path(route)
        await walk.refused(strangers, route, path, call, 404)
        accepted = await owners.request(route.method, path, **call.options)
        assert accepted.status_code == call.status, (str(route), accepted.status_code, accepted.text)
        await walk.refused(strangers, route, path, call, 404)


async def test_what_names_nothing_shows_and_touches_nothing_of_another_tenant(
    walk: Walk,
    sign_in: SignIn,
    rows: Rows,
    strangers_rows: Rows,
    source: SourceOfTrades,
    installation: Installation,
) -> None:
    """Lists, searches, counts, streams, exports and creations, by the stranger after the owner."""
    routes = [route for route in walk.routes if not has_id(route) and str(route) not in OF_THE_PLATFORM]
    world = await new_world(rows, source, installation)
    own = await new_world(strangers_rows, source, installation)
    owners, strangers = sign_in(rows.person), sign_in(strangers_rows.person)
    showing = set()
    for route in routes:
        call = call_of(route, world)
        accepted = await owners.request(route.method, world.path(route), **call.options)
        assert accepted.status_code == call.status, (str(route), accepted.status_code, accepted.text)
        if identifiers_in(accepted.text) & walk.content.identifiers():
            showing.add(str(route))
        before = walk.content.rows()
        call = call_of(route, own)
        answer = await strangers.request(route.method, own.path(route), **call.options)
        assert answer.status_code == call.status, (str(route), answer.status_code, answer.text)
        walk.tells_nothing(route, own.path(route), call, answer)
        assert rows.person.email not in answer.text, str(route)
        assert walk.content.rows() == before, f"{route} changed rows of another tenant"
    assert len(showing) >= 25, showing


async def test_another_tenants_doings_change_no_answer(
    walk: Walk, sign_in: SignIn, rows: Rows, stranger: Person, source: SourceOfTrades, installation: Installation
) -> None:
    """Counts and sums as well: what the stranger reads stays the same to the letter."""
    strangers = sign_in(stranger)
    # Reading the audit trail is itself written down; how often a stream says that it lives depends on the clock.
    reads = [
        route
        for route in walk.routes
        if route.method == "GET"
        and "{" not in route.path
        and "/audit-entries" not in route.path
        and not route.path.endswith("/stream")
        and str(route) != OF_THE_INSTALLATION
    ]

    async def all_answers() -> dict[str, str]:
        found = {}
        for route in reads:
            answer = await strangers.get(route.path, params=query_of(route))
            assert answer.is_success or str(route) in OF_THE_PLATFORM, (str(route), answer.text)
            if answer.is_success:
                found[str(route)] = MOVING.sub("…", answer.text)
        return found

    before = await all_answers()
    await new_world(rows, source, installation)
    assert await all_answers() == before
    assert len(before) >= 25


async def test_things_of_another_tenant_cannot_be_named_in_a_body(
    walk: Walk,
    sign_in: SignIn,
    rows: Rows,
    strangers_rows: Rows,
    source: SourceOfTrades,
    installation: Installation,
) -> None:
    """The path is the stranger's own, or names nothing; the body names what the owner has."""
    theirs = await new_world(rows, source, installation)
    own = await new_world(strangers_rows, source, installation)
    strangers, identifiers = sign_in(strangers_rows.person), walk.content.identifiers()
    named = 0
    for route in walk.routes:
        call = call_of(route, theirs)
        if not identifiers_in(json.dumps(call.json)) & identifiers and not names_connector(call, theirs):
            continue
        before = walk.content.rows()
        answer = await strangers.request(route.method, own.path(route), **call.options)
        is_seen = answer.status_code == 200 and answer.json().get("faults")
        assert is_seen or answer.status_code in {403, 404, 422}, (str(route), answer.status_code, answer.text)
        walk.tells_nothing(route, own.path(route), call, answer)
        assert walk.content.rows() == before, str(route)
        named += 1
    assert named >= 7


async def test_ones_own_account_is_nobody_elses(
    walk: Walk, sign_in: SignIn, rows: Rows, stranger: Person, app: FastAPI
) -> None:
    """What is proven by a password or a code concerns whoever proves it, and nobody of another tenant."""
    owners, strangers = sign_in(rows.person), sign_in(stranger)
    walked, secret = set(), ""
    async for route, answer in own_account(owners):
        assert answer.is_success, (route, answer.text)
        secret = secret or answer.json()["secret"]
        walked.add(route)
    assert walked == OF_ONESELF <= {str(route) for route in routes_of(app)}
    before = walk.content.rows()
    async for route, answer in own_account(strangers):
        assert answer.is_success, (route, answer.text)
        assert not identifiers_in(answer.text) & walk.content.identifiers(), route
        assert secret not in answer.text
        assert walk.content.rows() == before, f"{route} changed rows of another tenant"
    await strangers.post(f"{API}/auth/second-factor/begin", json={"password": NEW_PASSWORD})
    code = code_of(secret, step_at(utc_now()))
    answer = await strangers.post(f"{API}/auth/second-factor/confirm", json={"code": code})
    assert answer.json()["code"] == "second_factor_refused", "the owner's code is worth nothing elsewhere"
    assert walk.content.rows() == before


async def own_account(client: httpx.AsyncClient) -> AsyncIterator[tuple[str, httpx.Response]]:
    """Each call with which a person changes how they sign in, in an order in which all succeed."""
    proof = {"password": PASSWORD}
    factor = f"{API}/auth/second-factor"
    begun = await client.post(f"{factor}/begin", json=proof)
    yield f"POST {factor}/begin", begun
    code = code_of(begun.json()["secret"], step_at(utc_now()))
    yield f"POST {factor}/confirm", await client.post(f"{factor}/confirm", json={"code": code})
    yield f"POST {factor}/recovery-codes", await client.post(f"{factor}/recovery-codes", json=proof)
    yield f"DELETE {factor}", await client.request("DELETE", factor, json=proof)
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    yield f"POST {API}/auth/change-password", await client.post(f"{API}/auth/change-password", json=change)


def names_connector(call: Call, world: World) -> bool:
    """A file of a report names its connector by name."""
    return world.connector.name in json.dumps(call.json)


@pytest.mark.parametrize("wall", ["both walls"], indirect=True)
async def test_a_role_opens_what_it_permits_and_nothing_of_another_tenant(
    walk: Walk, sign_in: SignIn, rows: Rows, stranger: Person, source: SourceOfTrades, installation: Installation
) -> None:
    """Every route × role template × tenant, with the owner's identifiers."""
    world = await new_world(rows, source, installation)
    for key, template in ROLE_TEMPLATES.items():
        may = permitted(template.permissions)
        for person in (rows.person, stranger):
            member = await new_member(
                installation.database,
                person.tenant,
                person.tenant_slug,
                f"{key}@{person.tenant_slug}.test",
                permissions=may,
            )
            client, before = sign_in(member), walk.content.rows()
            for route in walk.routes:
                await Visit(walk, world, may >= walk.needs[route], person is stranger).make(client, route)
            if person is stranger:
                assert walk.content.rows() == before, f"{key} of another tenant changed rows"


@dataclass(frozen=True, slots=True)
class Visit:
    """One member at the routes: at home with calls that have no effect, elsewhere with the owner's calls."""

    walk: Walk
    world: World
    is_permitted: bool
    is_stranger: bool

    async def make(self, client: httpx.AsyncClient, route: RouteOf) -> None:
        """Refused without the permission; with it let in, though there is nothing for strangers."""
        if self.is_stranger:
            path, call = self.world.path(route), call_of(route, self.world)
        else:
            path, call = re.sub(r"\{\w+\}", "no-such-thing", route.path), Call(params={"limit": "1", "q": "tr"})
        answer = await client.request(route.method, path, **call.options)
        code = answer.json().get("code") if answer.status_code >= 400 else None
        assert (code == "permission_missing") == (not self.is_permitted), (str(route), answer.text)
        assert answer.status_code < 500 or route.path.endswith("/test"), (str(route), answer.text)
        if self.is_stranger:
            self.walk.tells_nothing(route, path, call, answer)
            if self.is_permitted and has_id(route):
                assert answer.status_code == 404, (str(route), answer.text)
