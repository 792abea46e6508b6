"""The floor of a list, as a server: FastAPI, asyncpg and the list's own statements and model, nothing else.

Started by the benchmark with ``uvicorn --factory``, in the environment of the application it is the floor of.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from backend.main import create_app as create_our_app
from tests.services.statements import Statement

MATERIAL = "OPENREG_BENCH_MATERIAL"


@dataclass(frozen=True, slots=True)
class Material:
    """Which list, where its rows are (past row-level security), how it asks for them, what it answered."""

    path: str
    database_url: str
    statements: tuple[Statement, ...]
    answer: dict[str, Any]


def create_app() -> FastAPI:
    """One route."""
    material: Material = pickle.loads(Path(os.environ[MATERIAL]).read_bytes())
    model = _model_of(material.path)
    pools: list[asyncpg.Pool] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(material.database_url, min_size=5, max_size=5) as pool:
            pools.append(pool)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get(material.path, response_model=model)
    async def show() -> Any:
        async with pools[0].acquire() as connection:
            for one in material.statements:
                if one.is_control:
                    await connection.execute(one.text)
                else:
                    await connection.fetch(one.text, *one.parameters)
        return model(**material.answer)

    return app


def _model_of(path: str) -> type[Any]:
    for route in iter_route_contexts(create_our_app().routes):
        if isinstance(route.original_route, APIRoute) and route.path == path and "GET" in (route.methods or ()):
            return route.response_model  # type: ignore[no-any-return]
    raise LookupError(path)
