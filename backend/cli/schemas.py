"""``openreg schemas``: bring a regulator's XSDs into an installation. Talks to its HTTP API, as every client does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

import typer
from rich.console import Console
from rich.table import Table

from backend.core.errors import ErrorKind, OpenRegError
from backend.demo.platform_client import PlatformClient
from backend.embedded.platform import running_platform

schemas_app = typer.Typer(help="A regulator's schema packages.", no_args_is_help=True)
console = Console()

Url = Annotated[str | None, typer.Option(envvar="OPENREG_URL", help="Address of the core; the running platform's.")]
Email = Annotated[str | None, typer.Option(envvar="OPENREG_EMAIL", help="Who signs in.")]
Password = Annotated[str | None, typer.Option(envvar="OPENREG_PASSWORD", help="With which password.")]


class NoPlatform(OpenRegError):
    """No OpenReg runs on this machine and no other was named."""

    code: ClassVar[str] = "no_platform"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


class ArchiveUnreadable(OpenRegError):
    """The schema package cannot be read."""

    code: ClassVar[str] = "archive_unreadable"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@schemas_app.command()
def install(
    archive: Annotated[Path, typer.Argument(help="The zip of XSD files, as the regulator gives it out.")],
    url: Url = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Install a zip of XSD files; from then on every file of its messages is checked before it is delivered."""
    try:
        content = archive.read_bytes()
    except OSError as error:
        raise ArchiveUnreadable(f"{archive} cannot be read.", fix="Name an existing zip file.") from error
    with signed_in_client(url, email, password) as client:
        package = client.upload("/schema-packages", archive.name, content)
    console.print(f"Installed [bold]{package['name']}[/bold], SHA-256 {package['sha256']}")
    _show_files([package])


@schemas_app.command("list")
def list_packages(url: Url = None, email: Email = None, password: Password = None) -> None:
    """Show what is installed, the newest first."""
    with signed_in_client(url, email, password) as client:
        packages = client.get("/schema-packages")["items"]
    if not packages:
        console.print("No schema package is installed: files are called unverified, never valid.")
        return
    _show_files(packages)


def signed_in_client(url: str | None, email: str | None, password: str | None) -> PlatformClient:
    """A client of the platform that was named, or of the one that runs here. Raises NoPlatform."""
    if url and email and password:
        return PlatformClient(url, email, password)
    platform = running_platform()
    if platform is None:
        raise NoPlatform(fix="Start it with `make up`, or give --url, --email and OPENREG_PASSWORD.")
    return PlatformClient(platform.api_url, platform.admin_email, platform.admin_password)


def _show_files(packages: list[dict[str, object]]) -> None:
    table = Table("Package", "File", "Namespace", "SHA-256")
    for package in packages:
        files = package["files"]
        for file in files if isinstance(files, list) else []:
            table.add_row(str(package["name"]), file["name"], file["namespace"], file["sha256"][:16])
    console.print(table)
