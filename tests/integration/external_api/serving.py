"""The external API, started inside a test, and clients of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from backend.config import Settings
from external_api.main import create_app
from tests.services.waiting import until


@asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[FastAPI]:
    """One process of the external API that hears of changes."""
    application = create_app(settings)
    async with application.router.lifespan_context(application):
        await until(lambda: application.state.runtime.known_keys._is_listening)
        await until(lambda: application.state.runtime.content.is_listening)
        yield application


@asynccontextmanager
async def client_of(application: FastAPI, address: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    """A client that calls from an address."""
    transport = httpx.ASGITransport(application, raise_app_exceptions=False, client=(address, 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://api.openreg.test") as client:
        yield client
