"""Every route of the application, walked: without a token, without a permission, and with another tenant's ids.

The routes are taken from the application itself, so a new one is refused here until somebody says how it is called.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.core.clock import utc_now
from backend.core.ids import new_id
from backend.core.tokens import TokenSigner
from backend.domain.permissions import ALL_PERMISSIONS, Permission
from backend.domain.reports.versions import ReportVersionState
from backend.persistence.models.connector import Connector
from tests.factories.documents import plain_document
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member, new_tenant, set_permissions
from tests.factories.routes import RouteOf, routes_of
from tests.factories.rows import AT, CONTENT, Rows
from tests.factories.source import SourceOfTrades
from tests.factories.whole_tenant import WholeTenant, fill

API = "/api/v1"
PUBLIC = {
    "GET /health",
    "GET /ready",
    "GET /docs",
    "GET /docs/oauth2-redirect",
    "GET /redoc",
    "GET /openapi.json",
    f"POST {API}/auth/login",
    f"POST {API}/auth/login/second-factor",
    f"POST {API}/auth/refresh",
    f"POST {API}/auth/logout",
    f"POST {API}/auth/logout-all",
    f"POST {API}/auth/forgot-password",
    f"POST {API}/auth/reset-password",
    f"POST {API}/auth/invitations/read",
    f"POST {API}/auth/invitations/accept",
}
#: Routes that only need somebody who is signed in.
SIGNED_IN = {
    f"GET {API}/dashboard",
    f"GET {API}/search",
    f"GET {API}/notices",
    f"GET {API}/notices/stream",
    f"POST {API}/notices/read-all",
    f"POST {API}/notices/{{notice_id}}/read",
    f"GET {API}/notices/preferences",
    f"PUT {API}/notices/preferences",
    f"GET {API}/auth/me",
    f"PATCH {API}/auth/me",
    f"GET {API}/auth/sessions",
    f"DELETE {API}/auth/sessions/{{session_id}}",
    f"POST {API}/auth/change-password",
    f"POST {API}/auth/switch-tenant",
    f"POST {API}/auth/second-factor/begin",
    f"POST {API}/auth/second-factor/confirm",
    f"POST {API}/auth/second-factor/recovery-codes",
    f"DELETE {API}/auth/second-factor",
}
#: Answers that do not end while somebody reads them; they have tests of their own.
ENDLESS = {f"GET {API}/notices/stream"}
#: Lists that are the same for everybody.
OF_EVERY_TENANT = ("/event-types", "/regulations", "/functions", "/permissions", "/kinds", "/counts")
SignIn = Callable[[Person], httpx.AsyncClient]


@pytest.fixture
def protected(app: FastAPI) -> list[RouteOf]:
    """Every route but the public ones."""
    return [route for route in routes_of(app) if str(route) not in PUBLIC]


def filled(path: str) -> str:
    """The path with ids that nobody has."""
    while "{" in path:
        start, end = path.index("{"), path.index("}")
        path = path[:start] + str(new_id()) + path[end + 1 :]
    return path


def is_problem(response: httpx.Response, status: int) -> bool:
    if response.status_code != status or response.headers["content-type"] != "application/problem+json":
        return False
    document = response.json()
    return bool(document["status"] == status and document["code"] and document["request_id"])


def test_the_public_routes_are_these(app: FastAPI) -> None:
    assert {str(route) for route in routes_of(app)} >= PUBLIC | SIGNED_IN
    assert len(routes_of(app)) > len(PUBLIC) + 30


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer x", "Basic YWRtaW46YWRtaW4=", "bearer null", "Token x"],
    ids=str,
)
async def test_without_a_token_every_other_route_says_sign_in(
    protected: list[RouteOf], anonymous: httpx.AsyncClient, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    for route in protected:
        response = await anonymous.request(route.method, filled(route.path), headers=headers)
        assert is_problem(response, 401), (str(route), response.status_code, response.text)
        assert response.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_that_does_not_hold_opens_no_route(
    protected: list[RouteOf], anonymous: httpx.AsyncClient, owner: Person, stranger: Person, installation: Installation
) -> None:
    former = await new_member(installation.database, owner.tenant, "acme", "former@example.test", is_active=False)
    signer = TokenSigner("Kq8vT2nX5bY7cW0zR4mL9pJ3hG6fD1sA", "HS256", "openreg", "openreg-api", timedelta(minutes=15))
    other_key = TokenSigner("x" * 32, "HS256", "openreg", "openreg-api", timedelta(minutes=15))
    now = utc_now()
    tokens = {
        "expired": signer.sign(
            subject=owner.user_id, tenant=owner.tenant, session=owner.session_id, now=now - timedelta(hours=1)
        ),
        "of another key": other_key.sign(subject=owner.user_id, tenant=owner.tenant, session=owner.session_id, now=now),
        "of somebody who left": signer.sign(
            subject=former.user_id, tenant=owner.tenant, session=former.session_id, now=now
        ),
        "of nobody": signer.sign(subject=new_id(), tenant=owner.tenant, session=owner.session_id, now=now),
        "for a tenant one is no member of": signer.sign(
            subject=owner.user_id, tenant=stranger.tenant, session=owner.session_id, now=now
        ),
        "of no session": signer.sign(subject=owner.user_id, tenant=owner.tenant, session=new_id(), now=now),
        "of somebody else's session": signer.sign(
            subject=owner.user_id, tenant=owner.tenant, session=stranger.session_id, now=now
        ),
        "for no tenant": signer.sign(subject=owner.user_id, tenant=new_id(), session=owner.session_id, now=now),
    }
    for name, token in tokens.items():
        headers = {"Authorization": f"Bearer {token}"}
        for route in protected if name == "expired" else protected[::6]:
            response = await anonymous.request(route.method, filled(route.path), headers=headers)
            assert is_problem(response, 401), (name, str(route), response.text)


async def test_a_member_without_permissions_may_do_nothing_but_see_who_they_are(
    protected: list[RouteOf], sign_in: SignIn, installation: Installation
) -> None:
    nobody = sign_in(await new_tenant(installation.database, "powerless", permissions=()))
    for route in protected:
        if str(route) in ENDLESS:
            continue
        params = {"q": "anything"} if route.path.endswith("/search") else None
        response = await nobody.request(route.method, filled(route.path), params=params)
        if str(route) in SIGNED_IN:
            assert response.status_code in {200, 404, 422}, (str(route), response.text)
            continue
        assert is_problem(response, 403), (str(route), response.status_code, response.text)
        assert response.json()["permission"] in ALL_PERMISSIONS


async def test_a_token_carries_no_permissions_they_are_read_when_it_is_used(
    sign_in: SignIn, installation: Installation, owner: Person
) -> None:
    client = sign_in(owner)
    assert (await client.get(f"{API}/runs")).status_code == 200
    await set_permissions(installation.database, owner, [])
    assert (await client.get(f"{API}/runs")).status_code == 403


async def test_one_permission_opens_exactly_its_own_routes(
    protected: list[RouteOf], sign_in: SignIn, installation: Installation, owner: Person
) -> None:
    """Whoever may do one thing is refused everywhere else, and by the permission that is missing there."""
    client = sign_in(owner)
    needs: dict[str, str] = {}
    await set_permissions(installation.database, owner, [])
    for route in protected:
        if str(route) not in SIGNED_IN:
            needs[str(route)] = (await client.request(route.method, filled(route.path))).json()["permission"]
    # To read personal data opens no route: it unmasks values on routes that other permissions open.
    assert set(needs.values()) == ALL_PERMISSIONS - {Permission.PII_READ.value}, (
        "a permission that opens nothing, or a route that asks for no known one"
    )
    for permission in Permission:
        await set_permissions(installation.database, owner, [permission.value])
        for route in protected:
            wanted = needs.get(str(route))
            # Calls that would get through are made in the tests of their routes.
            if wanted is not None and wanted != permission.value:
                response = await client.request(route.method, filled(route.path))
                assert is_problem(response, 403), (permission, str(route))


@dataclass(frozen=True, slots=True)
class Call:
    """How the owner calls a route with success."""

    status: int = 200
    json: dict[str, Any] | None = None
    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


#: The version for a route that changes one, by the end of its path.
VERSION_STATES = {
    "/activate": ReportVersionState.APPROVED,
    "/submit": ReportVersionState.DRAFT,
    "/withdraw": ReportVersionState.IN_REVIEW,
    "/approve": ReportVersionState.IN_REVIEW,
    "/reject": ReportVersionState.IN_REVIEW,
    "{version_id}/archive": ReportVersionState.DRAFT,
    "/roll-back": ReportVersionState.ARCHIVED,
}
#: What a route needs besides its path.
QUERIES = {"tables": {"schema": "public"}, "columns": {"schema": "public", "table": "trades"}}


@dataclass(frozen=True, slots=True)
class World:
    """One tenant's things, and what else a call needs."""

    whole: WholeTenant
    connector: Connector
    unused_connector_id: str
    versions: dict[str, str]
    startable_report_id: str
    failed_run_id: str
    pending_run_id: str
    member_id: str

    def path(self, route: RouteOf) -> str:
        """The route's path with ids of this world."""
        whole = self.whole
        ids = {
            "connector_id": str(self.connector.id),
            "report_id": str(whole.report.id),
            "version_id": str(whole.version.id),
            "run_id": str(whole.run.id),
            "artifact_id": str(whole.artifact.id),
            "destination_id": str(whole.destination.id),
            "webhook_id": str(whole.webhook.id),
            "role_id": str(whole.role.id),
            "session_id": str(whole.session.id),
            "entry_id": str(whole.audit_entry.id),
            "user_id": self.member_id,
            "invitation_id": str(whole.invitation.id),
            "service_key_id": str(whole.service_key.id),
            "mail_id": str(whole.mail.id),
            "notice_id": str(whole.notice.id),
            **self._special(route),
        }
        return route.path.format(**ids)

    def _special(self, route: RouteOf) -> dict[str, str]:
        for end, version in self.versions.items():
            if route.path.endswith(end):
                return {"version_id": version}
        if route.method == "DELETE" and route.path.endswith("{connector_id}"):
            return {"connector_id": self.unused_connector_id}
        if route.path.endswith("{report_id}/runs"):
            return {"report_id": self.startable_report_id}
        if route.path.endswith("/retry"):
            return {"run_id": self.failed_run_id}
        return {"run_id": self.pending_run_id} if route.path.endswith("/cancel") else {}


