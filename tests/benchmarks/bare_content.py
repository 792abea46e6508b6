"""The floor of the customers' API, as a server: FastAPI, asyncpg, the same statements and the same model.

Beside it, the external API with two empty routes: one open, one behind a key, its limits and its metering.
"""

# Annotations are evaluated here, not kept as text, as in ``external_api.api.access``.

import os
import pickle
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
from fastapi import FastAPI
from pydantic import BaseModel

from external_api import main
from external_api.api.access import KeyCaller
from external_api.api.schemas.reference_data import EntryList
from tests.benchmarks.bare_route import MATERIAL, Material

OPEN: Final = "/bench/open"
LIMITED: Final = "/bench/limited"


class Nothing(BaseModel):
    """An answer that costs as little as an answer can."""

    ok: bool = True


def create_app() -> FastAPI:
    """One list without anything around it."""
    material: Material = pickle.loads(Path(os.environ[MATERIAL]).read_bytes())
    pools: list[asyncpg.Pool] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(material.database_url, min_size=5, max_size=5) as pool:
            pools.append(pool)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get(material.path, response_model=EntryList)
    async def show() -> Any:
        async with pools[0].acquire() as connection:
            for one in material.statements:
                if one.is_control:
                    await connection.execute(one.text)
                else:
                    await connection.fetch(one.text, *one.parameters)
        return EntryList(**material.answer)

    return app


def with_empty_routes() -> FastAPI:
    """The external API as it is, and two routes that do nothing."""
    app = main.create_app()

    async def nothing() -> Nothing:
        return Nothing()

    async def limited(_: KeyCaller) -> Nothing:
        return Nothing()

    routes = app.router.routes
    before = len(routes)
    app.get(OPEN)(nothing)
    app.get(LIMITED)(limited)
    # Before the page that answers every other path.
    app.router.routes = routes[before:] + routes[:before]
    return app
