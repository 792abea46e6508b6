"""``openreg users``: accounts, for operators. A password is made, and shown once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from backend.cli.platform import DataDir
from backend.cli.target import opened_databases, target_settings
from backend.core.clock import utc_now
from backend.services.operator_accounts import OperatorAccounts

T = TypeVar("T")
console = Console(highlight=False, soft_wrap=True)
app = typer.Typer(no_args_is_help=True, add_completion=False, help="Accounts of the installation.")
Email = Annotated[str, typer.Argument(help="E-mail address of the account.")]


@app.command("list")
def list_users(
    data_dir: DataDir = None, *, as_json: Annotated[bool, typer.Option("--json", help="One JSON list.")] = False
) -> None:
    """Show every member of every organisation."""
    members = with_accounts("openreg users list", lambda accounts: accounts.members(), data_dir)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in members], default=str))
        return
    table = Table("Organisation", "E-mail", "Name", "State", "Roles")
    for one in members:
        roles = ", ".join([*one.roles, *(["platform administrator"] if one.is_platform_administrator else [])])
        table.add_row(one.tenant, one.email, one.full_name, one.state.value, roles)
    console.print(table)


@app.command()
def create(
    email: Email,
    tenant: Annotated[str, typer.Option(help="Short name of the organisation.")],
    name: Annotated[str, typer.Option(help="Full name of the person.")],
    role: Annotated[str, typer.Option(help="Key of a role, such as administrator or report_author.")],
    data_dir: DataDir = None,
) -> None:
    """Make somebody a member, with a new account if there is none."""
    password = with_accounts(
        "openreg users create", lambda accounts: accounts.create(email, name, tenant=tenant, role=role), data_dir
    )
    show_password(email, password)


@app.command("reset-password")
def reset_password(email: Email, data_dir: DataDir = None) -> None:
    """Give an account a new password, and end its sessions."""
    password = with_accounts("openreg users reset-password", lambda accounts: accounts.reset_password(email), data_dir)
    show_password(email, password)


@app.command()
def disable(email: Email, data_dir: DataDir = None) -> None:
    """Let nobody sign in with an account, and end its sessions."""
    with_accounts("openreg users disable", lambda accounts: accounts.disable(email), data_dir)
    console.print(f"{email} cannot sign in any more.")


@app.command()
def enable(email: Email, data_dir: DataDir = None) -> None:
    """Let a disabled account sign in again."""
    with_accounts("openreg users enable", lambda accounts: accounts.enable(email), data_dir)
    console.print(f"{email} can sign in again.")


def with_accounts(command: str, act: Callable[[OperatorAccounts], Awaitable[T]], data_dir: Path | None) -> T:
    """Do one thing with the accounts of an installation: see ``target_settings``."""
    urls = target_settings(data_dir).database

    async def run() -> T:
        async with opened_databases(urls) as (database, system):
            return await act(OperatorAccounts(database, system, utc_now, command))

    return asyncio.run(run())


def show_password(email: str, password: str | None) -> None:
    """Show a password that was made; it cannot be shown again."""
    if password is None:
        console.print(f"{email} has an account already; its password stays as it is.")
    else:
        console.print(f"{email} signs in with the password {password} (shown once).", markup=False)
