"""Sends one signed request to a partner's endpoint and says exactly what came back.

Bounds: one total time for name, connection, request and response; 16 KiB of the response are kept, the rest is
not read; redirects are never followed; no cookies, no proxies from the environment, no compression. Every socket
is checked against the egress guard at the moment it is made, so that neither a name that changes its answer nor
a spelling that a URL parser reads differently gets past.

WebhookSendError
├── WebhookRefused         the guard stopped it (final until the endpoint or the operator's list changes)
├── WebhookUnreachable     no address, no connection, connection lost
├── WebhookTlsFailed       the certificate or the handshake failed
├── WebhookTimedOut        no status line within the time allowed
└── WebhookReplyInvalid    what came back is not HTTP
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import ClassVar, Final, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.network import IpNetwork
from backend.domain.webhooks import DEFAULT_TIMEOUT_SECONDS
from backend.services.egress import EgressError, EgressGuard, NameNotResolved, parse_web_url

EXCERPT_BYTES: Final = 16 * 1024
USER_AGENT: Final = "OpenReg-Webhooks/1"
_CHUNK_BYTES: Final = 4096
_SUCCESS: Final = range(200, 300)


class WebhookSendError(OpenRegError):
    """A webhook got no answer."""

    code: ClassVar[str] = "webhook_send_failed"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


class WebhookRefused(WebhookSendError):
    """The endpoint's address may not be called."""

    code: ClassVar[str] = "webhook_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID
    transient: ClassVar[bool] = False


class WebhookUnreachable(WebhookSendError):
    """The endpoint could not be reached, or the connection broke."""

    code: ClassVar[str] = "webhook_unreachable"


class WebhookTlsFailed(WebhookSendError):
    """No trusted connection to the endpoint could be made."""

    code: ClassVar[str] = "webhook_tls_failed"


class WebhookTimedOut(WebhookSendError):
    """The endpoint did not answer in time."""

    code: ClassVar[str] = "webhook_timed_out"


class WebhookReplyInvalid(WebhookSendError):
    """The endpoint's answer is not HTTP."""

    code: ClassVar[str] = "webhook_reply_invalid"


@dataclass(frozen=True, slots=True)
class WebhookReply:
    """What an endpoint answered; ``truncated`` when its body was longer or slower than what is kept."""

    status: int
    headers: Mapping[str, str]
    body_excerpt: str
    truncated: bool
    duration_ms: int
    address: str | None
    retry_after: tuple[str, ...] = field(default=())

    @property
    def is_success(self) -> bool:
        """2xx only: a redirect is not a receipt."""
        return self.status in _SUCCESS


