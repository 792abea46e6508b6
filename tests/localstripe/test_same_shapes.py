"""The stand-in for Stripe beside ``localstripe``, where both know a call: the same shapes. It is no proof of Stripe's.

``localstripe`` (GPL-3.0, a process of its own) speaks an API of 2017: it has no prices, pages to pay at, previews,
``invoice.paid`` or idempotency keys, and its subscriptions have other fields. So only customers, products, lists and
refusals are compared. ``make test-localstripe`` installs it and tells its Python by ``OPENREG_LOCALSTRIPE``.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.services.stripe_counterpart.process import KEY, Counterpart, counterpart
from tests.services.waiting import until

_SERVE = """
import sys
from aiohttp import web
from localstripe.server import app
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]))
"""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def stripe() -> Iterator[Counterpart]:
    """Ours."""
    with counterpart() as running:
        yield running


@pytest.fixture
async def localstripe() -> AsyncIterator[str]:
    """Its address; its own command would listen on all interfaces and keep a file."""
    python = os.environ["OPENREG_LOCALSTRIPE"]
    port = _free_port()
    process = await asyncio.create_subprocess_exec(python, "-c", _SERVE, str(port), stdout=asyncio.subprocess.DEVNULL)
    try:
        await until(lambda: _answers(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True


def _shape(value: Any) -> Any:
    """Names and kinds; what a customer of one and of the other is called is not compared."""
    if isinstance(value, dict):
        return {name: _shape(one) for name, one in value.items()}
    return type(value).__name__


def _asked(address: str) -> dict[str, Any]:
    """The same calls to each."""
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {KEY}"}) as client:
        customer = client.post(
            "/v1/customers", data={"name": "A", "email": "a@example.test", "metadata[k]": "v"}
        ).json()
        return {
            "customer": customer,
            "read": client.get(f"/v1/customers/{customer['id']}").json(),
            "product": client.post("/v1/products", data={"name": "P", "type": "service"}).json(),
            "invoices": client.get("/v1/invoices", params={"customer": customer["id"]}).json(),
            "missing": client.get("/v1/customers/cus_nobody"),
            "nobody": httpx.get(f"{address}/v1/customers/{customer['id']}"),
        }


def test_what_both_know_has_one_shape(stripe: Counterpart, localstripe: str) -> None:
    ours, theirs = _asked(stripe.address), _asked(localstripe)
    for call, names in {
        "customer": ("id", "object", "created", "livemode", "metadata", "name", "email"),
        "read": ("id", "object", "created", "livemode", "metadata", "name", "email"),
        "product": ("id", "object", "created", "livemode", "name", "active"),
        "invoices": ("object", "data", "has_more", "url"),
    }.items():
        for name in names:
            assert _shape(ours[call][name]) == _shape(theirs[call][name]), (call, name)
        assert ours[call]["object"] == theirs[call]["object"]
    assert ours["customer"]["id"].startswith("cus_")
    assert ours["customer"]["metadata"] == theirs["customer"]["metadata"] == {"k": "v"}
    for call in ("missing", "nobody"):
        assert ours[call].status_code == theirs[call].status_code, call
        assert ours[call].json()["error"]["type"] == theirs[call].json()["error"]["type"], call
