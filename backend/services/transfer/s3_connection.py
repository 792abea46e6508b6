"""An S3 server as a destination: connections to judged addresses, faults in the words of destinations."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from backend.services import storage
from backend.services.egress import EgressGuard
from backend.services.storage import ObjectStorage, StorageError
from backend.services.transfer import faults
from backend.services.transfer.certificates import check_certificate, pinning_context
from backend.services.transfer.dial import certificate_wrong, connect, not_tls, resolve
from backend.services.transfer.remote_folder import full, lost
from backend.services.transfer.s3_settings import S3Credentials, S3Settings

_TRIES: Final = urllib3.Retry(
    total=2, read=1, redirect=0, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504], raise_on_status=False
)
_FULL: Final = ("quota", "storagefull", "insufficientstorage", "status 507", "no space")
_PREFIX: Final = "Object storage cannot be used: "


class PartnerBucket(ObjectStorage):
    """A bucket at a destination."""

    def __init__(self, settings: S3Settings, credentials: S3Credentials, egress: EgressGuard) -> None:
        """Nothing is contacted yet. Raises TransferSettingsInvalid."""
        self._noted = _Noted()
        self._pool = _pool(settings, egress, self._noted)
        super().__init__(
            endpoint=settings.endpoint,
            access_key=credentials.access_key.get_secret_value(),
            secret_key=credentials.secret_key.get_secret_value(),
            bucket=settings.bucket,
            secure=settings.secure,
            region=settings.region,
        )

    @property
    def certificate_fingerprint(self) -> str | None:
        """Of the certificate that the server showed; None without TLS and before anything was asked."""
        return self._noted.certificate

    def connections(self) -> urllib3.PoolManager:
        """Those that dial judged addresses."""
        return self._pool


@contextmanager
def named(settings: S3Settings) -> Iterator[None]:
    """What goes wrong at the server, under the names of destinations."""
    try:
        yield
    except StorageError as error:
        raise _fault(error, settings) from error


@dataclass(slots=True)
class _Noted:
    """What the server showed."""

    certificate: str | None = None


def _pool(settings: S3Settings, egress: EgressGuard, noted: _Noted) -> urllib3.PoolManager:
    """Connections that dial the address that was judged; the name stays for TLS and for the signature."""

    def dial(host: str, port: int) -> socket.socket:
        connection = connect(resolve(host, port, egress), settings.connect_timeout_seconds)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return dial(self.host, self.port)

    class Encrypted(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return dial(self.host, self.port)

        def connect(self) -> None:
            super().connect()
            if isinstance(self.sock, ssl.SSLSocket):
                noted.certificate = check_certificate(settings.host, self.sock, settings.certificate_fingerprint)
                self.is_verified = True  # by its authority, or because it is the pinned one

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=settings.connect_timeout_seconds, read=settings.operation_timeout_seconds),
        retries=_TRIES,
        ssl_context=pinning_context(settings.ca_certificate, settings.certificate_fingerprint),
    )
    pool.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}
    return pool


def _fault(error: StorageError, settings: S3Settings) -> faults.TransferError:
    if isinstance(error, storage.BucketMissing):
        return faults.DestinationFolderMissing(
            f"The bucket {settings.bucket} is not there.", fix="Create it, or correct the destination's bucket."
        )
    if isinstance(error, storage.StorageDenied):
        return faults.DestinationSignInRefused(
            f"The server refused the access key, or its rights on the bucket {settings.bucket}.",
            fix="Check both keys, the region, and that the key may list, read, write and delete there.",
        )
    if isinstance(error, storage.UploadLost):
        return lost()
    if isinstance(error, storage.StorageUnavailable):
        return _unavailable(error, settings)
    return faults.DestinationRefused(
        f"The server refused it: {error.message}", fix="Ask the server's operator what its log says; it is tried again."
    )


def _unavailable(error: StorageError, settings: S3Settings) -> faults.TransferError:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return certificate_wrong(settings.host, cause)
        if isinstance(cause, ssl.SSLError):
            return not_tls(settings.host)
        if isinstance(cause, urllib3.exceptions.TimeoutError):
            return faults.DestinationTimedOut("The server stopped answering.", fix="It is tried again.")
    reason = error.message.removeprefix(_PREFIX)
    if any(known in reason.lower() for known in _FULL):
        return full(settings.bucket)
    return faults.DestinationUnreachable(
        f"The server cannot be used: {reason}", fix="Check host, port and TLS; it is tried again."
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Everything that led to an error; urllib3 keeps the reason of a failed request aside."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