def call_of(route: RouteOf, world: World) -> Call:
    """The owner's call, by the end of the path."""
    if route.method == "DELETE":
        return Call(204)
    if route.method == "GET":
        return Call(params=dict(QUERIES.get(route.path.rpartition("/")[2], {})))
    if route.path.endswith("{user_id}/roles"):
        return Call(json={"role_ids": [str(world.whole.role.id)]})
    if route.method == "PUT":
        return Call(json={"document": {}}, headers={"If-Match": "*"})
    calls = {
        "{connector_id}/test": Call(),
        "{connector_id}/preview": Call(json={"query": "select trade_id from trades"}),
        "{destination_id}/test": Call(),
        "{connector_id}": Call(json={"name": f"renamed {new_id()}"}),
        "{report_id}": Call(json={"name": "renamed"}),
        "{report_id}/archive": Call(),
        "{report_id}/restore": Call(),
        "{report_id}/clone": Call(201, {"name": "copy", "slug": f"copy-{new_id().hex}"}),
        "/submit": Call(json={}),
        "/withdraw": Call(json={}),
        "/approve": Call(json={}),
        "/reject": Call(json={"comment": "Not yet."}),
        "{version_id}/archive": Call(json={}),
        "/roll-back": Call(201, {}),
        "{report_id}/versions": Call(201, {"document": plain_document(world.connector.id)}),
        "{version_id}/activate": Call(),
        "{report_id}/runs": Call(202, {"reporting_date": "2026-11-19"}),
        "{run_id}/cancel": Call(),
        "{notice_id}/read": Call(),
        "{run_id}/retry": Call(),
        "{run_id}/release": Call(),
        "{user_id}/end-sessions": Call(),
        "{user_id}": Call(json={"full_name": "Another Name"}),
        "{invitation_id}/resend": Call(),
        "{service_key_id}": Call(json={"description": "Seen by its own tenant."}),
        "{service_key_id}/rotate": Call(json={}),
        "{role_id}": Call(json={"description": "Seen by its own tenant."}),
    }
    return next(call for end, call in calls.items() if route.path.endswith(end))


