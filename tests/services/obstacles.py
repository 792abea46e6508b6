"""What tests put between OpenReg and a server: cuts, and TLS with an authority of their own."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Proxy:
    """Forwards one port to another; what passes can be changed or cut."""

    target: int
    greet: Callable[[socket.socket], socket.socket]
    cut_after_bytes: int | None
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def run(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                self.listener.close()
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            client = self.greet(client)
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            client.close()
            return
        with client, server:
            upwards = threading.Thread(target=self._pump, args=(client, server, None), daemon=True)
            upwards.start()
            self._pump(server, client, self.cut_after_bytes)
            upwards.join()

    def _pump(self, source: socket.socket, target: socket.socket, limit: int | None) -> None:
        passed = 0
        with suppress(OSError):
            while piece := source.recv(65536):
                passed += len(piece)
                if limit is not None and passed > limit:
                    break
                target.sendall(piece)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(
    target: int,
    *,
    greet: Callable[[socket.socket], socket.socket] = lambda client: client,
    cut_after_bytes: int | None = None,
) -> Iterator[int]:
    """A port that leads to ``target``."""
    running = Proxy(target, greet, cut_after_bytes)
    listening = threading.Thread(target=running.run, daemon=True)
    listening.start()
    try:
        yield running.port
    finally:
        running.listener.shutdown(socket.SHUT_RDWR)  # wakes the accept
        listening.join()


@dataclass(frozen=True)
class Between:
    """What tests put between us and the database."""

    authority: str
    server_certificate: Path
    _server_context: ssl.SSLContext

    def cutting_proxy(self, target: int, after_bytes: int) -> AbstractContextManager[int]:
        return proxy(target, cut_after_bytes=after_bytes)

    def tls_proxy(self, target: int) -> AbstractContextManager[int]:
        """Answers PostgreSQL's request for TLS with a certificate of ``authority`` for localhost, then forwards."""

        def greet(client: socket.socket) -> socket.socket:
            if client.recv(8)[4:] != b"\x04\xd2\x16\x2f":
                raise OSError("whoever came did not ask for TLS")
            client.sendall(b"S")
            return self._server_context.wrap_socket(client, server_side=True)

        return proxy(target, greet=greet)


def make_between(folder: Path) -> Between:
    """A fresh authority and a server certificate for localhost."""
    authority_key, authority = _certificate("Test Authority", None, None)
    key, certificate = _certificate("localhost", authority_key, authority)
    chain = folder / "server.pem"
    _write_key_and_chain(chain, key, certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    context.set_alpn_protocols(["postgresql"])
    return Between(authority.public_bytes(serialization.Encoding.PEM).decode(), chain, context)


def _certificate(
    name: str, issuer_key: ec.EllipticCurvePrivateKey | None, issuer: x509.Certificate | None
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    names = [x509.DNSName(name), *([x509.IPAddress(ip_address("127.9.9.9"))] if issuer else [])]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(names if issuer else [x509.DNSName("authority.test")]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer is None:
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                crl_sign=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    elif issuer_key is not None:
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    return key, builder.sign(issuer_key or key, hashes.SHA256())


def _write_key_and_chain(path: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
