"""By what a server proves itself, a host key or a certificate: pinned by its fingerprint, replaced with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.audit import AuditAction
from backend.services.transfer.certificates import plain_fingerprint
from backend.services.transfer.contract import TransferTest
from backend.services.transfer.faults import DestinationCertificateChanged, HostKeyChanged, HostKeyUnknown

#: Faults after which nothing more goes to a destination before a person has compared what the server showed.
IDENTITY_FAULTS: Final = (HostKeyChanged, HostKeyUnknown, DestinationCertificateChanged)


class HostKeyReasonNeeded(OpenRegError):
    """Another host key than the confirmed one is trusted only with a reason."""

    code: ClassVar[str] = "host_key_reason_needed"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class HostKeyDiffers(OpenRegError):
    """The destination does not show the host key that was confirmed."""

    code: ClassVar[str] = "host_key_differs"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class CertificateReasonNeeded(OpenRegError):
    """Another certificate than the confirmed one is trusted only with a reason."""

    code: ClassVar[str] = "certificate_reason_needed"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class CertificateDiffers(OpenRegError):
    """The destination does not show the certificate that was confirmed."""

    code: ClassVar[str] = "certificate_differs"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """One way for a server to prove itself.

    ``setting`` holds the confirmed fingerprint; ``name`` is what the API calls it, ``words`` what people do.
    """

    setting: str
    name: str
    words: str
    action: AuditAction
    reason_needed: type[OpenRegError]
    differs: type[OpenRegError]
    shown_in: Callable[[TransferTest], str | None]
    plain: Callable[[str], str]

    def confirmed(self, settings: Mapping[str, object]) -> str | None:
        """The fingerprint that settings pin."""
        pinned = settings.get(self.setting)
        return pinned if isinstance(pinned, str) and pinned else None

    def is_same(self, one: str | None, other: str | None) -> bool:
        """Whether two fingerprints are of one key or certificate, however they are written."""
        if one is None or other is None:
            return one is other
        return self.plain(one) == self.plain(other)

    def check_reason(self, reason: str | None) -> None:
        """Raises the error that asks for a reason."""
        if reason is None:
            raise self.reason_needed(
                f"The server had another {self.words} that was confirmed.",
                fix="Say why the new one is right: who said so, and how it was compared.",
            )

    def check_shown(self, shown: str | None, compared: str, confirmed: str | None) -> None:
        """Raises the error for a server that does not show what a person compared."""
        if shown is None or not self.is_same(shown, compared):
            raise self.differs(
                f"The server shows another {self.words} than the one that was confirmed, or none.",
                fix=f"Test the destination again, and compare the {self.words} it shows with its operator.",
                extra={f"shown_{self.name}": shown, f"confirmed_{self.name}": confirmed},
            )


HOST_KEY: Final = ServerIdentity(
    setting="host_key_fingerprint",
    name="host_key",
    words="host key",
    action=AuditAction.DESTINATION_HOST_KEY_CONFIRMED,
    reason_needed=HostKeyReasonNeeded,
    differs=HostKeyDiffers,
    shown_in=lambda test: test.unconfirmed_host_key,
    plain=lambda fingerprint: fingerprint.rstrip("="),
)
CERTIFICATE: Final = ServerIdentity(
    setting="certificate_fingerprint",
    name="certificate",
    words="certificate",
    action=AuditAction.DESTINATION_CERTIFICATE_CONFIRMED,
    reason_needed=CertificateReasonNeeded,
    differs=CertificateDiffers,
    shown_in=lambda test: test.unconfirmed_certificate,
    plain=plain_fingerprint,
)


def replaced_identities(before: Mapping[str, object], after: Mapping[str, object]) -> list[ServerIdentity]:
    """What other settings pin otherwise, or pin no more."""
    return [one for one in (HOST_KEY, CERTIFICATE) if not one.is_same(one.confirmed(before), one.confirmed(after))]


def shown_at(error: OpenRegError, settings: Mapping[str, object]) -> dict[str, object]:
    """What a server was known by and what it showed, by the names of a stopped destination."""
    identity = CERTIFICATE if isinstance(error, DestinationCertificateChanged) else HOST_KEY
    shown: dict[str, object] = {f"{kind}_{one.name}": None for one in (HOST_KEY, CERTIFICATE) for kind in _BOTH}
    shown[f"confirmed_{identity.name}"] = error.extra.get("confirmed_fingerprint") or identity.confirmed(settings)
    shown[f"shown_{identity.name}"] = error.extra.get("fingerprint")
    return shown


_BOTH: Final = ("confirmed", "shown")