async def new_world(rows: Rows, source: SourceOfTrades, installation: Installation) -> World:
    whole = await fill(rows)
    installation.adapters.storage.put(whole.artifact.object_key, CONTENT)
    connector = await rows.connector(source.settings, credentials=rows.box.seal(source.credentials))
    unused = await rows.connector()
    slug = rows.person.tenant_slug
    author = await new_member(installation.database, rows.person.tenant, slug, f"{new_id().hex}@example.test")
    document, wrote = plain_document(connector.id), {"created_by": author.user_id, "authors": [author.user_id]}
    versions = {
        end: str((await rows.version(whole.report, document, major=number, state=state, **wrote)).id)
        for number, (end, state) in enumerate(VERSION_STATES.items(), 2)
    }
    startable = await rows.version(await rows.report(), plain_document(connector.id))
    failed = await rows.run(state="failed", finished_at=AT)
    pending = await rows.run()
    return World(
        whole=whole,
        connector=connector,
        unused_connector_id=str(unused.id),
        versions=versions,
        startable_report_id=str(startable.report_id),
        failed_run_id=str(failed.id),
        pending_run_id=str(pending.id),
        member_id=str(author.user_id),
    )


async def test_ids_of_another_tenant_are_not_there_on_any_route(
    app: FastAPI, sign_in: SignIn, rows: Rows, stranger: Person, source: SourceOfTrades, installation: Installation
) -> None:
    """The stranger, who may do everything at home, is told that nothing is there; then the owner shows that it is."""
    routes = [route for route in routes_of(app) if "_id}" in route.path and "pack_id" not in route.path]
    assert len(routes) >= 28
    owners_client, strangers_client = sign_in(rows.person), sign_in(stranger)
    # What removes comes last, so that every other call finds its thing.
    world = await new_world(rows, source, installation)
    for route in sorted(routes, key=lambda one: (one.method == "DELETE", one)):
        call, path = call_of(route, world), world.path(route)
        if route.method == "DELETE":
            world = await new_world(rows, source, installation)
            path = world.path(route)
        options: dict[str, Any] = {"params": call.params, "headers": call.headers}
        if call.json is not None:
            options["json"] = call.json
        refused = await strangers_client.request(route.method, path, **options)
        assert is_problem(refused, 404), (str(route), refused.status_code, refused.text)
        accepted = await owners_client.request(route.method, path, **options)
        assert accepted.status_code == call.status, (str(route), accepted.status_code, accepted.text)
        again = await strangers_client.request(route.method, path, **options)
        assert is_problem(again, 404), ("after the owner", str(route), again.status_code, again.text)


