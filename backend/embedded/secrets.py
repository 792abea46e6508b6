"""Passwords and keys of one installation: made once, kept in the data folder, never printed but the first password."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Self

from cryptography.fernet import Fernet

from backend.core.crypto import key_id
from backend.embedded.errors import DataFolderCorrupt
from backend.embedded.folder import DataFolder, read_document, write_document
from backend.persistence.roles import RolePasswords

_FIX = (
    "Restore the file from a backup: without it the databases and stored credentials cannot be opened. "
    "`make clean-data` starts over with empty data."
)
_FIRST_PASSWORD_BYTES = 15
_CAME_LATER = frozenset({"author_password", "author_email", "approver_password", "approver_email"})


@dataclass(frozen=True, slots=True, repr=False)
class InstallationSecrets:
    """Everything that must stay the same over restarts; the e-mail addresses are empty until the first seed.

    The demo's author and approver came later: an installation without them is given passwords for both.
    """

    installation_id: str
    postgresql_superuser: str
    postgresql_owner: str
    postgresql_application: str
    postgresql_system: str
    redis: str
    s3_access_key: str
    s3_secret_key: str
    secret_key: str
    encryption_key: str
    administrator_password: str
    administrator_email: str = ""
    author_password: str = ""
    author_email: str = ""
    approver_password: str = ""
    approver_email: str = ""

    @classmethod
    def generate(cls) -> Self:
        """New random ones; lengths are bytes of randomness, 24 being beyond guessing."""
        return cls(
            installation_id=secrets.token_hex(8),
            postgresql_superuser=secrets.token_urlsafe(24),
            postgresql_owner=secrets.token_urlsafe(24),
            postgresql_application=secrets.token_urlsafe(24),
            postgresql_system=secrets.token_urlsafe(24),
            redis=secrets.token_urlsafe(24),
            s3_access_key=secrets.token_hex(10),
            s3_secret_key=secrets.token_urlsafe(30),
            secret_key=secrets.token_urlsafe(48),
            encryption_key=Fernet.generate_key().decode(),
            administrator_password=secrets.token_urlsafe(_FIRST_PASSWORD_BYTES),
            author_password=secrets.token_urlsafe(_FIRST_PASSWORD_BYTES),
            approver_password=secrets.token_urlsafe(_FIRST_PASSWORD_BYTES),
        )

    @property
    def roles(self) -> RolePasswords:
        """The passwords of the three database roles."""
        return RolePasswords(self.postgresql_owner, self.postgresql_application, self.postgresql_system)

    @property
    def hidden(self) -> tuple[str, ...]:
        """What no log may show: all but the names."""
        names = {"installation_id", "s3_access_key", "administrator_email", "author_email", "approver_email"}
        values = [value for name, value in asdict(self).items() if name not in names]
        return tuple(dict.fromkeys([*values, *self.encryption_key.split(",")]))


def open_secrets(folder: DataFolder, *, has_data: bool) -> InstallationSecrets:
    """The secrets of this installation, made on its first start.

    ``has_data``: databases exist already, so that missing secrets are a loss and not a first start.
    Raises DataFolderCorrupt.
    """
    document = read_document(folder.secrets_file, fix=_FIX)
    if not document:
        if has_data:
            raise DataFolderCorrupt(f"{folder.secrets_file} is missing, but {folder.path} holds data.", fix=_FIX)
        made = InstallationSecrets.generate()
        write_document(folder.secrets_file, asdict(made))
        return made
    known = secrets_of(document, folder.secrets_file, fix=_FIX)
    if not set(document) >= _CAME_LATER:
        known = replace(
            known,
            author_password=secrets.token_urlsafe(_FIRST_PASSWORD_BYTES),
            approver_password=secrets.token_urlsafe(_FIRST_PASSWORD_BYTES),
        )
        write_document(folder.secrets_file, asdict(known))
    return known


def secrets_of(document: Mapping[str, object], file: Path, *, fix: str) -> InstallationSecrets:
    """The secrets in what was read from ``file``. Raises DataFolderCorrupt with ``fix``."""
    names = {field.name for field in fields(InstallationSecrets)}
    is_whole = names - _CAME_LATER <= set(document) <= names
    if not is_whole or not all(isinstance(one, str) for one in document.values()):
        raise DataFolderCorrupt(f"{file} does not hold what OpenReg wrote.", fix=fix)
    return InstallationSecrets(**{name: str(value) for name, value in document.items()})


def add_encryption_key(folder: DataFolder) -> str:
    """Put a new key before those of an installation; its name. Raises DataFolderCorrupt."""
    known = open_secrets(folder, has_data=True)
    made = Fernet.generate_key().decode()
    write_document(folder.secrets_file, asdict(replace(known, encryption_key=f"{made},{known.encryption_key}")))
    return key_id(made)


def forget_encryption_keys(folder: DataFolder, *, newest: str) -> int:
    """Keep only the key of that name; how many went. Raises DataFolderCorrupt."""
    known = open_secrets(folder, has_data=True)
    keys = known.encryption_key.split(",")
    kept = [key for key in keys if key_id(key) == newest]
    write_document(folder.secrets_file, asdict(replace(known, encryption_key=",".join(kept))))
    return len(keys) - len(kept)


def record_people(
    folder: DataFolder, known: InstallationSecrets, *, administrator: str, author: str, approver: str
) -> InstallationSecrets:
    """Remember by their e-mail addresses whom the first seed created."""
    changed = replace(known, administrator_email=administrator, author_email=author, approver_email=approver)
    write_document(folder.secrets_file, asdict(changed))
    return changed
