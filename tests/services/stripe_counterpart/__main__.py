"""``python -m tests.services.stripe_counterpart``: see the package's docstring."""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
import threading

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.services.stripe_counterpart.api import Api
from tests.services.stripe_counterpart.control import Control
from tests.services.stripe_counterpart.ledger import Ledger, Refused
from tests.services.stripe_counterpart.life import Life
from tests.services.stripe_counterpart.post import Post


def application(address: str, key: str, url: str | None, secret: str) -> Starlette:
    """One account that knows nobody yet."""
    ledger = Ledger()
    ledger.things["_address"] = {"object": "_address", "url": address}
    post = Post(ledger, url, secret)
    ledger.heard = post.heard
    life = Life(ledger)
    routes = [*Api(ledger, life, key).routes(), *Control(ledger, life, post).routes()]
    return Starlette(routes=routes, exception_handlers={Refused: _refuse})


async def _refuse(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return JSONResponse(error.body, error.status)


async def serve(app: Starlette, listener: socket.socket) -> None:
    """Until standard input closes."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))

    def wait() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=wait, daemon=True).start()
    await server.serve([listener])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", default="sk_test_counterpart")
    parser.add_argument("--webhook")
    parser.add_argument("--secret", default="whsec_counterpart")
    asked = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", asked.port))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    sys.stdout.write(json.dumps({"address": address}) + "\n")
    sys.stdout.flush()
    asyncio.run(serve(application(address, asked.key, asked.webhook, asked.secret), listener))


main()
