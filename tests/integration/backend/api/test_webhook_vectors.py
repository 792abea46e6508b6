"""Every known way to have a webhook call inside the network is refused when it is saved, and when it is called."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from aiohttp import web
from sqlalchemy import select

from backend.config import load_settings
from backend.core.clock import utc_now
from backend.main import create_app
from backend.persistence.models.webhook import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from backend.services.egress import EgressGuard, EgressPolicy
from backend.services.webhook_drain import WebhookDrain
from backend.services.webhook_sender import WebhookSender
from tests.factories.egress_vectors import PUBLIC, SPECIAL_HOSTS, canary, hook_at, names_have
from tests.factories.installation import Installation
from tests.factories.rows import Rows
from tests.services.raw_server import RawServer

HOOKS = "/api/v1/webhooks"
EVENTS = {"event_types": ["*"]}
OTHER_PORTS = (22, 25, 6379, 9200)


@pytest.fixture
async def bird() -> AsyncIterator[RawServer]:
    async with canary() as bird:
        yield bird


@pytest.fixture
async def strict(environment: dict[str, str], api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """The owner's client of an application whose operator has listed nothing."""
    app = create_app(load_settings({**environment, "EGRESS_ALLOWED_NETWORKS": ""}))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=api.headers) as client:
            yield client


def guard_of(bird: RawServer) -> EgressGuard:
    """Nothing is listed, and the port of the canary is one for the web: only the address can be the reason."""
    return EgressGuard(EgressPolicy.PUBLIC_WEB, web_ports=frozenset({443, bird.port}))


async def attempted(installation: Installation, rows: Rows, guard: EgressGuard, urls: list[str]) -> dict[str, Any]:
    """What came of sending to endpoints that are stored although nobody would have let them be: URL → attempt."""
    deliveries = {}
    for url in urls:
        endpoint = await rows.webhook(url)
        deliveries[(await rows.webhook_delivery(endpoint, created_at=datetime.now(UTC))).id] = url
    async with WebhookSender(guard) as sender:
        await WebhookDrain(installation.database, installation.box, sender, utc_now).drain(rows.person.tenant)
    async with rows.database.transaction(rows.person.tenant) as session:
        attempts = (await session.scalars(select(WebhookAttempt))).all()
    return {deliveries[one.delivery_id]: one for one in attempts if one.delivery_id in deliveries}


async def saved(rows: Rows) -> list[str]:
    async with rows.database.transaction(rows.person.tenant) as session:
        return list((await session.scalars(select(WebhookEndpoint.url))).all())


async def test_no_special_host_is_saved(strict: httpx.AsyncClient, rows: Rows) -> None:
    public = await strict.post(HOOKS, json={"url": hook_at(PUBLIC[0]), **EVENTS})
    assert public.status_code == 201, public.text
    for host in SPECIAL_HOSTS:
        for answer in (
            await strict.post(HOOKS, json={"url": hook_at(host), **EVENTS}),
            await strict.patch(f"{HOOKS}/{public.json()['id']}", json={"url": hook_at(host)}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (422, "egress_refused"), (host, answer.text)
            assert answer.json()["fix"], host
    assert await saved(rows) == [hook_at(PUBLIC[0])]


async def test_public_addresses_are_saved_at_every_port_of_the_web(strict: httpx.AsyncClient) -> None:
    for host in PUBLIC:
        for port in (None, 443, 80, 8080, 8443):
            answer = await strict.post(HOOKS, json={"url": hook_at(host, port), **EVENTS})
            assert answer.status_code == 201, (host, port, answer.text)


async def test_no_special_host_that_is_stored_is_called(
    installation: Installation, rows: Rows, bird: RawServer
) -> None:
    urls = [hook_at(host, bird.port) for host in SPECIAL_HOSTS]
    urls += [url.replace("https:", "http:") for url in urls]
    attempts = await attempted(installation, rows, guard_of(bird), urls)
    assert set(attempts) == set(urls)
    for url, attempt in attempts.items():
        assert attempt.error["code"] == "webhook_refused", (url, attempt.error)
        assert (attempt.status, attempt.address, attempt.response_excerpt) == (None, None, None)
    assert bird.connections == 0


async def test_the_canary_would_have_noticed(installation: Installation, rows: Rows, bird: RawServer) -> None:
    url = hook_at("127.0.0.1", bird.port)
    await attempted(installation, rows, installation.adapters.egress_public_web, [url])
    assert bird.connections == 1


async def test_a_name_that_becomes_private_is_called_no_more(
    strict: httpx.AsyncClient,
    installation: Installation,
    rows: Rows,
    bird: RawServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = names_have(
        monkeypatch,
        {
            "turning.example": [["8.8.8.8"], ["127.0.0.1"]],
            "turning6.example": [["2606:4700::1111"], ["::1"]],
            "mixed.example": [["8.8.8.8", "127.0.0.1"]],
            "mixed6.example": [["::ffff:127.0.0.1", "2606:4700::1111"]],
            "turning-mixed.example": [["8.8.8.8"], ["8.8.8.8", "10.0.0.1"]],
        },
    )
    for name, status in (
        *(("turning.example", 201), ("turning6.example", 201), ("turning-mixed.example", 201)),
        *(("mixed.example", 422), ("mixed6.example", 422)),
    ):
        answer = await strict.post(HOOKS, json={"url": hook_at(name), **EVENTS})
        assert answer.status_code == status, (name, answer.text)
    urls = [hook_at(name, bird.port) for name in dict.fromkeys(asked)]
    assert len(urls) == 5
    attempts = await attempted(installation, rows, guard_of(bird), urls)
    assert {one.error["code"] for one in attempts.values()} == {"webhook_refused"}
    assert len(attempts) == 5
    assert bird.connections == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_into_the_network_is_a_failure_and_not_followed(
    installation: Installation, rows: Rows, bird: RawServer, status: int
) -> None:
    async def redirect(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": f"http://127.0.0.1:{bird.port}/secret"})

    application = web.Application()
    application.router.add_post("/hook", redirect)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        attempts = await attempted(installation, rows, installation.adapters.egress_public_web, [url])
    finally:
        await runner.cleanup()
    assert attempts[url].status == status
    async with rows.database.transaction(rows.person.tenant) as session:
        delivery = await session.get_one(WebhookDelivery, attempts[url].delivery_id)
    assert delivery.state == "retrying"
    assert bird.connections == 0


async def test_user_names_and_ports_of_other_services_are_refused_at_both_places(
    strict: httpx.AsyncClient, installation: Installation, rows: Rows, bird: RawServer
) -> None:
    urls = [hook_at("8.8.8.8", port) for port in OTHER_PORTS]
    urls += [f"https://{who}8.8.8.8:{bird.port}/hook" for who in ("user@", "user:word@", ":@", "127.0.0.1@", "@")]
    urls += [f"https://8.8.8.8:{bird.port}\\@127.0.0.1:{bird.port}/hook", "http://8.8.8.8/hook"]
    for url in urls:
        answer = await strict.post(HOOKS, json={"url": url, **EVENTS})
        assert (answer.status_code, answer.json()["code"]) == (422, "egress_refused"), (url, answer.text)
    assert await saved(rows) == []
    attempts = await attempted(installation, rows, guard_of(bird), urls)
    assert {url: one.error["code"] for url, one in attempts.items()} == dict.fromkeys(urls, "webhook_refused")
    assert bird.connections == 0
