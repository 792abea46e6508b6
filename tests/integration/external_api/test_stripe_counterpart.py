"""The stand-in for Stripe beside ``localstripe``, where both know a call: the same shapes. It is no proof of Stripe's.

``localstripe`` (GPL-3.0, a process of its own) speaks an API of 2017: it has no prices, pages to pay at, previews,
``invoice.paid`` or idempotency keys, and its subscriptions have other fields. So only customers, products, lists and
refusals are compared. It runs where ``OPENREG_LOCALSTRIPE`` names a Python that has it.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from stripe import WebhookSignature

from tests.services.stripe_counterpart.process import KEY, SECRET, Counterpart
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
async def localstripe() -> AsyncIterator[str]:
    """Its address; its own command would listen on all interfaces and keep a file."""
    python = os.environ.get("OPENREG_LOCALSTRIPE")
    if python is None:
        pytest.skip("OPENREG_LOCALSTRIPE names no Python that has localstripe")
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


def test_a_key_is_used_once_and_a_signature_is_what_the_sdk_expects(stripe: Counterpart) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "once"}
    with httpx.Client(base_url=stripe.address, headers=headers) as client:
        first, second = (client.post("/v1/customers", data={"name": "Once"}) for _ in range(2))
        assert first.json() == second.json()
        other = client.post("/v1/customers", data={"name": "Other"})
        assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    event = stripe.events()[-1]
    signed = stripe.control("sign", id=event["id"])
    assert WebhookSignature.verify_header(signed["body"], signed["header"], SECRET, 300)


def test_time_passes_only_when_it_is_told_to(stripe: Counterpart) -> None:
    before = stripe.state()["now"]
    assert stripe.state()["now"] == before
    assert stripe.control("clock", advance=60)["now"] == before + 60