def identity_of(item: dict[str, Any]) -> str:
    """What an item of a list is told apart by."""
    return str(item.get("id") or item["version_id"])


async def test_lists_of_one_tenant_hold_nothing_of_another(
    app: FastAPI, sign_in: SignIn, rows: Rows, strangers_rows: Rows, source: SourceOfTrades, installation: Installation
) -> None:
    await new_world(rows, source, installation)
    client, owners = sign_in(strangers_rows.person), sign_in(rows.person)
    lists = [
        route
        for route in routes_of(app)
        if route.method == "GET" and "{" not in route.path and str(route) not in PUBLIC | ENDLESS
    ]
    looked_at = 0
    for route in lists:
        found = await client.get(route.path)
        if found.headers["content-type"] != "application/json":
            continue
        answer = found.json()
        if "items" in answer and not route.path.endswith(OF_EVERY_TENANT):
            theirs = {identity_of(one) for one in (await owners.get(route.path)).json()["items"]}
            assert theirs.isdisjoint(identity_of(one) for one in answer["items"]), str(route)
            looked_at += 1
    assert looked_at >= 7
    for name in ("connectors", "reports", "runs", "destinations", "webhooks", "schema-packages"):
        assert (await owners.get(f"{API}/{name}")).json()["items"], name


async def test_a_document_that_names_things_of_another_tenant_is_refused(
    sign_in: SignIn, rows: Rows, strangers_rows: Rows, source: SourceOfTrades
) -> None:
    theirs = strangers_rows
    connector = await theirs.connector(source.settings, credentials=theirs.box.seal(source.credentials))
    destination = await theirs.destination()
    own = await rows.connector(source.settings, credentials=rows.box.seal(source.credentials))
    report = await rows.report()
    client = sign_in(rows.person)
    for document, pointer in (
        (plain_document(connector.id), "/source/connector_id"),
        (plain_document(own.id, deliver_to=[str(destination.id)]), "/deliver_to/0"),
    ):
        response = await client.post(f"{API}/reports/{report.id}/versions", json={"document": document})
        assert is_problem(response, 422), response.text
        assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


async def test_a_version_is_only_found_under_its_own_report(sign_in: SignIn, rows: Rows) -> None:
    version = await rows.version(await rows.report(), state=ReportVersionState.DRAFT)
    other = await rows.report()
    client = sign_in(rows.person)
    assert (await client.get(f"{API}/reports/{other.id}/versions/{version.id}")).status_code == 404
    assert (await client.post(f"{API}/reports/{other.id}/versions/{version.id}/activate")).status_code == 404
    assert (await client.get(f"{API}/reports/{version.report_id}/versions/{version.id}")).status_code == 200


async def test_schema_packages_of_one_tenant_are_not_those_of_another(
    sign_in: SignIn, rows: Rows, stranger: Person
) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr(
            "a.xsd",
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:a">'
            '<xs:element name="a"/></xs:schema>',
        )
    files = {"file": ("schemas.zip", archive.getvalue(), "application/zip")}
    installed = await sign_in(rows.person).post(f"{API}/schema-packages", files=files)
    assert installed.status_code == 201, installed.text
    assert (await sign_in(stranger).get(f"{API}/schema-packages")).json()["items"] == []
    own = await sign_in(stranger).post(f"{API}/schema-packages", files=files)
    assert own.status_code == 201, "the same bytes belong to each tenant on its own"
    assert own.json()["id"] != installed.json()["id"]
