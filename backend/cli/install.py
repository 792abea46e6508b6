"""``openreg install``: everything that must be there before the services start; may be repeated at every start."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from backend.cli.installation import migrate, store_first_tenant
from backend.cli.target import owner_url
from backend.config import DatabaseSettings, load_settings
from backend.demo.database import READER, reader_password
from backend.persistence.roles import (
    RolePasswords,
    database_of,
    install_database,
    install_demo_roles,
    install_roles,
)
from backend.services.installation import FirstAdministrator

console = Console(highlight=False, soft_wrap=True)


def install(
    tenant: Annotated[str, typer.Option(help="Slug of the first tenant.")] = "main",
    email: Annotated[
        str, typer.Option(envvar="OPENREG_ADMIN_EMAIL", help="E-mail address of its administrator.")
    ] = "admin@openreg.localhost",
    password: Annotated[
        str | None, typer.Option(envvar="OPENREG_ADMIN_PASSWORD", help="Made, and shown once, when not given.")
    ] = None,
    demo_source_url: Annotated[
        str | None,
        typer.Option(envvar="OPENREG_DEMO_SOURCE_URL", help="The role that makes the demo's source, if there is one."),
    ] = None,
) -> None:
    """Create roles and database (DATABASE_SUPERUSER_URL), migrate, create bucket, tenant and administrator."""
    urls = load_settings().database
    if urls.superuser_url is not None:
        asyncio.run(_install_server(urls, urls.superuser_url.get_secret_value(), demo_source_url))
        console.print("The database and its roles are there.")
    migrate("head")
    created = asyncio.run(store_first_tenant(tenant, email, password or None))
    console.print(_told(created, is_given=bool(password)), markup=False)


async def _install_server(urls: DatabaseSettings, superuser_url: str, demo_source_url: str | None) -> None:
    application, system = urls.url.get_secret_value(), urls.system_url.get_secret_value()
    await install_roles(superuser_url, RolePasswords.of_urls(owner_url(urls), application, system))
    await install_database(superuser_url, database_of(application))
    if demo_source_url:
        await install_demo_roles(
            superuser_url, demo_source_url, reader=READER, reader_password=reader_password(demo_source_url)
        )


def _told(created: FirstAdministrator | None, *, is_given: bool) -> str:
    if created is None:
        return "The installation has a tenant already; nothing of it was changed."
    # What was given is known to whoever gave it, and a log is read by many.
    secret = "the password of OPENREG_ADMIN_PASSWORD" if is_given else f"the password {created.password} (shown once)"
    return f"Tenant {created.tenant}: sign in as {created.email} with {secret}."
