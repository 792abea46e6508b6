"""What an S3 bucket, as a destination, is told."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from backend.services.transfer.settings_fields import (
    CaCertificate,
    CertificateFingerprint,
    ConnectSeconds,
    Host,
    OperationSeconds,
)

_HTTPS, _HTTP = 443, 80


class S3Settings(BaseModel):
    """Server, bucket and the beginning of the keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Host
    port: Annotated[
        int | None, Field(ge=1, le=65535, title="Port", description="443, or 80 without TLS, when it is not given.")
    ] = None
    secure: Annotated[bool, Field(title="TLS", description="Switch it off only inside your own network.")] = True
    ca_certificate: CaCertificate = None
    certificate_fingerprint: CertificateFingerprint = None
    region: Annotated[
        str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9-]+$", title="Region", description="As signed for.")
    ] = "us-east-1"
    bucket: Annotated[
        str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", title="Bucket", description="It must exist.")
    ]
    prefix: Annotated[
        str,
        Field(
            max_length=800,
            pattern=r"^([^/\x00-\x1f][^\x00-\x1f]*)?$",
            title="Folder",
            description="What keys begin with, such as reports/mifir; a slash follows it.",
        ),
    ] = ""
    connect_timeout_seconds: ConnectSeconds = 15
    operation_timeout_seconds: OperationSeconds = 60

    @model_validator(mode="after")
    def _certificates_need_tls(self) -> Self:
        if not self.secure and self.certificate_fingerprint:
            raise ValueError("without TLS there is no certificate to check")
        return self

    @property
    def actual_port(self) -> int:
        """The port, told or usual."""
        return self.port if self.port is not None else (_HTTPS if self.secure else _HTTP)

    @property
    def endpoint(self) -> str:
        """``host:port``; without the port where it is the usual one, because it would be part of the signature."""
        usual = _HTTPS if self.secure else _HTTP
        return self.host if self.actual_port == usual else f"{self.host}:{self.actual_port}"


class S3Credentials(BaseModel):
    """A key pair with the rights to list, read, write and delete below the folder, and to list and abort uploads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    access_key: Annotated[SecretStr, Field(min_length=1, title="Access key")]
    secret_key: Annotated[SecretStr, Field(min_length=1, title="Secret key")]
