"""How an endpoint is reached besides its URL: headers its owner wants, how we prove who we are, whom we trust.

Values of headers, passwords and keys come in and are never told again; ``facts`` is what may be shown. Authentication
and certificates are given whole or not at all, so that a kept secret never goes to another place than it was given for.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal, Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from backend.core.errors import ErrorKind, OpenRegError

MAX_HEADERS: Final = 20
MAX_HEADER_VALUE: Final = 4096
MAX_CERTIFICATES: Final = 20
_MAX_PEM: Final = 100_000
_MAX_KEY: Final = 20_000
#: RFC 9110 section 5.6.2.
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
#: What decides how a message is read or where it goes (RFC 9110, 9112), and what each attempt says itself.
_OURS: Final = frozenset(
    {
        *("accept-encoding", "connection", "date", "expect", "forwarded", "host", "http2-settings", "keep-alive"),
        *("te", "trailer", "transfer-encoding", "upgrade", "user-agent"),
    }
)
_OUR_FAMILIES: Final = ("content-", "proxy-", "webhook-", "x-openreg-")
AUTHORIZATION: Final = "authorization"


class WebhookAccessInvalid(OpenRegError):
    """What is said about reaching an endpoint does not fit together."""

    code: ClassVar[str] = "webhook_access_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class WebhookSecretsStay(OpenRegError):
    """The secrets of an endpoint were given for another host than the one it shall have."""

    code: ClassVar[str] = "webhook_secrets_stay"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


def _header_name(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise ValueError("a header's name is letters, digits and hyphens, 100 at most")
    if name.lower() in _OURS or name.lower().startswith(_OUR_FAMILIES):
        raise ValueError("this header is set by OpenReg itself")
    return name


def _header_value(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if len(text) > MAX_HEADER_VALUE or not _VALUE.fullmatch(text):
        raise ValueError(f"a header's value is printable ASCII without blanks around it, {MAX_HEADER_VALUE} at most")
    return value


def _one_line(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().isprintable():
        raise ValueError("a secret is one line without control characters")
    return value


def _user_name(value: str) -> str:
    if ":" in value or not value.isprintable():
        raise ValueError("a user name is one line without a colon")
    return value


def _certificates(text: str) -> str:
    found = read_certificates(text)
    if len(found) > MAX_CERTIFICATES:
        raise ValueError(f"{MAX_CERTIFICATES} certificates at most")
    return text


HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[SecretStr, AfterValidator(_header_value)]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=2000), AfterValidator(_one_line)]
Pem = Annotated[str, Field(max_length=_MAX_PEM), AfterValidator(_certificates)]


class _Stated(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BasicAuthentication(_Stated):
    """A user name and a password with every request (RFC 7617)."""

    kind: Literal["basic"]
    username: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_user_name)]
    password: Secret

    def header(self) -> str:
        """The value of ``Authorization``."""
        return "Basic " + b64encode(f"{self.username}:{self.password.get_secret_value()}".encode()).decode()

    def facts(self) -> dict[str, object]:
        """What may be shown."""
        return {"kind": self.kind, "username": self.username}


class ClientCredentials(_Stated):
    """An access token of the partner's authorization server with every request (RFC 6749 section 4.4).

    ``sent_in``: where the token endpoint wants client id and secret, a Basic header or the form.
    """

    kind: Literal["oauth2"]
    token_url: Annotated[str, Field(min_length=1, max_length=2000)]
    client_id: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[\x20-\x7e]+$")]
    client_secret: Secret
    scope: Annotated[str, Field(max_length=1000, pattern=r"^[\x20-\x7e]*$")] = ""
    sent_in: Literal["header", "body"] = "header"

    def facts(self) -> dict[str, object]:
        """What may be shown."""
        return self.model_dump(include={"kind", "token_url", "client_id", "scope", "sent_in"})


Authentication = Annotated[BasicAuthentication | ClientCredentials, Field(discriminator="kind")]


def _key_fits(given: ClientCertificate) -> ClientCertificate:
    _certificates(given.certificate)
    leaf, key = read_certificates(given.certificate)[0], given.key()
    if leaf.public_key() != key.public_key():
        raise ValueError("the private key does not belong to the first certificate")
    return given


class ClientCertificate(_Stated):
    """A certificate with its chain, the client's own first, and its private key, both in PEM form."""

    certificate: Annotated[str, Field(max_length=_MAX_PEM)]
    private_key: Annotated[SecretStr, Field(min_length=1, max_length=_MAX_KEY)]

    def key(self) -> PrivateKeyTypes:
        """Raises ValueError, never with a part of the key in the message."""
        try:
            return serialization.load_pem_private_key(self.private_key.get_secret_value().encode(), password=None)
        except TypeError as error:
            raise ValueError("the private key is protected by a passphrase: give it without one") from error
        except (ValueError, UnsupportedAlgorithm) as error:
            raise ValueError("the private key cannot be read: give it in PEM form, whole") from error


