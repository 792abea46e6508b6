"""Secrets that stay where the operator keeps them: in the environment of the process, or in one folder of files.

Whoever may write connectors chooses a name and an address, and must not come by what the server knows in this way:

- Only variables that begin with ``OPENREG_SOURCE_``, and files directly in the operator's folder, can be named.
- The operator says beside each secret what it is for: ``<name>_FOR`` or ``<name>.for`` lists ``tenant@host:port`` of
  every address that may take part. Without it the secret goes nowhere; a connector moved to another address, or made
  by another tenant, gets nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from backend.config import SOURCE_VARIABLE_PREFIX
from backend.services.connectors.faults import SourceSecretMissing, SourceSecretRefused
from backend.services.kept_secrets import KeptSecrets, KeptSecretUnfit

_VARIABLE_RELEASE: Final = "_FOR"
_FILE_RELEASE: Final = ".for"

_VariableName = Annotated[str, Field(max_length=100, pattern=f"^{SOURCE_VARIABLE_PREFIX}[A-Z0-9_]+$")]
_FileName = Annotated[str, Field(max_length=100, pattern="^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class SecretReference(BaseModel):
    """Where a secret is kept: a variable, or a file in the operator's folder. Read whenever somebody signs in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: _VariableName | None = None
    file: _FileName | None = None

    @model_validator(mode="after")
    def _names_one_secret(self) -> Self:
        if (self.environment is None) == (self.file is None):
            raise ValueError("names either a variable (environment) or a file")
        if self.name.endswith((_VARIABLE_RELEASE, _FILE_RELEASE)):
            raise ValueError("names what a secret is for, not the secret")
        return self

    @property
    def name(self) -> str:
        """The name of the variable or file."""
        return self.environment or self.file or ""

    @property
    def release_name(self) -> str:
        """The name under which the operator says what it is for."""
        return self.name + (_VARIABLE_RELEASE if self.environment else _FILE_RELEASE)


Secret = SecretStr | SecretReference


class GivenTunnelCredentials(BaseModel):
    """What signs in to the SSH server of a tunnel: a password, a private key, or both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password: Secret | None = None
    private_key: Secret | None = None
    passphrase: Secret | None = None

    @model_validator(mode="after")
    def _one_is_given(self) -> Self:
        if self.password is None and self.private_key is None:
            raise ValueError("give a password or a private key")
        return self


class TunnelCredentials(GivenTunnelCredentials):
    """The secrets themselves; those kept elsewhere are read when they are used."""

    password: SecretStr | None = None
    private_key: SecretStr | None = None
    passphrase: SecretStr | None = None


class GivenCredentials(BaseModel):
    """What signs in, as somebody gives it: the password itself, or where it is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    username: str
    password: Secret
    tunnel: GivenTunnelCredentials | None = None

    @property
    def keeps_secrets_here(self) -> bool:
        """Whether a secret itself was given, and not only where it is kept."""
        given = [self.password]
        if self.tunnel is not None:
            given += [one for one in (self.tunnel.password, self.tunnel.private_key) if one is not None]
        return any(isinstance(one, SecretStr) for one in given)


def reference_in(credentials: GivenCredentials) -> SecretReference | None:
    """Where the password is kept, if it was not given itself."""
    return credentials.password if isinstance(credentials.password, SecretReference) else None


def plain_form(credentials: GivenCredentials) -> dict[str, object]:
    """Credentials as JSON that is to be encrypted."""
    plain: dict[str, object] = {"username": credentials.username, "password": _plain(credentials.password)}
    if credentials.tunnel is not None:
        plain["tunnel"] = {name: _plain(secret) for name, secret in credentials.tunnel if secret is not None}
    return plain


def _plain(secret: Secret) -> object:
    return secret.get_secret_value() if isinstance(secret, SecretStr) else secret.model_dump(exclude_none=True)


@dataclass(frozen=True, slots=True)
class SecretUse:
    """Who wants to use a secret, and every address that will see it or stand between."""

    tenant: str
    addresses: tuple[str, ...]


class ReferencedSecret(SecretStr):
    """A secret that is read from its place each time it is used."""

    def __init__(self, read: Callable[[], str]) -> None:
        super().__init__("")
        self._read = read

    def get_secret_value(self) -> str:
        """Raises SourceSecretMissing, SourceSecretRefused."""
        return self._read()

    def _display(self) -> str:
        return "**********"


@dataclass(frozen=True, slots=True)
class SourceSecrets:
    """The secrets of this process that connectors may refer to."""

    kept: KeptSecrets

    def live_tunnel(self, given: GivenTunnelCredentials, use: SecretUse) -> TunnelCredentials:
        """What signs in to the SSH server."""
        live = {name: self.live(secret, use) for name, secret in given if secret is not None}
        return TunnelCredentials.model_validate(live)

    def live(self, secret: Secret, use: SecretUse) -> SecretStr:
        """The secret itself, or one that is read when it is used."""
        if isinstance(secret, SecretStr):
            return secret
        return ReferencedSecret(lambda: self.read(secret, use))

    def read(self, reference: SecretReference, use: SecretUse) -> str:
        """The secret, if it is meant for this use. Raises SourceSecretMissing, SourceSecretRefused."""
        # Asked first: whether a secret exists is told only to whom it is meant for.
        released = (self._find(reference, reference.release_name) or "").lower().replace(",", " ").split()
        wanted = [f"{use.tenant}@{address}".lower() for address in use.addresses]
        lacking = [one for one in wanted if one not in released]
        if lacking or not wanted:
            raise SourceSecretRefused(
                f"{reference.name} is not released for this connector.",
                fix=f"Ask the operator to list {' and '.join(lacking)} in {reference.release_name}."
                if lacking
                else "Store the password here: this kind of source has no address to bind it to.",
                extra={"name": reference.name, "release": lacking},
            )
        found = self._find(reference, reference.name)
        if not found:
            where = "in the environment" if reference.environment else "in the folder SOURCE_SECRETS_DIR"
            raise SourceSecretMissing(
                f"There is no {reference.name} {where} of the process that signs in.",
                fix=f"Ask the operator to put {reference.name} {where} of the API and of every worker.",
                extra={"name": reference.name},
            )
        return found

    def _find(self, reference: SecretReference, name: str) -> str | None:
        if reference.environment is not None:
            return self.kept.find_variable(name)
        try:
            return self.kept.find_file(name)
        except KeptSecretUnfit as error:
            raise SourceSecretRefused(error.message, fix=error.fix, extra={"name": name}) from error