class WebhookSender:
    """Keeps connections between requests; use as ``async with WebhookSender(guard) as sender``."""

    def __init__(self, guard: EgressGuard) -> None:
        """Connections are made when first needed; ``guard`` judges every one of them."""
        self._guard = guard
        self._sessions: dict[tuple[str, tuple[IpNetwork, ...]], aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        """Open nothing yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def send(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        networks: Sequence[IpNetwork] = (),
    ) -> WebhookReply:
        """POST ``body``; any status is a reply. Raises WebhookSendError when there is none in time.

        ``networks``: the only ones in which the receiver may be; empty for no such limit.
        """
        started = time.monotonic()
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        try:
            scheme = parse_web_url(url).scheme
            async with asyncio.timeout_at(deadline):
                response = await self._session(scheme, tuple(networks)).post(
                    url, data=body, headers={**headers, "Accept-Encoding": "identity"}, allow_redirects=False
                )
        except TimeoutError as error:
            raise _timed_out(timeout_seconds) from error
        except EgressError as error:
            raise _refused(error) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _failure_of(error) from error
        try:
            excerpt, truncated = await _read_excerpt(response, deadline)
        finally:
            response.close()  # also drops a connection whose body was left unread
        return WebhookReply(
            status=response.status,
            headers=dict(response.headers),
            body_excerpt=excerpt,
            truncated=truncated,
            duration_ms=round((time.monotonic() - started) * 1000),
            address=response.peer if isinstance(response, _PeerResponse) else None,
            retry_after=tuple(response.headers.getall("Retry-After", ())),
        )

    def _session(self, scheme: str, networks: tuple[IpNetwork, ...]) -> aiohttp.ClientSession:
        """One pool per scheme and limit: what one may connect to, another may not find connected."""
        pool = scheme, networks
        if pool not in self._sessions:
            guard = self._guard.only(networks)
            connector = aiohttp.TCPConnector(
                resolver=_GuardedResolver(guard, scheme),
                socket_factory=_guarded_sockets(guard, scheme),
                use_dns_cache=False,
                limit=0,  # the drain bounds requests; one that waited here would lose its time for it
            )
            self._sessions[pool] = aiohttp.ClientSession(
                connector=connector,
                response_class=_PeerResponse,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": USER_AGENT},
                timeout=aiohttp.ClientTimeout(total=None),  # one deadline of ours covers everything
                auto_decompress=False,
                trust_env=False,
                read_bufsize=_CHUNK_BYTES,
            )
        return self._sessions[pool]


class _PeerResponse(aiohttp.ClientResponse):
    """Remembers the address that answered; afterwards the connection may already be back in the pool."""

    peer: str | None = None

    async def start(self, connection: aiohttp.connector.Connection) -> Self:
        transport = connection.transport
        name = transport.get_extra_info("peername") if transport is not None else None
        self.peer = str(name[0]) if name else None
        await super().start(connection)
        return self


class _GuardedResolver(AbstractResolver):
    """Gives the connector only addresses of an answer that the guard accepts as a whole."""

    def __init__(self, guard: EgressGuard, scheme: str) -> None:
        self._guard = guard
        self._scheme = scheme

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - the guard judges both
    ) -> list[ResolveResult]:
        pinned = await self._guard.resolve_async(host, port, scheme=self._scheme)
        return [
            ResolveResult(
                hostname=host,
                host=address.address,
                port=port,
                family=address.family,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in pinned
        ]

    async def close(self) -> None:
        """Nothing is held open."""


def _guarded_sockets(guard: EgressGuard, scheme: str) -> aiohttp.connector.SocketFactoryType:
    """The last wall: addresses written in the URL never pass through the resolver."""

    def make(address_info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = address_info
        guard.check_dial(str(address[0]), int(address[1]), scheme=scheme)
        return socket.socket(family, kind, protocol)

    return make


async def _read_excerpt(response: aiohttp.ClientResponse, deadline: float) -> tuple[str, bool]:
    """The first 16 KiB of the body, cut at a whole character; the status already counts when the body is slow."""
    kept = bytearray()
    truncated = False
    try:
        async with asyncio.timeout_at(deadline):
            async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
                kept += chunk
                if len(kept) > EXCERPT_BYTES:
                    truncated = True
                    break
    except (TimeoutError, aiohttp.ClientError, OSError):
        truncated = True
    text = bytes(kept[:EXCERPT_BYTES]).decode("utf-8", errors="ignore" if truncated else "replace")
    return text.replace("\x00", "\ufffd"), truncated  # PostgreSQL stores no NUL in text


def _timed_out(seconds: float) -> WebhookTimedOut:
    return WebhookTimedOut(
        f"The endpoint did not answer within {seconds:g} seconds.",
        fix="Answer with a 2xx status first and do the work afterwards.",
    )


def _refused(error: EgressError) -> WebhookSendError:
    if isinstance(error, NameNotResolved):
        return WebhookUnreachable(error.message, fix=error.fix, extra=error.extra)
    return WebhookRefused(error.message, fix=error.fix, extra=error.extra)


def _failure_of(error: Exception) -> WebhookSendError:
    """Name what aiohttp reports; the most specific class first."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError | ssl.SSLError):
        return WebhookTlsFailed(
            f"No trusted connection to the endpoint: {_tls_reason(error)}.",
            fix="Check that the certificate is valid, complete and issued for the host name.",
        )
    if isinstance(error, aiohttp.InvalidURL | aiohttp.NonHttpUrlClientError):
        return WebhookRefused("The endpoint's URL cannot be called.", fix="Write it as https://host/path.")
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError | OSError):
        return WebhookUnreachable(
            f"The endpoint could not be reached: {_reason(error)}.",
            fix="Check that the endpoint is up and that its firewall lets this installation in.",
        )
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.ClientPayloadError | ValueError):
        return WebhookReplyInvalid("The endpoint's answer is not valid HTTP.", fix="Check what listens on this port.")
    return WebhookUnreachable("The endpoint could not be reached.", fix="Check that the endpoint is up.")


def _tls_reason(error: Exception) -> str:
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return cause.verify_message
    return (cause.reason or "handshake failed") if isinstance(cause, ssl.SSLError) else "handshake failed"


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "it closed the connection without an answer"
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__
