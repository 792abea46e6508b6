"""Reaching endpoints that want more than a signature: over real TLS, with real token endpoints and a real proxy."""

from __future__ import annotations

import asyncio
import json
import ssl
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web

from backend.domain.webhook_access import ClientCertificate, WebhookAccess, WebhookAccessChange
from backend.services.egress import EgressGuard, EgressPolicy
from backend.services.webhook_sender import (
    WebhookCertificateUnusable,
    WebhookProxyFailed,
    WebhookRefused,
    WebhookSender,
    WebhookSendError,
    WebhookTimedOut,
    WebhookTlsFailed,
    WebhookTokenFailed,
    WebhookUnreachable,
)
from tests.factories.certificates import Authority
from tests.factories.egress_vectors import canary, names_have
from tests.services.raw_server import raw_server

LOOPBACK = EgressGuard(EgressPolicy.PUBLIC_WEB, (ip_network("127.0.0.1/32"),))
SECRET = "a secret & more: ü".replace("ü", "u")


@dataclass
class Partner:
    """A web server that keeps what it was sent and answers what a test says."""

    url: str = ""
    requests: list[dict[str, str]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    certificates: list[Any] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1].split("/")[0])


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def partner(answer: Answer | None = None, context: ssl.SSLContext | None = None) -> AsyncIterator[Partner]:
    found = Partner()

    async def handle(request: web.Request) -> web.StreamResponse:
        found.requests.append({name.lower(): value for name, value in request.headers.items()})
        found.bodies.append(await request.text())
        assert request.transport is not None
        found.certificates.append(request.transport.get_extra_info("peercert"))
        return await answer(request) if answer is not None else web.Response(text="thanks")

    application = web.Application()
    application.router.add_post("/{rest:.*}", handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    found.url = f"{'https' if context else 'http'}://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield found
    finally:
        await runner.cleanup()


def access(**stated: Any) -> WebhookAccess:
    return WebhookAccess().changed(WebhookAccessChange.model_validate(stated))


async def send(url: str, how: WebhookAccess, *, guard: EgressGuard = LOOPBACK, seconds: float = 5.0) -> Any:
    async with WebhookSender(guard) as sender:
        return await sender.send(url, headers={"webhook-id": "1"}, body=b"{}", timeout_seconds=seconds, access=how)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


class TestHeaders:
    async def test_headers_of_the_endpoint_are_sent_beside_ours(self):
        async with partner() as receiver:
            await send(receiver.url, access(headers={"X-Api-Key": SECRET, "Authorization": "Token t"}))
        (request,) = receiver.requests
        assert (request["x-api-key"], request["authorization"], request["webhook-id"]) == (SECRET, "Token t", "1")

    async def test_what_was_stored_past_every_check_does_not_replace_ours(self):
        stored = WebhookAccess.of_document({"headers": {"Webhook-Id": "forged", "X-Own": "1"}})
        async with partner() as receiver:
            await send(receiver.url, stored)
        assert (receiver.requests[0]["webhook-id"], receiver.requests[0]["x-own"]) == ("1", "1")

    async def test_basic_authentication_is_sent(self):
        basic = {"kind": "basic", "username": "Zoë", "password": SECRET}
        async with partner() as receiver:
            await send(receiver.url, access(authentication=basic))
        kind, _, pair = receiver.requests[0]["authorization"].partition(" ")
        assert (kind, b64decode(pair).decode()) == ("Basic", f"Zoë:{SECRET}")


class TestCertificates:
    async def test_an_authority_of_the_endpoint_is_trusted_for_it_and_for_no_other(self, authority: Authority):
        context = authority.issue("127.0.0.1").server_context()
        async with partner(context=context) as receiver, WebhookSender(LOOPBACK) as sender:
            trusting = access(ca_certificates=authority.certificate)
            for how, is_trusted in ((trusting, True), (WebhookAccess(), False), (trusting, True)):
                if is_trusted:
                    reply = await sender.send(receiver.url, headers={}, body=b"{}", access=how)
                    assert reply.body_excerpt == "thanks"
                else:
                    with pytest.raises(WebhookTlsFailed):
                        await sender.send(receiver.url, headers={}, body=b"{}", access=how)
        assert len(receiver.requests) == 2

    @pytest.mark.parametrize("hosts", [("other.example",), ("127.0.0.2",)])
    async def test_a_trusted_authority_does_not_make_up_for_a_wrong_name(self, authority: Authority, hosts: Any):
        async with partner(context=authority.issue(*hosts).server_context()) as receiver:
            with pytest.raises(WebhookTlsFailed):
                await send(receiver.url, access(ca_certificates=authority.certificate))
        assert receiver.requests == []

    async def test_an_expired_certificate_is_refused_also_by_a_trusted_authority(self, authority: Authority):
        expired = authority.issue("127.0.0.1", life=timedelta(days=-2))
        async with partner(context=expired.server_context()) as receiver:
            with pytest.raises(WebhookTlsFailed, match="expired"):
                await send(receiver.url, access(ca_certificates=authority.certificate))
        assert receiver.requests == []

    async def test_the_client_certificate_is_shown_where_it_was_given_and_nowhere_else(self, authority: Authority):
        server = authority.issue("127.0.0.1").server_context(client_authority=authority.certificate)
        own = authority.issue(name="openreg at the bank")
        without = access(ca_certificates=authority.certificate)
        shown = {"certificate": own.certificate, "private_key": own.private_key}
        with_own = access(ca_certificates=authority.certificate, client_certificate=shown)
        async with partner(context=server) as receiver, WebhookSender(LOOPBACK) as sender:
            await sender.send(receiver.url, headers={}, body=b"{}", access=with_own)
            with pytest.raises(WebhookSendError):
                await sender.send(receiver.url, headers={}, body=b"{}", access=without)
        (certificate,) = receiver.certificates
        assert ("commonName", "openreg at the bank") in [pair for one in certificate["subject"] for pair in one]

    async def test_nothing_is_sent_without_the_certificate_that_cannot_be_used(self, authority: Authority):
        own, other = authority.issue(), authority.issue()
        broken = WebhookAccess(
            client_certificate=ClientCertificate(certificate=own.certificate, private_key=other.private_key)
        )
        async with partner() as receiver:
            with pytest.raises(WebhookCertificateUnusable):
                await send(receiver.url, broken)
        assert receiver.requests == []


@dataclass
class TokenServer:
    """An authorization server: counts what it is asked for, and answers what it is told to."""

    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    status: int = 200
    answer: dict[str, Any] | str | None = None
    delay: float = 0.0

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append((request.headers.get("Authorization", ""), parse_qs(await request.text())))
        await asyncio.sleep(self.delay)
        given = self.answer or {
            "access_token": f"token-{len(self.asked)}",
            "token_type": "Bearer",
            "expires_in": 3600,
        }
        return web.Response(status=self.status, text=given if isinstance(given, str) else json.dumps(given))


def oauth2(url: str, **stated: Any) -> WebhookAccess:
    authentication = {"kind": "oauth2", "token_url": url, "client_id": "us", "client_secret": SECRET, **stated}
    return access(authentication=authentication)


class TestOAuth2:
    async def test_parallel_requests_ask_once_and_carry_the_token(self):
        tokens = TokenServer(delay=0.1)
        async with partner(tokens.handle) as server, partner() as receiver, WebhookSender(LOOPBACK) as sender:
            how = oauth2(server.url, scope="a b")
            await asyncio.gather(*(sender.send(receiver.url, headers={}, body=b"{}", access=how) for _ in range(20)))
            await sender.send(receiver.url, headers={}, body=b"{}", access=how)
        ((header, form),) = tokens.asked
        assert header == "Basic " + b64encode(b"us:a+secret+%26+more%3A+u").decode()
        assert form == {"grant_type": ["client_credentials"], "scope": ["a b"]}
        assert {one["authorization"] for one in receiver.requests} == {"Bearer token-1"}
        assert len(receiver.requests) == 21

    async def test_the_form_carries_the_secret_where_the_server_wants_it(self):
        tokens = TokenServer()
        async with partner(tokens.handle) as server, partner() as receiver:
            await send(receiver.url, oauth2(server.url, sent_in="body"))
        ((header, form),) = tokens.asked
        assert header == ""
        assert form == {"grant_type": ["client_credentials"], "client_id": ["us"], "client_secret": [SECRET]}

    async def test_a_token_is_asked_for_again_when_it_ends_and_when_it_is_not_taken(self):
        tokens = TokenServer(answer={"access_token": "short", "expires_in": 0.4})
        statuses = [200, 200, 200, 401, 200]

        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=statuses.pop(0))

        async with partner(tokens.handle) as server, partner(answer) as receiver, WebhookSender(LOOPBACK) as sender:
            how = oauth2(server.url)

            async def attempt() -> int:
                await sender.send(receiver.url, headers={}, body=b"{}", access=how)
                return len(tokens.asked)

            assert [await attempt(), await attempt()] == [1, 1]
            await asyncio.sleep(0.3)
            tokens.answer = {"access_token": "long", "expires_in": 3600}
            assert await attempt() == 2
            assert [await attempt(), await attempt()] == [2, 3], "after a 401"

    @pytest.mark.parametrize(
        ("status", "answer", "told"),
        [
            (401, {"error": "invalid_client"}, "401: invalid_client"),
            (400, {"error": "<script>"}, "answered 400."),
            (500, "oops", "500 without a JSON object"),
            (200, {"token_type": "bearer"}, "no access token"),
            (200, {"access_token": "a\r\nX-Evil: 1"}, "no access token"),
            (200, {"access_token": "t", "token_type": "mac"}, "no bearer token"),
            (200, "[" * 100_000, "without a JSON object"),
            (302, {"access_token": "t"}, "302"),
        ],
        ids=("refused", "odd error", "no JSON", "empty", "two lines", "other type", "deep", "redirect"),
    )
    async def test_nothing_is_sent_without_a_token(self, status: int, answer: Any, told: str):
        tokens = TokenServer(status=status, answer=answer)
        async with partner(tokens.handle) as server, partner() as receiver, WebhookSender(LOOPBACK) as sender:
            how = oauth2(server.url)
            outcomes = await asyncio.gather(
                *(sender.send(receiver.url, headers={}, body=b"{}", access=how) for _ in range(5)),
                return_exceptions=True,
            )
        assert {type(one) for one in outcomes} == {WebhookTokenFailed}
        assert told in str(outcomes[0])
        assert SECRET not in repr(outcomes)
        assert receiver.requests == []
        assert len(tokens.asked) == 1, "waiters share the failure"

    async def test_a_token_endpoint_that_is_silent_ends_the_attempt_at_its_deadline(self):
        tokens = TokenServer(delay=20)
        async with partner(tokens.handle) as server, partner() as receiver:
            with pytest.raises(WebhookTokenFailed, match="in time"):
                await send(receiver.url, oauth2(server.url), seconds=0.5)
        assert receiver.requests == []

    async def test_the_guard_judges_the_token_endpoint_too(self):
        guard = EgressGuard(EgressPolicy.PUBLIC_WEB, (ip_network("127.0.0.2/32"),))
        async with canary() as bird:
            for host in ("127.0.0.1", "localhost", "2130706433", "[::1]"):
                how = oauth2(f"https://{host}:{bird.port}/token")
                with pytest.raises(WebhookTokenFailed, match=r"(may not|cannot) be called"):
                    await send("http://127.0.0.2:9/hook", how, guard=guard)
            assert bird.connections == 0

    async def test_tokens_of_other_credentials_are_not_shared(self):
        tokens = TokenServer()
        async with partner(tokens.handle) as server, partner() as receiver, WebhookSender(LOOPBACK) as sender:
            for how in (
                oauth2(server.url),
                oauth2(server.url, client_id="them"),
                oauth2(server.url, client_secret="other"),
                oauth2(server.url, scope="s"),
            ):
                await sender.send(receiver.url, headers={}, body=b"{}", access=how)
        assert [one["authorization"] for one in receiver.requests] == [f"Bearer token-{n}" for n in (1, 2, 3, 4)]


