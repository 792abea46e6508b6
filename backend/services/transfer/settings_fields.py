"""Fields that the settings of several kinds of destination share, with the words forms show."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Host = Annotated[
    str,
    Field(
        min_length=1,
        max_length=253,
        pattern=r"^[^\s/,@]+$",
        title="Host",
        description="Name or address of the server, without a path or port.",
    ),
]
UserName = Annotated[str, Field(min_length=1, max_length=100, title="User name", description="Who signs in there.")]
Folder = Annotated[
    str,
    Field(
        max_length=1000,
        pattern=r"^[^\x00-\x1f]*$",
        title="Folder",
        description="Where files are put; a relative one starts where the server puts the user.",
    ),
]
ConnectSeconds = Annotated[
    int,
    Field(ge=2, le=120, title="Seconds to connect", description="How long connecting may take before it is given up."),
]
OperationSeconds = Annotated[
    int,
    Field(
        ge=5, le=600, title="Seconds without an answer", description="How long the server may be silent once connected."
    ),
]
CaCertificate = Annotated[
    str | None,
    Field(
        max_length=100_000,
        pattern=r"-----BEGIN CERTIFICATE-----",
        title="Certificate authority",
        description="In PEM form, for a server whose certificate no public authority signed. It is then the only one.",
    ),
]
CertificateFingerprint = Annotated[
    str | None,
    Field(
        pattern=r"^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$",
        title="Confirmed certificate",
        description="SHA-256 of the server's certificate, as openssl x509 -fingerprint -sha256 prints it. It then has "
        "to be this one, whoever signed it.",
    ),
]
