"""Organisations of the installation, and their mails, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from backend.config import RuntimeSettings
from backend.domain.mail import MailState
from backend.domain.roles import ROLE_TEMPLATES
from backend.persistence.repositories.tenants import MemberRepository
from backend.persistence.system import SystemScope
from tests.factories.installation import Installation
from tests.factories.mails import mails_to, token_in
from tests.factories.people import Person
from tests.factories.rows import Rows

TENANTS, MAILS = "/api/v1/tenants", "/api/v1/outgoing-mails"
CHOSEN = "marmalade orbit velvet 42"
NEW = {"slug": "beta-bank", "name": "Beta Bank", "administrator_email": "bea@example.test", "environment": "sandbox"}
SignIn = Callable[[Person], httpx.AsyncClient]


@pytest.fixture
async def platform(installation: Installation, sign_in: SignIn, owner: Person) -> httpx.AsyncClient:
    """A platform administrator."""
    async with installation.database.transaction(owner.tenant) as session:
        user = await MemberRepository(session, owner.tenant).find_user(owner.user_id)
        assert user is not None
        user.is_platform_administrator = True
    return sign_in(owner)


async def test_a_platform_administrator_creates_an_organisation_whose_administrator_is_invited(
    platform: httpx.AsyncClient, anonymous: httpx.AsyncClient, installation: Installation
) -> None:
    made = await platform.post(TENANTS, json=NEW)
    assert made.status_code == 201, made.text
    assert [one["slug"] for one in (await platform.get(TENANTS)).json()["items"]] == ["beta-bank", "acme"]
    async with installation.system.transaction() as session:
        tenant = await SystemScope(session).find_tenant("beta-bank")
    assert tenant is not None
    token = token_in((await mails_to(installation, tenant, "bea@example.test"))[0])
    body = {"token": token, "full_name": "Bea", "password": CHOSEN}
    assert (await anonymous.post("/api/v1/auth/invitations/accept", json=body)).status_code == 200
    login = {"email": "bea@example.test", "password": CHOSEN}
    signed_in = (await anonymous.post("/api/v1/auth/login", json=login)).json()
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
    roles = (await anonymous.get("/api/v1/roles", headers=headers)).json()["items"]
    assert {one["key"] for one in roles} == set(ROLE_TEMPLATES)
    settings = (await anonymous.get("/api/v1/tenant-settings", headers=headers)).json()
    assert (settings["name"], settings["environment"], settings["four_eyes"]) == ("Beta Bank", "sandbox", True)
    refused = await anonymous.get(TENANTS, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "platform_administrator_required")


async def test_an_administrator_of_one_organisation_sees_and_makes_no_others(api: httpx.AsyncClient) -> None:
    for response in (await api.get(TENANTS), await api.post(TENANTS, json=NEW)):
        assert (response.status_code, response.json()["code"]) == (403, "platform_administrator_required")


async def test_an_organisation_that_makes_no_sense_is_refused(platform: httpx.AsyncClient) -> None:
    for change, status, code in (
        ({"slug": "acme"}, 409, "tenant_slug_taken"),
        ({"slug": "Not A Slug"}, 422, "request_invalid"),
        ({"slug": "-x"}, 422, "request_invalid"),
        ({"name": ""}, 422, "request_invalid"),
        ({"administrator_email": "nobody"}, 422, "email_address_invalid"),
        ({"time_zone": "Mars/Olympus"}, 422, "time_zone_unknown"),
    ):
        response = await platform.post(TENANTS, json={**NEW, **change})
        assert (response.status_code, response.json()["code"]) == (status, code), change
    assert len((await platform.get(TENANTS)).json()["items"]) == 1


async def test_a_platform_administrator_disables_an_account_but_not_the_last_administrator_of_anybody(
    platform: httpx.AsyncClient, sign_in: SignIn, installation: Installation, owner: Person, stranger: Person
) -> None:
    await platform.post("/api/v1/roles", json={"name": "Guests", "permissions": []})
    role = next(one["id"] for one in (await platform.get("/api/v1/roles")).json()["items"] if one["name"] == "Guests")
    await platform.post("/api/v1/user-invitations", json={"email": stranger.email, "role_ids": [role]})
    token = token_in((await mails_to(installation, owner.tenant, stranger.email))[0])
    body = {"token": token, "password": "correct horse battery staple"}
    assert (await platform.post("/api/v1/auth/invitations/accept", json=body)).status_code == 200
    refused = await platform.patch(f"/api/v1/users/{stranger.user_id}", json={"is_account_active": False})
    assert (refused.status_code, refused.json()["code"]) == (409, "last_administrator")
    assert (await sign_in(stranger).get("/api/v1/auth/me")).status_code == 200


class TestTheOutbox:
    """Texts open accounts, so they are shown only where there is no other way to get a link."""

    async def test_shows_the_text_of_a_kept_mail_outside_production_and_writes_that_down(
        self, api: httpx.AsyncClient, rows: Rows
    ) -> None:
        mail = await rows.mail("The link: https://x.test/#secret", state=MailState.KEPT)
        assert "secret" not in (await api.get(MAILS)).text
        assert (await api.get(f"{MAILS}/{mail.id}")).json()["text"] == "The link: https://x.test/#secret"
        entries = (await api.get("/api/v1/audit-entries", params={"action": "outgoing_mail.read"})).json()["items"]
        assert [one["subject_id"] for one in entries] == [str(mail.id)]

    async def test_shows_no_text_of_a_mail_that_waits_or_was_given_up(self, api: httpx.AsyncClient, rows: Rows) -> None:
        for state in (MailState.PENDING, MailState.RETRYING, MailState.FAILED):
            mail = await rows.mail(state=state)
            assert (await api.get(f"{MAILS}/{mail.id}")).json()["text"] is None

    async def test_shows_no_text_in_production_nor_where_there_is_a_mail_server(
        self, api: httpx.AsyncClient, app: FastAPI, environment: dict[str, str], rows: Rows
    ) -> None:
        mail = await rows.mail(state=MailState.KEPT)
        runtime = app.state.runtime
        production = RuntimeSettings.model_validate({**environment, "ENVIRONMENT": "production"})
        for settings in (
            replace(runtime.settings, runtime=production),
            replace(runtime.settings, mail=runtime.settings.mail.model_copy(update={"host": "mail.example.test"})),
        ):
            app.state.runtime = replace(runtime, settings=settings)
            assert (await api.get(f"{MAILS}/{mail.id}")).json()["text"] is None

    async def test_lists_mails_by_state(self, api: httpx.AsyncClient, rows: Rows) -> None:
        sent, kept = await rows.mail(state=MailState.SENT, content=None), await rows.mail(state=MailState.KEPT)
        found = (await api.get(MAILS, params={"state": "kept"})).json()["items"]
        assert [one["id"] for one in found] == [str(kept.id)]
        assert len((await api.get(MAILS)).json()["items"]) == 2
        assert (await api.get(f"{MAILS}/{sent.id}")).json()["text"] is None
