"""What an FTP or FTPS destination is told."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from backend.services.transfer.settings_fields import (
    CaCertificate,
    CertificateFingerprint,
    ConnectSeconds,
    Folder,
    Host,
    OperationSeconds,
    UserName,
)

_IMPLICIT_PORT: Final = 990
_PORT: Final = 21


class FtpSecurity(StrEnum):
    """When encryption begins: never, after a command (AUTH TLS), or with the first byte."""

    NONE = "none"
    EXPLICIT = "explicit"
    IMPLICIT = "implicit"


class FtpSettings(BaseModel):
    """Address, user and folder, and how the connection is protected. Data connections are passive only."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Host
    port: Annotated[
        int | None, Field(ge=1, le=65535, title="Port", description="21, or 990 for implicit TLS, when not given.")
    ] = None
    security: Annotated[
        FtpSecurity,
        Field(
            title="Encryption",
            description="explicit: TLS after the greeting. implicit: TLS from the first byte. none: everybody on the "
            "way can read the password and the file.",
        ),
    ] = FtpSecurity.EXPLICIT
    username: UserName
    folder: Folder = "."
    ca_certificate: CaCertificate = None
    certificate_fingerprint: CertificateFingerprint = None
    connect_timeout_seconds: ConnectSeconds = 15
    operation_timeout_seconds: OperationSeconds = 60

    @model_validator(mode="after")
    def _certificates_need_tls(self) -> Self:
        if self.security is FtpSecurity.NONE and (self.ca_certificate or self.certificate_fingerprint):
            raise ValueError("without encryption there is no certificate to check")
        return self

    @property
    def actual_port(self) -> int:
        """The port, told or usual."""
        if self.port is not None:
            return self.port
        return _IMPLICIT_PORT if self.security is FtpSecurity.IMPLICIT else _PORT


class FtpCredentials(BaseModel):
    """The password of the user."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password: Annotated[SecretStr, Field(min_length=1, title="Password")]

    @field_validator("password")
    @classmethod
    def _is_one_line(cls, password: SecretStr) -> SecretStr:
        if not password.get_secret_value().isprintable():
            raise ValueError("a password is one line without control characters")
        return password
