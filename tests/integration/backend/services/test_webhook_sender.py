"""Sending to real receivers on loopback: some answer, some misbehave, some must never be reached."""

import asyncio
import gzip
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import psutil
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from backend.services.egress import EgressGuard, EgressPolicy
from backend.services.webhook_sender import (
    EXCERPT_BYTES,
    WebhookRefused,
    WebhookReplyInvalid,
    WebhookSender,
    WebhookTimedOut,
    WebhookTlsFailed,
    WebhookUnreachable,
)
from tests.services.raw_server import RawServer, Talk, raw_server

LOOPBACK_LISTED = EgressGuard(EgressPolicy.PUBLIC_WEB, (ip_network("127.0.0.1/32"),))
NOTHING_LISTED = EgressGuard(EgressPolicy.PUBLIC_WEB)

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def receiver(answer: Answer, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(application, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{port}/hook"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_receiver(talk: Talk) -> AsyncIterator[tuple[str, RawServer]]:
    async with raw_server(talk) as server:
        yield f"http://127.0.0.1:{server.port}/hook", server


async def send(url: str, *, guard: EgressGuard = LOOPBACK_LISTED, timeout_seconds: float = 5.0, **headers: str):
    async with WebhookSender(guard) as sender:
        return await sender.send(url, headers=headers, body=b'{"a":1}', timeout_seconds=timeout_seconds)


class TestReplies:
    async def test_method_body_and_headers_arrive_as_given(self):
        seen: dict[str, object] = {}

        async def answer(request: web.Request) -> web.Response:
            seen.update(method=request.method, body=await request.read(), headers=request.headers.copy())
            return web.Response(status=202, text="thanks", headers={"X-Trace": "1"})

        async with receiver(answer) as url:
            reply = await send(url, **{"webhook-id": "e1", "Content-Type": "application/json"})
        assert (seen["method"], seen["body"]) == ("POST", b'{"a":1}')
        headers = seen["headers"]
        assert headers["webhook-id"] == "e1"
        assert headers["Content-Type"] == "application/json"
        assert headers["Accept-Encoding"] == "identity"
        assert headers["User-Agent"].startswith("OpenReg")
        assert (reply.status, reply.body_excerpt, reply.truncated, reply.address) == (202, "thanks", False, "127.0.0.1")
        assert reply.is_success
        assert reply.headers["X-Trace"] == "1"
        assert 0 <= reply.duration_ms < 5000

    @pytest.mark.parametrize("status", [199 + 1, 204, 301, 307, 400, 410, 429, 500, 503])
    async def test_every_status_is_a_reply_and_only_2xx_a_success(self, status: int):
        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=status, headers={"Location": "/elsewhere", "Retry-After": "7"})

        async with receiver(answer) as url:
            reply = await send(url)
        assert reply.status == status
        assert reply.is_success is (200 <= status < 300)
        assert reply.retry_after == ("7",)

    async def test_a_redirect_is_not_followed(self):
        paths: list[str] = []

        async def answer(request: web.Request) -> web.Response:
            paths.append(request.path)
            return web.Response(status=307, headers={"Location": "/private"})

        async with receiver(answer) as url:
            await send(url)
        assert paths == ["/hook"]

    async def test_cookies_of_one_reply_are_not_sent_with_the_next_request(self):
        cookies: list[str | None] = []

        async def answer(request: web.Request) -> web.Response:
            cookies.append(request.headers.get("Cookie"))
            reply = web.Response()
            reply.set_cookie("session", "x")
            return reply

        async with receiver(answer) as url, WebhookSender(LOOPBACK_LISTED) as sender:
            for _ in range(2):
                await sender.send(url, headers={}, body=b"{}")
        assert cookies == [None, None]

    async def test_connections_are_used_again(self):
        peers: set[object] = set()

        async def answer(request: web.Request) -> web.Response:
            peers.add(request.transport.get_extra_info("peername") if request.transport else None)
            return web.Response(text="ok")

        async with receiver(answer) as url, WebhookSender(LOOPBACK_LISTED) as sender:
            for _ in range(5):
                assert (await sender.send(url, headers={}, body=b"{}")).address == "127.0.0.1"
        assert len(peers) == 1


class TestBounds:
    async def test_16_kib_of_the_body_are_kept_and_said_to_be_cut(self):
        async def answer(_: web.Request) -> web.Response:
            return web.Response(text="ä" * EXCERPT_BYTES)

        async with receiver(answer) as url:
            reply = await send(url)
        assert reply.truncated
        assert reply.body_excerpt == "ä" * (EXCERPT_BYTES // 2)

    async def test_a_body_of_exactly_16_kib_is_whole(self):
        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=b"x" * EXCERPT_BYTES)

        async with receiver(answer) as url:
            reply = await send(url)
        assert not reply.truncated
        assert len(reply.body_excerpt) == EXCERPT_BYTES

    async def test_a_body_without_end_is_not_read_to_the_end(self):
        written = [0]

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
                written[0] += 65536

        before = psutil.Process().memory_info().rss
        async with raw_receiver(talk) as (url, _):
            started = time.monotonic()
            reply = await send(url)
            seconds = time.monotonic() - started
        assert (reply.status, reply.truncated) == (200, True)
        assert seconds < 2
        assert written[0] < 16 * 1024 * 1024
        assert psutil.Process().memory_info().rss - before < 16 * 1024 * 1024

    async def test_a_dripping_body_ends_at_the_deadline_with_the_status_that_came(self):
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)

        async with raw_receiver(talk) as (url, _):
            started = time.monotonic()
            reply = await send(url, timeout_seconds=1.0)
            seconds = time.monotonic() - started
        assert (reply.status, reply.truncated) == (200, True)
        assert reply.body_excerpt.startswith("xxx")
        assert seconds < 4

    async def test_dripping_headers_time_out(self):
        async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\n")
            for number in range(1000):
                writer.write(f"X-{number}: x\r\n".encode())
                await writer.drain()
                await asyncio.sleep(0.05)

        async with raw_receiver(talk) as (url, _):
            started = time.monotonic()
            with pytest.raises(WebhookTimedOut) as failure:
                await send(url, timeout_seconds=1.0)
            assert time.monotonic() - started < 4
        assert failure.value.transient

    async def test_a_compressed_bomb_is_not_unpacked(self):
        bomb = gzip.compress(b"\0" * 50_000_000)

        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

        before = psutil.Process().memory_info().rss
        async with receiver(answer) as url:
            reply = await send(url)
        assert reply.truncated
        assert "\x00" not in reply.body_excerpt
        assert psutil.Process().memory_info().rss - before < 16 * 1024 * 1024

    async def test_endless_headers_are_refused(self):
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1_000_000 + b"\r\n\r\n")
            await writer.drain()

        async with raw_receiver(talk) as (url, _):
            with pytest.raises(WebhookReplyInvalid):
                await send(url)


