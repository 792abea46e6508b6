"""Sends one signed request to a partner's endpoint and says exactly what came back.

Bounds: one total time for token, name, connection, request and response; 16 KiB of the response are kept, the rest is
not read; redirects are never followed; no cookies, no proxies from the environment, no compression. Every socket
is checked against the egress guard at the moment it is made, so that neither a name that changes its answer nor
a spelling that a URL parser reads differently gets past.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

import aiohttp

from backend.domain.network import IpNetwork
from backend.domain.webhook_access import BasicAuthentication, ClientCredentials, WebhookAccess
from backend.domain.webhooks import DEFAULT_TIMEOUT_SECONDS
from backend.services.egress import EgressError, EgressGuard
from backend.services.webhook_sender.connections import CHUNK_BYTES, Connections, PeerResponse
from backend.services.webhook_sender.faults import WebhookTokenFailed, failure_of, refused, timed_out
from backend.services.webhook_sender.tls import TlsContexts
from backend.services.webhook_sender.tokens import OAuth2Tokens

EXCERPT_BYTES: Final = 16 * 1024
_SUCCESS: Final = range(200, 300)
_PLAIN: Final = WebhookAccess()


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
    """Keeps connections and tokens between requests; use as ``async with WebhookSender(guard) as sender``."""

    def __init__(self, guard: EgressGuard, *, proxy_url: str | None = None) -> None:
        """Connections are made when first needed; ``guard`` judges every target, also behind a proxy."""
        self._connections = Connections(guard, proxy_url)
        self._tls = TlsContexts()
        self._tokens = OAuth2Tokens(self._connections, self._tls)

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
        await self._tokens.close()
        await self._connections.close()

    async def send(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        networks: Sequence[IpNetwork] = (),
        access: WebhookAccess = _PLAIN,
    ) -> WebhookReply:
        """POST ``body``; any status is a reply. Raises WebhookSendError when there is none in time.

        ``networks``: the only ones in which the receiver may be; empty for no such limit. ``access``: what the
        endpoint wants besides; without its token or certificate nothing is sent.
        """
        started = time.monotonic()
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        tls = self._tls.of_endpoint(access)
        sent = _joined(access, await self._authorization(access, deadline), headers)
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._connections.post(url, headers=sent, body=body, networks=networks, tls=tls)
        except TimeoutError as error:
            raise timed_out(timeout_seconds) from error
        except EgressError as error:
            raise refused(error) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise failure_of(error) from error
        try:
            excerpt, truncated = await _read_excerpt(response, deadline)
        finally:
            response.close()  # also drops a connection whose body was left unread
        if response.status == HTTPStatus.UNAUTHORIZED and isinstance(access.authentication, ClientCredentials):
            self._tokens.forget(access.authentication, access)
        return WebhookReply(
            status=response.status,
            headers=dict(response.headers),
            body_excerpt=excerpt,
            truncated=truncated,
            duration_ms=round((time.monotonic() - started) * 1000),
            address=response.peer if isinstance(response, PeerResponse) else None,
            retry_after=tuple(response.headers.getall("Retry-After", ())),
        )

    async def _authorization(self, access: WebhookAccess, deadline: float) -> dict[str, str]:
        given = access.authentication
        if given is None:
            return {}
        if isinstance(given, BasicAuthentication):
            return {"Authorization": given.header()}
        try:
            async with asyncio.timeout_at(deadline):
                return {"Authorization": f"Bearer {await self._tokens.get(given, access)}"}
        except TimeoutError as error:
            raise WebhookTokenFailed(
                "No access token, so nothing was sent: the authorization server did not answer in time.",
                fix="Check that the authorization server is up, or give the endpoint more time.",
            ) from error


def _joined(access: WebhookAccess, authorization: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, str]:
    """Headers of the endpoint's owner, then ours, which stand whatever has been stored."""
    ours = {**authorization, **headers}
    names = {name.lower() for name in ours}
    theirs = {name: one.get_secret_value() for name, one in access.headers.items() if name.lower() not in names}
    return {**theirs, **ours}


async def _read_excerpt(response: aiohttp.ClientResponse, deadline: float) -> tuple[str, bool]:
    """The first 16 KiB of the body, cut at a whole character; the status already counts when the body is slow."""
    kept = bytearray()
    truncated = False
    try:
        async with asyncio.timeout_at(deadline):
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                kept += chunk
                if len(kept) > EXCERPT_BYTES:
                    truncated = True
                    break
    except (TimeoutError, aiohttp.ClientError, OSError):
        truncated = True
    text = bytes(kept[:EXCERPT_BYTES]).decode("utf-8", errors="ignore" if truncated else "replace")
    return text.replace("\x00", "\ufffd"), truncated  # PostgreSQL stores no NUL in text