FittingCertificate = Annotated[ClientCertificate, AfterValidator(_key_fits)]


class WebhookAccessChange(_Stated):
    """What is to be different in how an endpoint is reached; what is left out stays, null takes away.

    ``headers``: name and value, or null to send it no more. ``ca_certificates``: PEM, the only authorities that are
    trusted for this endpoint.
    """

    headers: dict[HeaderName, HeaderValue | None] = Field(default_factory=dict, max_length=2 * MAX_HEADERS)
    authentication: Authentication | None = None
    ca_certificates: Pem | None = None
    client_certificate: FittingCertificate | None = None

    def check_current(self, at: datetime) -> None:
        """Whether every certificate is still good at this moment. Raises WebhookAccessInvalid."""
        own = self.client_certificate
        for text in (self.ca_certificates, own.certificate if own else None):
            for one in read_certificates(text) if text else []:
                if one.not_valid_after_utc <= at:
                    raise WebhookAccessInvalid(
                        f"The certificate of {_name(one.subject)} expired on {one.not_valid_after_utc:%Y-%m-%d}.",
                        fix="Give the one that took its place.",
                    )


class WebhookAccess(_Stated):
    """How an endpoint is reached; nothing of it weakens the verification of its certificate."""

    headers: dict[str, SecretStr] = {}
    authentication: Authentication | None = None
    ca_certificates: str | None = None
    client_certificate: ClientCertificate | None = None

    @classmethod
    def of_document(cls, document: Mapping[str, object]) -> Self:
        """What ``document`` has written."""
        return cls.model_validate(document)

    def document(self) -> dict[str, object]:
        """As it is sealed, secrets in clear; empty when there is nothing to say."""
        return {
            name: _in_clear(value)
            for name, value in self.model_dump(exclude_defaults=True).items()
            if value not in (None, {})
        }

    def changed(self, change: WebhookAccessChange) -> Self:
        """With what is stated in ``change``. Raises WebhookAccessInvalid."""
        stated = {name: getattr(change, name) for name in change.model_fields_set}
        stated["headers"] = self._headers(change)
        after = self.model_copy(update=stated)
        if after.authentication is not None and AUTHORIZATION in {name.lower() for name in after.headers}:
            raise WebhookAccessInvalid(
                "The header Authorization is set twice: by itself and by the authentication.",
                fix="Remove the header, or choose no authentication.",
            )
        return after

    def check_moving(self, change: WebhookAccessChange) -> None:
        """Whether the endpoint may go to another host with this change. Raises WebhookSecretsStay."""
        kept = {name.lower() for name in self.headers} - {name.lower() for name in change.headers}
        if kept or (self.authentication is not None and "authentication" not in change.model_fields_set):
            raise WebhookSecretsStay(
                "The secrets of this endpoint were given for its present host and do not go to another one.",
                fix="Give headers and authentication again together with the address, or remove them by null.",
            )

    def facts(self) -> dict[str, object]:
        """What may be shown: names, never values; who certificates are of and when they end."""
        trusted = read_certificates(self.ca_certificates) if self.ca_certificates else []
        own = read_certificates(self.client_certificate.certificate)[0] if self.client_certificate else None
        found = {
            "header_names": sorted(self.headers, key=str.lower),
            "authentication": self.authentication.facts() if self.authentication else None,
            "ca_certificates": [_certificate_facts(one) for one in trusted],
            "client_certificate": _certificate_facts(own) if own else None,
        }
        return {name: value for name, value in found.items() if value}

    def _headers(self, change: WebhookAccessChange) -> dict[str, SecretStr]:
        named = {name.lower() for name in change.headers}
        if len(named) < len(change.headers):
            raise WebhookAccessInvalid("A header is named twice; upper and lower case are the same.")
        after = {name: value for name, value in self.headers.items() if name.lower() not in named}
        after |= {name: value for name, value in change.headers.items() if value is not None}
        if len(after) > MAX_HEADERS:
            raise WebhookAccessInvalid(f"An endpoint has {MAX_HEADERS} headers at most.")
        return after


def read_certificates(text: str) -> list[x509.Certificate]:
    """The certificates of a PEM text. Raises ValueError."""
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        raise ValueError("no certificate can be read here: give it in PEM form, whole") from error


def _in_clear(value: object) -> object:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return {name: _in_clear(one) for name, one in value.items()} if isinstance(value, dict) else value


def _certificate_facts(certificate: x509.Certificate) -> dict[str, object]:
    return {
        "subject": _name(certificate.subject),
        "expires_at": certificate.not_valid_after_utc.isoformat(),
        "sha256": certificate.fingerprint(hashes.SHA256()).hex(),
    }


def _name(name: x509.Name) -> str:
    return name.rfc4514_string() or "nobody"
