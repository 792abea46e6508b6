"""``openreg migrate`` and ``openreg seed``: the database and the first administrator."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, ClassVar

import typer
from rich.console import Console

from backend.config import DatabaseSettings, load_settings
from backend.core.clock import utc_now
from backend.core.errors import ErrorKind, OpenRegError
from backend.persistence.migrations import upgrade
from backend.persistence.session import Database, SystemDatabase
from backend.services.adapters import create_adapters
from backend.services.installation import FirstAdministrator, InstallationService

console = Console()


class OwnerUrlMissing(OpenRegError):
    """Migrating needs the owner role."""

    code: ClassVar[str] = "owner_url_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL


def migrate(revision: Annotated[str, typer.Argument(help="Revision to migrate to.")] = "head") -> None:
    """Bring the database to the newest revision, as the owner role (DATABASE_OWNER_URL)."""
    url = load_settings().database.owner_url
    if url is None:
        raise OwnerUrlMissing(fix="Set DATABASE_OWNER_URL to the role that owns the tables.")
    upgrade(url.get_secret_value(), revision)
    console.print(f"The database is at revision [bold]{revision}[/bold].")


def seed(
    tenant: Annotated[str, typer.Option(help="Slug of the first tenant.")] = "main",
    demo: Annotated[bool, typer.Option("--demo", help="Name the tenant demo.")] = False,
    email: Annotated[str, typer.Option(help="E-mail address of its administrator.")] = "admin@openreg.localhost",
    password: Annotated[str | None, typer.Option(envvar="OPENREG_ADMIN_PASSWORD", help="Made when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Create the bucket, and the first tenant with its administrator on an empty installation."""
    created = asyncio.run(_seed("demo" if demo else tenant, email, password))
    if created is None:
        # A start that was cut short asks again: it must learn whom the first one created.
        text = "The installation has a tenant already; nothing was changed."
        typer.echo(json.dumps({"email": email})) if as_json else console.print(text)
        return
    shown = {"tenant": created.tenant, "email": created.email, "password": created.password}
    if as_json:
        typer.echo(json.dumps(shown))
        return
    console.print(
        f"Tenant {created.tenant}: sign in as {created.email} with the password {created.password} (shown once)."
    )


async def _seed(tenant: str, email: str, password: str | None) -> FirstAdministrator | None:
    settings = load_settings()
    await asyncio.to_thread(create_adapters(settings).storage.ensure_bucket)
    urls: DatabaseSettings = settings.database
    database = Database(urls.url.get_secret_value(), pool_size=1, name="openreg-cli")
    system = SystemDatabase(urls.system_url.get_secret_value(), name="openreg-cli")
    try:
        service = InstallationService(database, system, utc_now)
        return await service.create_first_tenant(slug=tenant, name=tenant.title(), email=email, password=password)
    finally:
        await database.dispose()
        await system.dispose()