@dataclass
class Proxy:
    """A CONNECT proxy that brings every tunnel to one port of this machine, or answers what it is told to."""

    url: str = ""
    to_port: int = 0
    answer: bytes | None = None
    heads: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if self.answer is not None:
            writer.write(self.answer)
            return
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.to_port)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
        finally:
            inner_writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def proxy(**stated: Any) -> AsyncIterator[Proxy]:
    found = Proxy(**stated)
    async with raw_server(found.serve) as server:
        found.url = f"http://operator:word@127.0.0.1:{server.port}"
        yield found


class TestProxy:
    async def test_the_proxy_is_told_the_address_that_was_judged_and_tls_goes_through_to_the_name(
        self, authority: Authority, monkeypatch: pytest.MonkeyPatch
    ):
        asked = names_have(monkeypatch, {"partner.example": [["8.8.8.8"]], "other.example": [["8.8.8.8"]]})
        context = authority.issue("partner.example").server_context()
        async with (
            partner(context=context) as receiver,
            proxy(to_port=receiver.port) as gate,
            WebhookSender(LOOPBACK, proxy_url=gate.url) as sender,
        ):
            how = access(ca_certificates=authority.certificate)
            for _ in range(2):
                reply = await sender.send("https://partner.example/hook?a=1", headers={}, body=b"{}", access=how)
                assert (reply.status, reply.body_excerpt, reply.address) == (200, "thanks", "8.8.8.8")
            with pytest.raises(WebhookTlsFailed):
                await sender.send("https://other.example/hook", headers={}, body=b"{}", access=how)
        assert [head.split("\r\n")[0] for head in gate.heads] == ["CONNECT 8.8.8.8:443 HTTP/1.1"] * 2
        assert "Proxy-Authorization: Basic " + b64encode(b"operator:word").decode() in gate.heads[0]
        assert [one["host"] for one in receiver.requests] == ["partner.example"] * 2
        assert "proxy-authorization" not in receiver.requests[0]
        assert len(asked) == 3, "judged anew for each request"

    async def test_behind_a_proxy_the_guard_judges_as_before(self, monkeypatch: pytest.MonkeyPatch):
        names_have(monkeypatch, {"turned.example": [["8.8.8.8", "10.0.0.1"]]})
        nothing = EgressGuard(EgressPolicy.PUBLIC_WEB)
        async with proxy() as gate, WebhookSender(nothing, proxy_url=gate.url) as sender:
            for url in (
                *("https://127.0.0.1/", "https://localhost/", "https://2130706433/", "https://[::1]/"),
                *("https://169.254.169.254/", "https://turned.example/", "http://8.8.8.8/", "https://8.8.8.8:22/"),
            ):
                with pytest.raises(WebhookRefused):
                    await sender.send(url, headers={}, body=b"{}")
            with pytest.raises(WebhookRefused):
                await sender.send("https://8.8.8.8/", headers={}, body=b"{}", networks=[ip_network("9.9.9.9/32")])
            assert gate.heads == []

    async def test_listed_networks_are_reached_straight(self):
        async with (
            partner() as receiver,
            proxy() as gate,
            WebhookSender(LOOPBACK, proxy_url=gate.url) as sender,
        ):
            assert (await sender.send(receiver.url, headers={}, body=b"{}")).status == 200
        assert gate.heads == []

    @pytest.mark.parametrize(
        ("answer", "wanted"),
        [
            (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", WebhookProxyFailed),
            (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", WebhookProxyFailed),
            (b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", WebhookProxyFailed),
            (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", WebhookUnreachable),
            (b"HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n", WebhookUnreachable),
        ],
    )
    async def test_whose_fault_it_is_when_there_is_no_tunnel(self, answer: bytes, wanted: type[WebhookSendError]):
        async with proxy(answer=answer) as gate, WebhookSender(LOOPBACK, proxy_url=gate.url) as sender:
            with pytest.raises(wanted) as failure:
                await sender.send("https://8.8.8.8/", headers={}, body=b"{}")
        assert type(failure.value) is wanted
        assert failure.value.is_of_endpoint is (wanted is WebhookUnreachable)
        assert "word" not in str(failure.value)

    @pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://proxy.invalid:3128"])
    async def test_a_proxy_that_is_away_is_not_the_endpoints_fault(self, url: str):
        async with WebhookSender(LOOPBACK, proxy_url=url) as sender:
            with pytest.raises(WebhookProxyFailed):
                await sender.send("https://8.8.8.8/", headers={}, body=b"{}")
            how = oauth2("https://8.8.8.8/token")
            with pytest.raises(WebhookProxyFailed):
                await sender.send("https://8.8.8.8/", headers={}, body=b"{}", access=how)

    async def test_a_silent_proxy_ends_at_the_deadline(self):
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()

        async with (
            raw_server(silent) as server,
            WebhookSender(LOOPBACK, proxy_url=f"http://127.0.0.1:{server.port}") as sender,
        ):
            with pytest.raises(WebhookTimedOut):
                await sender.send("https://8.8.8.8/", headers={}, body=b"{}", timeout_seconds=0.5)
