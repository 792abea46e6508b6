"""A connection to a destination: the address judged, then dialled; faults in the words of destinations."""

from __future__ import annotations

import socket
import ssl

from backend.services.egress import EgressError, EgressGuard, NameNotResolved, PinnedAddress, first_address
from backend.services.transfer import faults


def resolve(host: str, port: int, egress: EgressGuard) -> PinnedAddress:
    """The address to connect to. Raises DestinationNameUnknown or DestinationAddressRefused."""
    try:
        return first_address(egress.resolve(host, port))
    except NameNotResolved as error:
        raise faults.DestinationNameUnknown(error.message, fix=error.fix, extra=error.extra) from error
    except EgressError as error:
        raise faults.DestinationAddressRefused(error.message, fix=error.fix, extra=error.extra) from error


def connect(address: PinnedAddress, timeout_seconds: float) -> socket.socket:
    """An open connection. Raises DestinationConnectionRefused, DestinationTimedOut or DestinationUnreachable."""
    place = f"{address.address}, port {address.port}"
    try:
        return socket.create_connection((address.address, address.port), timeout=timeout_seconds)
    except TimeoutError as error:
        raise faults.DestinationTimedOut(
            f"{place} did not answer within {timeout_seconds:g} seconds.",
            fix="Check the address, and that firewalls between here and there let this port through.",
        ) from error
    except ConnectionRefusedError as error:
        raise faults.DestinationConnectionRefused(
            f"Nothing listens at {place}.", fix="Check the port, and that the server is running."
        ) from error
    except OSError as error:
        raise faults.DestinationUnreachable(
            f"{place} cannot be reached: {error.strerror or 'network error'}.",
            fix="Check the address and the network route.",
        ) from error


def tls_context(ca_certificate: str | None) -> ssl.SSLContext:
    """Verifies certificates and names; with an authority of one's own only that. Raises TransferSettingsInvalid."""
    try:
        return ssl.create_default_context(cadata=ca_certificate)
    except (ssl.SSLError, ValueError) as error:
        raise faults.TransferSettingsInvalid(
            "The certificate of the authority cannot be read.", fix="Give it in PEM form, whole."
        ) from error


def certificate_wrong(host: str, error: ssl.SSLCertVerificationError) -> faults.DestinationCertificateWrong:
    """The certificate is expired, of another name, or of an authority that is not trusted."""
    return faults.DestinationCertificateWrong(
        f"The certificate of {host} is not accepted: {error.verify_message}. Nothing was sent.",
        fix="Check the host name; for a private authority give its certificate; ask the server's operator.",
    )


def not_tls(host: str) -> faults.DestinationProtocolWrong:
    """What answers does not speak TLS as it is accepted here."""
    return faults.DestinationProtocolWrong(
        f"{host} does not speak TLS at this port, or only in versions that are not accepted here.",
        fix="Check the port and the kind of encryption; the server must offer TLS 1.2 or newer.",
    )
