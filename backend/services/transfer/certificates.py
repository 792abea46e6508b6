"""The certificate by which a server proves itself over TLS: shown by its fingerprint, and pinned by it."""

from __future__ import annotations

import hashlib
import hmac
import ssl

from backend.services.transfer import faults
from backend.services.transfer.dial import tls_context


def fingerprint_of(connection: ssl.SSLSocket) -> str:
    """SHA-256 of the certificate the server showed, as pairs of hex digits with colons between."""
    return _with_colons(hashlib.sha256(connection.getpeercert(binary_form=True) or b"").hexdigest())


def plain_fingerprint(fingerprint: str) -> str:
    """A fingerprint as hex digits alone, by which two ways of writing it are compared."""
    return fingerprint.replace(":", "").lower()


def pinning_context(ca_certificate: str | None, pinned: str | None) -> ssl.SSLContext:
    """What verifies a server; a pinned certificate is the proof itself, whatever it says and whoever signed it.

    Whoever connects with a pin calls ``check_certificate`` before anything is sent. Raises TransferSettingsInvalid.
    """
    context = tls_context(ca_certificate)
    if pinned is not None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def check_certificate(host: str, connection: ssl.SSLSocket, pinned: str | None) -> str:
    """The fingerprint of what the server shows; closes and raises DestinationCertificateChanged for another one."""
    shown = fingerprint_of(connection)
    if pinned is not None and not hmac.compare_digest(plain_fingerprint(shown), plain_fingerprint(pinned)):
        connection.close()
        confirmed = _with_colons(plain_fingerprint(pinned))
        raise faults.DestinationCertificateChanged(
            f"{host} shows the certificate {shown}, confirmed was {confirmed}. Nothing was sent.",
            fix="Ask the server's operator whether it was replaced (somebody may be in between), then confirm it.",
            extra={"fingerprint": shown, "confirmed_fingerprint": confirmed},
        )
    return shown


def _with_colons(digest: str) -> str:
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2)).upper()
