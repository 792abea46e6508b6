"""``openreg reference load``: official lists into the datasets of an installation, over its HTTP API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

import typer
from rich.console import Console
from rich.progress import wrap_file
from rich.table import Table

from backend.cli.schemas import Email, Password, Url, signed_in_client
from backend.core.errors import ErrorKind, OpenRegError
from backend.services.reference_data.shapes import LoadMode, OfficialList

console = Console()


class ListFileUnreadable(OpenRegError):
    """The file of a list cannot be read."""

    code: ClassVar[str] = "list_file_unreadable"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


def load(  # noqa: PLR0913 - one parameter per option
    listed: Annotated[OfficialList, typer.Argument(help="Which list.")],
    file: Annotated[Path | None, typer.Argument(help="As published, also in a zip archive; two need none.")] = None,
    *,
    mode: Annotated[
        LoadMode, typer.Option(help="What the file holds: all, a further part, or changes.")
    ] = LoadMode.FULL,
    allow_bad_rows: Annotated[int, typer.Option(help="So many rows may be left out.")] = 0,
    url: Url = None,
    email: Email = None,
    password: Password = None,
) -> None:
    """Load an official list: all of a file, or nothing of it. Ctrl-C while it is sent takes nothing."""
    query = f"mode={mode.value}&allowed_bad_rows={allow_bad_rows}"
    path = f"/reference-lists/{listed.value}/load?{query}"
    with signed_in_client(url, email, password) as client:
        if file is None:
            loaded = client.post(path)
        else:
            try:
                size = file.stat().st_size
                with file.open("rb") as opened, wrap_file(opened, size, description=f"Sending {file.name}") as watched:
                    loaded = client.send_file(path, file.name, watched)
            except OSError as error:
                raise ListFileUnreadable(f"{file} cannot be read.", fix="Name an existing file.") from error
    table = Table("Dataset", "Rows", "Added", "Removed", "Version")
    for one in loaded["datasets"]:
        version = "unchanged" if one["version"] is None else str(one["version"])
        table.add_row(one["name"], f"{one['rows']:,}", f"{one['added']:,}", f"{one['removed']:,}", version)
    console.print(table)
    for row in loaded["left_out"]:
        console.print(f"Left out: {row['file']}, line {row['line']}: {row['reason']}.")
