"""``openreg tenants``: organisations, for operators."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from backend.cli.platform import DataDir
from backend.cli.users import show_password, with_accounts
from backend.domain.tenants import TenantEnvironment
from backend.services.platform_tenants import TenantPlan

console = Console(highlight=False, soft_wrap=True)
app = typer.Typer(no_args_is_help=True, add_completion=False, help="Organisations of the installation.")


@app.callback()
def tenants() -> None:
    """Organisations of the installation."""


@app.command()
def create(  # noqa: PLR0913 - one parameter per option
    slug: Annotated[str, typer.Argument(help="Short name: small letters, digits and hyphens.")],
    name: Annotated[str, typer.Option(help="Name of the organisation.")],
    administrator: Annotated[str, typer.Option(help="E-mail address of its first administrator.")],
    administrator_name: Annotated[str, typer.Option(help="Full name of that person.")] = "Administrator",
    environment: Annotated[TenantEnvironment, typer.Option(help="What it is for.")] = TenantEnvironment.PRODUCTION,
    *,
    time_zone: Annotated[str, typer.Option(help="Its time zone.")] = "UTC",
    data_dir: DataDir = None,
) -> None:
    """Create an organisation with the usual roles and its first administrator."""
    plan = TenantPlan(slug, name, environment, time_zone)
    password = with_accounts(
        "openreg tenants create",
        lambda accounts: accounts.create_tenant(plan, administrator, administrator_name),
        data_dir,
    )
    console.print(f"The organisation {slug} has been created.")
    show_password(administrator, password)
