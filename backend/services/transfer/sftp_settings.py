"""What an SFTP destination is told."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class SftpSettings(BaseModel):
    """Address, user, folder and the confirmed host key; times in seconds.

    ``host_key_fingerprint`` is the form OpenSSH prints: ``SHA256:`` and 43 characters of base64. Without it a
    destination can be tested up to the host key, and nothing is ever sent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s/,@]+$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    username: Annotated[str, Field(min_length=1, max_length=100)]
    folder: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00-\x1f]*$")] = "."
    host_key_fingerprint: Annotated[str, Field(pattern=r"^SHA256:[A-Za-z0-9+/]{43}=?$")] | None = None
    connect_timeout_seconds: Annotated[int, Field(ge=2, le=120)] = 15
    operation_timeout_seconds: Annotated[int, Field(ge=5, le=600)] = 60


class SftpCredentials(BaseModel):
    """A password, a private key in PEM or OpenSSH form with or without a passphrase, or both key and password."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password: SecretStr | None = None
    private_key: SecretStr | None = None
    passphrase: SecretStr | None = None

    @model_validator(mode="after")
    def _one_is_given(self) -> Self:
        if self.password is None and self.private_key is None:
            raise ValueError("give a password or a private key")
        return self