class TestFailures:
    async def test_nothing_listening_is_unreachable(self):
        async with raw_receiver(lambda _r, _w: asyncio.sleep(0)) as (url, _):
            pass
        with pytest.raises(WebhookUnreachable) as failure:
            await send(url)
        assert failure.value.transient

    async def test_a_connection_closed_without_an_answer_is_unreachable(self):
        async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")

        async with raw_receiver(talk) as (url, _):
            with pytest.raises(WebhookUnreachable):
                await send(url)

    async def test_something_that_is_not_http_is_said_to_be_so(self):
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"220 smtp.example ESMTP\r\n")
            await writer.drain()

        async with raw_receiver(talk) as (url, _):
            with pytest.raises(WebhookReplyInvalid):
                await send(url)

    async def test_an_unknown_name_is_unreachable_and_tried_again_later(self):
        with pytest.raises(WebhookUnreachable) as failure:
            await send("https://nothing.invalid/hook")
        assert failure.value.transient

    async def test_an_untrusted_certificate_is_refused(self, tmp_path: Path):
        async def answer(_: web.Request) -> web.Response:
            return web.Response()

        async with receiver(answer, self_signed(tmp_path)) as url:
            with pytest.raises(WebhookTlsFailed, match="self-signed"):
                await send(url)


class TestTheGuard:
    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "localhost", "2130706433", "127.1", "0", "[::ffff:127.0.0.1]", "0x7f000001"]
    )
    async def test_a_canary_on_loopback_is_never_connected_to(self, host: str):
        async with raw_receiver(lambda _r, _w: asyncio.sleep(0)) as (url, server):
            for scheme in ("http", "https"):
                target = url.replace("127.0.0.1", host).replace("http:", f"{scheme}:")
                with pytest.raises(WebhookRefused) as refused:
                    await send(target, guard=NOTHING_LISTED)
                assert not refused.value.transient
            assert server.connections == 0

    async def test_a_name_that_answers_differently_the_second_time_gains_nothing(self, monkeypatch: pytest.MonkeyPatch):
        async with raw_receiver(lambda _r, _w: asyncio.sleep(0)) as (url, server):
            port = int(url.split(":")[2].split("/")[0])
            answers = iter(["8.8.8.8", "127.0.0.1", "127.0.0.1"])
            guard = EgressGuard(EgressPolicy.PUBLIC_WEB, web_ports=frozenset({port}))

            async def getaddrinfo(*_: object, **__: object) -> list[tuple[object, ...]]:
                return [(2, 1, 6, "", (next(answers), port))]

            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
            await guard.check_url(f"https://rebound.example:{port}/")
            with pytest.raises(WebhookRefused):
                await send(f"https://rebound.example:{port}/", guard=guard)
            assert server.connections == 0

    async def test_a_user_name_in_the_url_is_refused(self):
        with pytest.raises(WebhookRefused):
            await send("https://user:pw@example.com/")

    async def test_proxies_of_the_environment_are_not_used(self, monkeypatch: pytest.MonkeyPatch):
        async def answer(_: web.Request) -> web.Response:
            return web.Response(text="direct")

        async with raw_receiver(lambda _r, _w: asyncio.sleep(0)) as (proxy, server), receiver(answer) as url:
            monkeypatch.setenv("http_proxy", proxy)
            assert (await send(url)).body_excerpt == "direct"
            assert server.connections == 0


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "receiver.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context
