"""A platform that was not started by ``make up``: the environment leads to it, and people are made for the demo."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from backend.config import load_settings
from backend.core.clock import utc_now
from backend.demo.options import DemoPlatform, SignIn
from backend.domain.roles import ADMINISTRATOR
from backend.domain.tenants import TenantEnvironment
from backend.persistence.session import Database, SystemDatabase
from backend.services.members import UserNotFound
from backend.services.operator_accounts import OperatorAccounts
from backend.services.platform_tenants import TenantPlan, TenantSlugTaken

_TENANT: Final = TenantPlan("demo", "Demo", TenantEnvironment.SANDBOX)
_ADMINISTRATOR: Final = "demo-administrator@openreg.localhost"
_PEOPLE: Final = {
    _ADMINISTRATOR: ADMINISTRATOR,
    "demo-author@openreg.localhost": "report_author",
    "demo-approver@openreg.localhost": "approver",
}


@dataclass(frozen=True, slots=True, repr=False)
class DeployedPlatform:
    """Where its API is, the role that makes the demo's source, and where its workers reach the demo's partners."""

    api_url: str
    source_url: str
    partner_address: str

    def prepared(self) -> DemoPlatform:
        """The platform with its three people, whose passwords are made anew: nobody keeps them."""
        administrator, author, approver = asyncio.run(_people())
        return DemoPlatform(self.api_url, administrator, author, approver, self.source_url, self.partner_address)


async def _people() -> list[SignIn]:
    urls = load_settings().database
    database = Database(urls.url.get_secret_value(), pool_size=1, name="openreg-demo")
    system = SystemDatabase(urls.system_url.get_secret_value(), name="openreg-demo")
    try:
        return await demo_people(OperatorAccounts(database, system, utc_now, "openreg demo"))
    finally:
        await database.dispose()
        await system.dispose()


async def demo_people(accounts: OperatorAccounts) -> list[SignIn]:
    """Administrator, author and approver of the tenant ``demo``, made where they are missing."""
    with suppress(TenantSlugTaken):  # by an earlier demo, or by `openreg seed --demo`
        await accounts.create_tenant(_TENANT, _ADMINISTRATOR, _full_name(_ADMINISTRATOR))
    return [SignIn(email, await _new_password(accounts, email, role)) for email, role in _PEOPLE.items()]


async def _new_password(accounts: OperatorAccounts, email: str, role: str) -> str:
    try:
        return await accounts.reset_password(email)
    except UserNotFound:
        made = await accounts.create(email, _full_name(email), tenant=_TENANT.slug, role=role)
        return made or await accounts.reset_password(email)


def _full_name(email: str) -> str:
    return email.partition("@")[0].replace("-", " ").title()
