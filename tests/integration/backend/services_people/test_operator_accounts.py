"""What operators do without a mail: accounts and organisations, every change in the audit trail."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from backend.core.clock import utc_now
from backend.domain.mail import EmailAddressInvalid
from backend.persistence.repositories.members import MemberState
from backend.services.installation import TenantUnknown
from backend.services.invitations import AlreadyMember
from backend.services.members import LastAdministrator, UserNotFound
from backend.services.operator_accounts import OperatorAccounts
from backend.services.platform_tenants import TenantPlan, TenantSlugInvalid, TenantSlugTaken
from backend.services.roles import RoleNotFound
from tests.factories.installation import Installation
from tests.factories.people import PASSWORD, Person

LOGIN = "/api/v1/auth/login"


@pytest.fixture
def accounts(installation: Installation) -> OperatorAccounts:
    return OperatorAccounts(installation.database, installation.system, utc_now, "openreg users test")


async def signs_in(client: httpx.AsyncClient, email: str, password: str) -> bool:
    return (await client.post(LOGIN, json={"email": email, "password": password})).status_code == 200


async def test_an_account_is_made_with_a_password_that_works(
    accounts: OperatorAccounts, anonymous: httpx.AsyncClient, owner: Person
) -> None:
    password = await accounts.create("Olga@Example.test", "Olga", tenant="acme", role="administrator")
    assert password is not None
    assert len(password) >= 20
    assert await signs_in(anonymous, "olga@example.test", password)
    listed = [(one.tenant, one.email, one.state, one.roles) for one in await accounts.members()]
    assert ("acme", "olga@example.test", MemberState.ACTIVE, ["administrator"]) in listed


async def test_an_account_that_exists_joins_with_the_password_it_has(
    accounts: OperatorAccounts, anonymous: httpx.AsyncClient, owner: Person, stranger: Person
) -> None:
    assert await accounts.create(stranger.email, "Mallory", tenant="acme", role="administrator") is None
    assert await signs_in(anonymous, stranger.email, PASSWORD)
    assert {one.full_name for one in await accounts.members() if one.email == stranger.email} == {"Other"}


async def test_what_cannot_be_made_is_refused_by_name(accounts: OperatorAccounts, owner: Person) -> None:
    with pytest.raises(TenantUnknown):
        await accounts.create("x@example.test", "X", tenant="nowhere", role="administrator")
    with pytest.raises(RoleNotFound):
        await accounts.create("x@example.test", "X", tenant="acme", role="emperor")
    with pytest.raises(EmailAddressInvalid):
        await accounts.create("nobody", "X", tenant="acme", role="administrator")
    with pytest.raises(AlreadyMember):
        await accounts.create(owner.email, "X", tenant="acme", role="administrator")


async def test_a_reset_gives_a_new_password_and_ends_the_sessions(
    accounts: OperatorAccounts, api: httpx.AsyncClient, anonymous: httpx.AsyncClient, owner: Person
) -> None:
    password = await accounts.reset_password(owner.email)
    assert (await api.get("/api/v1/auth/me")).status_code == 401
    assert not await signs_in(anonymous, owner.email, PASSWORD)
    assert await signs_in(anonymous, owner.email, password)
    with pytest.raises(UserNotFound):
        await accounts.reset_password("nobody@example.test")


async def test_a_disabled_account_is_out_everywhere_until_it_is_enabled(
    accounts: OperatorAccounts, api: httpx.AsyncClient, anonymous: httpx.AsyncClient, owner: Person
) -> None:
    with pytest.raises(LastAdministrator):
        await accounts.disable(owner.email)
    await accounts.create("second@example.test", "Second", tenant="acme", role="administrator")
    await accounts.disable(owner.email)
    assert (await api.get("/api/v1/auth/me")).status_code == 401
    assert not await signs_in(anonymous, owner.email, PASSWORD)
    await accounts.enable(owner.email)
    assert await signs_in(anonymous, owner.email, PASSWORD)


async def test_an_organisation_is_made_with_its_roles_and_administrator(
    accounts: OperatorAccounts, app: FastAPI, anonymous: httpx.AsyncClient, owner: Person
) -> None:
    password = await accounts.create_tenant(TenantPlan("beta", "Beta"), "bea@example.test", "Bea")
    assert password is not None
    signed_in = await anonymous.post(LOGIN, json={"email": "bea@example.test", "password": password})
    headers = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    assert len((await anonymous.get("/api/v1/roles", headers=headers)).json()["items"]) == 6
    entries = (await anonymous.get("/api/v1/audit-entries", headers=headers)).json()["items"]
    made = [(one["action"], one["actor_kind"], one["actor_label"]) for one in entries]
    assert ("tenant.created", "system", "openreg users test") in made
    assert ("user.created", "system", "openreg users test") in made
    with pytest.raises(TenantSlugTaken):
        await accounts.create_tenant(TenantPlan("beta", "Beta"), "other@example.test", "O")
    with pytest.raises(TenantSlugInvalid):
        await accounts.create_tenant(TenantPlan("Not A Slug", "Beta"), "other@example.test", "O")
