"""Connections to endpoints: each is judged by the egress guard when it is made, and kept for the next request.

Straight, or through the operator's proxy. A proxy is told the address that was judged, never the name, so that it
does not ask a name server of its own; the name stays for TLS and the Host header. What the operator has listed as an
own network is reached straight. A proxy is therefore only ever asked for a tunnel, and sees no more of a request.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from backend.domain.network import IpNetwork, parse_address
from backend.services.egress import EgressGuard, PinnedAddress, first_address, parse_web_url
from backend.services.webhook_sender.faults import WebhookProxyFailed

USER_AGENT: Final = "OpenReg-Webhooks/1"
CHUNK_BYTES: Final = 4096


class PeerResponse(aiohttp.ClientResponse):
    """Remembers the address that answered; afterwards the connection may already be back in the pool."""

    peer: str | None = None

    async def start(self, connection: aiohttp.connector.Connection) -> Self:
        """Note the address before the connection can be given back."""
        transport = connection.transport
        name = transport.get_extra_info("peername") if transport is not None else None
        self.peer = str(name[0]) if name else None
        await super().start(connection)
        return self


class Connections:
    """Made when first needed; ``proxy_url`` is the operator's and is not judged."""

    def __init__(self, guard: EgressGuard, proxy_url: str | None = None) -> None:
        """Nothing is opened yet."""
        self._guard = guard
        self._proxy = URL(proxy_url) if proxy_url is not None else None
        self._sessions: dict[tuple[str, tuple[IpNetwork, ...]], aiohttp.ClientSession] = {}
        self._proxied: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close every connection."""
        for session in [*self._sessions.values(), *([self._proxied] if self._proxied else [])]:
            await session.close()
        self._sessions.clear()
        self._proxied = None

    async def post(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        networks: Sequence[IpNetwork] = (),
        tls: ssl.SSLContext | None = None,
    ) -> aiohttp.ClientResponse:
        """The response, its body unread. Raises EgressError, WebhookProxyFailed, and what aiohttp and ssl raise.

        ``networks``: the only ones in which the receiver may be; empty for no such limit. ``tls``: how to verify and
        be verified; None for the authorities of this machine.
        """
        sent = {**headers, "Accept-Encoding": "identity"}
        # Always a context or the verifying default: there is no way to pass False.
        options: dict[str, Any] = {"data": body, "allow_redirects": False, "ssl": tls if tls is not None else True}
        target = parse_web_url(url)
        if self._proxy is not None:
            guard = self._guard.only(networks)
            pinned = await guard.resolve_async(target.host, target.port, scheme=target.scheme)
            if not all(guard.is_listed(parse_address(one.address)) for one in pinned):
                return await self._through(self._proxy, URL(url), first_address(pinned), sent, options)
        return await self._session(target.scheme, tuple(networks)).post(url, headers=sent, **options)

    async def _through(
        self, proxy: URL, url: URL, pinned: PinnedAddress, headers: dict[str, str], options: dict[str, Any]
    ) -> aiohttp.ClientResponse:
        if self._proxied is None:
            connector = aiohttp.TCPConnector(limit=0)
            self._proxied = _session_of(connector)
        name = url.raw_host or ""
        port = "" if url.is_default_port() else f":{url.port}"
        headers["Host"] = (f"[{name}]" if ":" in name else name) + port
        try:
            response = await self._proxied.post(
                url.with_host(pinned.address), headers=headers, proxy=proxy, server_hostname=name, **options
            )
        except aiohttp.ClientConnectorDNSError as error:  # only the proxy has a name here
            raise WebhookProxyFailed(
                "The name of this installation's proxy has no address.",
                fix="Ask the operator to check WEBHOOK_PROXY_URL.",
            ) from error
        if isinstance(response, PeerResponse):
            response.peer = pinned.address
        return response

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
            self._sessions[pool] = _session_of(connector)
        return self._sessions[pool]


def _session_of(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        response_class=PeerResponse,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": USER_AGENT},
        timeout=aiohttp.ClientTimeout(total=None),  # one deadline of the attempt covers everything
        auto_decompress=False,
        trust_env=False,
        read_bufsize=CHUNK_BYTES,
    )


class _GuardedResolver(AbstractResolver):
    """Gives the connector only addresses of an answer that the guard accepts as a whole."""

    def __init__(self, guard: EgressGuard, scheme: str) -> None:
        self._guard = guard
        self._scheme = scheme

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,
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
            if family in (socket.AF_UNSPEC, address.family)
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
