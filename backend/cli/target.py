"""Which installation a command is about, and what it opens of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import ClassVar

from backend.config import DatabaseSettings, Settings, load_settings
from backend.core.errors import ErrorKind, OpenRegError
from backend.embedded.environment import names_an_installation
from backend.embedded.folder import data_folder
from backend.embedded.operation import operated, running_environment
from backend.persistence.session import Database, SystemDatabase


class OwnerUrlMissing(OpenRegError):
    """Only the owner role may change tables, and its address is not set."""

    code: ClassVar[str] = "owner_url_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL


def target_settings(data_dir: Path | None) -> Settings:
    """A folder that was named, else the environment, else the platform that runs on the usual folder.

    Raises SettingsInvalid, PlatformNotRunning, DataFolderCorrupt.
    """
    if data_dir is None and names_an_installation():
        return load_settings()
    return load_settings(running_environment(data_folder(data_dir)))


@contextmanager
def operated_settings(data_dir: Path | None, *, may_create: bool = False) -> Iterator[Settings]:
    """The same choice for a command that signs in as the owner; an embedded platform need not run for it.

    Raises SettingsInvalid, EmbeddedError.
    """
    if data_dir is None and names_an_installation():
        yield load_settings()
        return
    with operated(data_folder(data_dir), may_create=may_create) as environment:
        yield load_settings(environment)


def owner_url(urls: DatabaseSettings) -> str:
    """The address that signs in as the owner of the tables. Raises OwnerUrlMissing."""
    if urls.owner_url is None:
        raise OwnerUrlMissing(fix="Set DATABASE_OWNER_URL to the role that owns the tables.")
    return urls.owner_url.get_secret_value()


@asynccontextmanager
async def opened_databases(urls: DatabaseSettings) -> AsyncIterator[tuple[Database, SystemDatabase]]:
    """The pools of a command, closed after the block."""
    database = Database(urls.url.get_secret_value(), pool_size=2, name="openreg-cli")
    system = SystemDatabase(urls.system_url.get_secret_value(), name="openreg-cli")
    try:
        yield database, system
    finally:
        await database.dispose()
        await system.dispose()
