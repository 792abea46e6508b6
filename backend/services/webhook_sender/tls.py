"""TLS as an endpoint wants it: whom we trust there, and the certificate we show. It always verifies.

A context is made once and kept, for the endpoints that change nothing: making one takes milliseconds.
"""

from __future__ import annotations

import ssl
from collections import OrderedDict
from hashlib import sha256
from secrets import token_hex
from tempfile import NamedTemporaryFile
from typing import Final

from cryptography.hazmat.primitives import serialization

from backend.domain.webhook_access import ClientCertificate, WebhookAccess
from backend.services.webhook_sender.faults import WebhookCertificateUnusable

_MAX_KEPT: Final = 256


class TlsContexts:
    """One context per pair of authorities and client certificate, the latest few hundred."""

    def __init__(self) -> None:
        """None is made yet."""
        self._kept: OrderedDict[bytes, ssl.SSLContext] = OrderedDict()

    def of_endpoint(self, access: WebhookAccess) -> ssl.SSLContext | None:
        """For the endpoint itself; None for what is usual. Raises WebhookCertificateUnusable."""
        if access.ca_certificates is None and access.client_certificate is None:
            return None
        return self._get(access.ca_certificates, access.client_certificate, is_alone=True)

    def of_token_endpoint(self, access: WebhookAccess) -> ssl.SSLContext | None:
        """For its authorization server, which may be a public one: the authorities are trusted beside the usual."""
        return self._get(access.ca_certificates, None, is_alone=False) if access.ca_certificates is not None else None

    def _get(self, authorities: str | None, own: ClientCertificate | None, *, is_alone: bool) -> ssl.SSLContext:
        parts = [authorities or "", own.certificate if own else "", own.private_key.get_secret_value() if own else ""]
        name = sha256(b"%d" % is_alone + b"".join(sha256(part.encode()).digest() for part in parts)).digest()
        if name not in self._kept:
            self._kept[name] = _context(authorities, own, is_alone=is_alone)
        self._kept.move_to_end(name)
        while len(self._kept) > _MAX_KEPT:
            self._kept.popitem(last=False)
        return self._kept[name]


def _context(authorities: str | None, own: ClientCertificate | None, *, is_alone: bool) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=authorities if is_alone else None)
        if authorities is not None and not is_alone:
            context.load_verify_locations(cadata=authorities)
        if own is not None:
            _show(context, own)
    except (ssl.SSLError, OSError, ValueError, TypeError) as error:
        raise WebhookCertificateUnusable(
            "The certificates that are kept for this endpoint cannot be used. Nothing was sent.",
            fix="Give the authorities, the client certificate and its key again.",
        ) from error
    return context


def _show(context: ssl.SSLContext, own: ClientCertificate) -> None:
    # The standard library reads keys from files alone: what lies there for a moment is under a password made for it.
    password = token_hex(32)
    key = own.key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password.encode()),
    )
    with NamedTemporaryFile(prefix="openreg-webhook-", suffix=".pem") as file:
        file.write(own.certificate.encode() + b"\n" + key)
        file.flush()
        context.load_cert_chain(file.name, password=password)
