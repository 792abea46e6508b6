"""What a destination by e-mail is told."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from backend.services.transfer.settings_fields import (
    CaCertificate,
    CertificateFingerprint,
    ConnectSeconds,
    Host,
    OperationSeconds,
)

_ADDRESS: Final = r"^[^\s<>,;:@\x00-\x1f]{1,64}@[A-Za-z0-9.-]{1,253}$"
_LINE: Final = r"^[^\x00-\x1f]*$"


class MailSecurity(StrEnum):
    """When encryption begins: after a command (STARTTLS), with the first byte, or never."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


_PORTS: Final = {MailSecurity.STARTTLS: 587, MailSecurity.TLS: 465, MailSecurity.NONE: 25}
Address = Annotated[str, Field(pattern=_ADDRESS)]


class MailDestinationSettings(BaseModel):
    """The mail server, who writes to whom, and what is attached."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Host
    port: Annotated[
        int | None,
        Field(ge=1, le=65535, title="Port", description="587 for starttls, 465 for tls, 25 without, when not given."),
    ] = None
    security: Annotated[
        MailSecurity,
        Field(
            title="Encryption",
            description="starttls: after the greeting. tls: from the first byte. none: readable on the way.",
        ),
    ] = MailSecurity.STARTTLS
    ca_certificate: CaCertificate = None
    certificate_fingerprint: CertificateFingerprint = None
    username: Annotated[
        str | None, Field(max_length=100, pattern=_LINE, title="User name", description="Empty: nobody signs in.")
    ] = None
    sender: Annotated[Address, Field(title="Sender", description="The address mails come from.")]
    recipients: Annotated[
        tuple[Address, ...],
        Field(min_length=1, max_length=20, title="Recipients", description="All of them get the file, or none does."),
    ]
    subject: Annotated[
        str, Field(max_length=200, pattern=_LINE, title="Subject", description="{name} becomes the name of the file.")
    ] = "{name}"
    max_attachment_bytes: Annotated[
        int,
        Field(
            ge=0,
            le=100_000_000,
            title="Largest attachment",
            description="In bytes; a larger file is not attached, its link is sent. Mails grow by a third on the way.",
        ),
    ] = 10_000_000
    link: Annotated[
        str | None,
        Field(
            max_length=500,
            pattern=r"^https://[^\s\x00-\x1f]+$",
            title="Link",
            description="Where recipients fetch a file too large to attach; {delivery_id} and {name} are replaced.",
        ),
    ] = None
    connect_timeout_seconds: ConnectSeconds = 15
    operation_timeout_seconds: OperationSeconds = 60

    @model_validator(mode="after")
    def _certificates_need_tls(self) -> Self:
        if self.security is MailSecurity.NONE and self.certificate_fingerprint:
            raise ValueError("without encryption there is no certificate to check")
        return self

    @property
    def actual_port(self) -> int:
        """The port, told or usual."""
        return self.port if self.port is not None else _PORTS[self.security]


class MailCredentials(BaseModel):
    """The password of the user, where the server wants one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password: Annotated[SecretStr | None, Field(title="Password")] = None

    @model_validator(mode="after")
    def _is_one_line(self) -> Self:
        if self.password is not None and not self.password.get_secret_value().isprintable():
            raise ValueError("a password is one line without control characters")
        return self
