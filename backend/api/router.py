"""All routes of the core under their prefix."""

from __future__ import annotations

from fastapi import APIRouter

from backend.api import artifacts, auth, connectors, destinations, regulations, reports, runs, schema_packages, webhooks

API_PREFIX = "/api/v1"

router = APIRouter(prefix=API_PREFIX)
for part in (auth, connectors, reports, runs, artifacts, destinations, webhooks, schema_packages, regulations):
    router.include_router(part.router)
