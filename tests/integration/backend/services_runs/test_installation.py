"""The first start: one tenant, one administrator, one password that nobody else knows."""

from __future__ import annotations

import httpx
import pytest

from backend.core.clock import utc_now
from backend.domain.passwords import PasswordTooWeak
from backend.domain.permissions import ALL_PERMISSIONS
from backend.services.installation import InstallationService
from tests.factories.installation import Installation


@pytest.fixture
def service(installation: Installation) -> InstallationService:
    """An installation that nobody has started yet."""
    return InstallationService(installation.database, installation.system, utc_now)


async def sign_in(client: httpx.AsyncClient, email: str, password: str) -> httpx.Response:
    return await client.post("/api/v1/auth/login", json={"email": email, "password": password})


async def first_start(service: InstallationService, password: str | None = None):
    return await service.create_first_tenant(slug="main", name="Main", email="Admin@Example.Test", password=password)


async def test_the_first_administrator_may_do_everything_in_the_first_tenant(
    service: InstallationService, anonymous: httpx.AsyncClient
) -> None:
    created = await first_start(service, "correct horse battery staple")
    assert created is not None
    token = (await sign_in(anonymous, "admin@example.test", "correct horse battery staple")).json()["access_token"]
    me = (await anonymous.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})).json()
    assert me["tenant"]["slug"] == created.tenant == "main"
    assert set(me["permissions"]) == ALL_PERMISSIONS
    await service.create_first_plan("main")
    plans = (await anonymous.get("/api/v1/plans", headers={"Authorization": f"Bearer {token}"})).json()["items"]
    assert [(one["key"], one["is_default"], one["is_offered"]) for one in plans] == [("starter", True, True)]


async def test_a_password_that_was_not_given_is_made_up_and_works(
    service: InstallationService, anonymous: httpx.AsyncClient
) -> None:
    created = await first_start(service)
    assert created is not None
    assert len(created.password) >= 20
    assert (await sign_in(anonymous, created.email, created.password)).status_code == 200


async def test_a_second_start_changes_nothing(service: InstallationService, anonymous: httpx.AsyncClient) -> None:
    await first_start(service, "correct horse battery staple")
    assert await first_start(service, "another password entirely") is None
    refused = await sign_in(anonymous, "admin@example.test", "another password entirely")
    assert refused.json()["code"] == "sign_in_refused"
    assert (await sign_in(anonymous, "admin@example.test", "correct horse battery staple")).status_code == 200


@pytest.mark.parametrize("password", ["short", "elevenchars", "Password1234", "not-the-admin-again"])
async def test_a_password_that_could_be_guessed_is_refused_and_nothing_is_created(
    service: InstallationService, password: str
) -> None:
    with pytest.raises(PasswordTooWeak):
        await first_start(service, password)
    assert await first_start(service, "correct horse battery staple") is not None
