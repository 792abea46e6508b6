"""``openreg migrate`` and ``openreg seed``: the database and the first administrator."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from typing import Annotated

import typer
from rich.console import Console

from backend.cli.target import opened_databases, owner_url
from backend.config import load_settings
from backend.core.clock import utc_now
from backend.persistence.migrations import check_owner, upgrade
from backend.services.adapters import create_adapters
from backend.services.installation import DemoPerson, FirstAdministrator, InstallationService, TenantUnknown

console = Console()


def migrate(revision: Annotated[str, typer.Argument(help="Revision to migrate to.")] = "head") -> None:
    """Bring the database to the newest revision, as the owner role (DATABASE_OWNER_URL)."""
    url = owner_url(load_settings().database)
    asyncio.run(check_owner(url))
    upgrade(url, revision)
    console.print(f"The database is at revision [bold]{revision}[/bold].")


def seed(  # noqa: PLR0913 - one parameter per option
    *,
    tenant: Annotated[str, typer.Option(help="Slug of the first tenant.")] = "main",
    demo: Annotated[
        bool, typer.Option("--demo", help="Name the tenant demo; give it an author and an approver.")
    ] = False,
    email: Annotated[str, typer.Option(help="E-mail address of its administrator.")] = "admin@openreg.localhost",
    password: Annotated[str | None, typer.Option(envvar="OPENREG_ADMIN_PASSWORD", help="Made when not given.")] = None,
    author_password: Annotated[
        str | None, typer.Option(envvar="OPENREG_AUTHOR_PASSWORD", help="Of the demo's author; made when not given.")
    ] = None,
    approver_password: Annotated[
        str | None, typer.Option(envvar="OPENREG_APPROVER_PASSWORD", help="Of the demo's approver, likewise.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Create the bucket, and the first tenant with its people on an empty installation."""
    people = _demo_people(author_password, approver_password) if demo else ()
    created = asyncio.run(store_first_tenant("demo" if demo else tenant, email, password, people))
    addresses = {f"{one.role.removeprefix('report_')}_email": one.email for one in people}
    if created is None:
        # A start that was cut short asks again: it must learn whom the first one created.
        text = "The installation has a tenant already; nothing of it was changed."
        typer.echo(json.dumps({"email": email, **addresses})) if as_json else console.print(text)
        return
    shown = {"tenant": created.tenant, "email": created.email, "password": created.password, **addresses}
    if as_json:
        typer.echo(json.dumps(shown))
        return
    for who, address, secret in (
        ("administrator", created.email, created.password),
        *((one.full_name.lower(), one.email, one.password) for one in people),
    ):
        console.print(f"Tenant {created.tenant}, {who}: sign in as {address} with the password {secret} (shown once).")


def _demo_people(author_password: str | None, approver_password: str | None) -> tuple[DemoPerson, ...]:
    return (
        DemoPerson("author@openreg.localhost", "Author", "report_author", author_password or _made_password()),
        DemoPerson("approver@openreg.localhost", "Approver", "approver", approver_password or _made_password()),
    )


def _made_password() -> str:
    return secrets.token_urlsafe(15)


async def store_first_tenant(
    tenant: str, email: str, password: str | None, people: Sequence[DemoPerson] = ()
) -> FirstAdministrator | None:
    """Bucket and first tenant of the installation that the environment names; None when it has a tenant already."""
    settings = load_settings()
    await asyncio.to_thread(create_adapters(settings).storage.ensure_bucket)
    async with opened_databases(settings.database) as (database, system):
        service = InstallationService(database, system, utc_now)
        created = await service.create_first_tenant(slug=tenant, name=tenant.title(), email=email, password=password)
        if created is not None:
            await service.create_first_plan(tenant)
        if people:
            # An installation that was restored from a backup need not have a demo tenant.
            with suppress(TenantUnknown) if created is None else nullcontext():
                await service.create_demo_people(tenant, people)
        return created
