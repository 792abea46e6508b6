"""The first start: one tenant, one administrator, one password that nobody else knows."""

from __future__ import annotations

import pytest

from backend.core.clock import utc_now
from backend.core.tokens import TokenSigner
from backend.domain.permissions import ALL_PERMISSIONS
from backend.services.auth import AuthService, SignInRefused
from backend.services.installation import InstallationService, PasswordTooShort
from tests.factories.installation import Installation


@pytest.fixture
def service(installation: Installation) -> InstallationService:
    """An installation that nobody has started yet."""
    return InstallationService(installation.database, installation.system, utc_now)


@pytest.fixture
def auth(installation: Installation, signer: TokenSigner) -> AuthService:
    """Signs people in."""
    return AuthService(installation.database, installation.system, signer, utc_now)


async def first_start(service: InstallationService, password: str | None = None):
    return await service.create_first_tenant(slug="main", name="Main", email="Admin@Example.Test", password=password)


async def test_the_first_administrator_may_do_everything_in_the_first_tenant(
    service: InstallationService, auth: AuthService
) -> None:
    created = await first_start(service, "correct horse battery staple")
    assert created is not None
    principal = await auth.authenticate(await auth.sign_in("admin@example.test", "correct horse battery staple"))
    assert principal.tenant_slug == created.tenant == "main"
    assert principal.permissions == ALL_PERMISSIONS


async def test_a_password_that_was_not_given_is_made_up_and_works(
    service: InstallationService, auth: AuthService
) -> None:
    created = await first_start(service)
    assert created is not None
    assert len(created.password) >= 20
    assert await auth.sign_in(created.email, created.password)


async def test_a_second_start_changes_nothing(service: InstallationService, auth: AuthService) -> None:
    await first_start(service, "correct horse battery staple")
    assert await first_start(service, "another password entirely") is None
    with pytest.raises(SignInRefused):
        await auth.sign_in("admin@example.test", "another password entirely")
    assert await auth.sign_in("admin@example.test", "correct horse battery staple")


@pytest.mark.parametrize("password", ["short", "elevenchars"])
async def test_a_short_password_is_refused_and_nothing_is_created(service: InstallationService, password: str) -> None:
    with pytest.raises(PasswordTooShort):
        await first_start(service, password)
    assert await first_start(service, "correct horse battery staple") is not None
