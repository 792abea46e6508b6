"""Every route of the application, walked: without a token, without a permission, and with another tenant's ids.

The routes are taken from the application itself, so a new one is refused here until somebody says how it is called.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from backend.core.clock import utc_now
from backend.core.ids import new_id
from backend.core.tokens import TokenSigner
from backend.domain.permissions import ALL_PERMISSIONS, Permission
from backend.domain.reports.versions import ReportVersionState
from tests.factories.documents import plain_document
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member, new_tenant, set_permissions
from tests.factories.routes import API, ENDLESS, PUBLIC, SIGNED_IN, RouteOf, routes_of
from tests.factories.rows import Rows
from tests.factories.source import SourceOfTrades

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


async def test_no_other_permission_opens_a_route(
    protected: list[RouteOf], sign_in: SignIn, installation: Installation, owner: Person
) -> None:
    """A route names the permission it needs, and whoever has all others is still refused by that one."""
    client = sign_in(owner)
    opens: dict[str, list[RouteOf]] = {}
    await set_permissions(installation.database, owner, [])
    for route in protected:
        if str(route) not in SIGNED_IN:
            wanted = (await client.request(route.method, filled(route.path))).json()["permission"]
            opens.setdefault(wanted, []).append(route)
    # To read personal data opens no route: it unmasks values on routes that other permissions open.
    assert set(opens) == ALL_PERMISSIONS - {Permission.PII_READ.value}, (
        "a permission that opens nothing, or a route that asks for no known one"
    )
    for permission, routes in opens.items():
        await set_permissions(installation.database, owner, sorted(ALL_PERMISSIONS - {permission}))
        for route in routes:
            response = await client.request(route.method, filled(route.path))
            assert is_problem(response, 403), (permission, str(route))
            assert response.json()["permission"] == permission, str(route)


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
