"""The external API, started inside a test, and clients of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from backend.config import Settings
from external_api.main import create_app
from tests.services.waiting import until

BASE = "http://api.openreg.test"


@asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[FastAPI]:
    """One process of the external API that hears of changes."""
    application = create_app(settings)
    async with application.router.lifespan_context(application):
        await until(lambda: application.state.runtime.known_keys._is_listening)
        await until(lambda: application.state.runtime.content.is_listening)
        yield application


class _Unhurried(httpx.ASGITransport):
    """Calls as far apart as a rate allows: each finds its buckets full, however fast a test is."""

    def __init__(self, application: FastAPI, address: str) -> None:
        super().__init__(application, raise_app_exceptions=False, client=(address, 40000))
        self._application = application

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as if the last call were long ago."""
        redis = self._application.state.runtime.redis
        if buckets := [key async for key in redis.scan_iter("rate:*")]:
            await redis.delete(*buckets)
        return await super().handle_async_request(request)


@asynccontextmanager
async def unhurried_client_of(application: FastAPI, address: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    """A client for tests of what is answered, not of how often."""
    async with httpx.AsyncClient(transport=_Unhurried(application, address), base_url=BASE) as client:
        yield client


@asynccontextmanager
async def client_of(application: FastAPI, address: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    """A client that calls from an address."""
    transport = httpx.ASGITransport(application, raise_app_exceptions=False, client=(address, 40000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client
