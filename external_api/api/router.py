"""Every route below the version's prefix."""

from __future__ import annotations

from fastapi import APIRouter

from external_api.api.v1 import (
    changes,
    keys,
    problem_pages,
    reference_data,
    reports,
    schedules,
    schemas,
    usage,
    validation_rules,
)
from external_api.api.v1.customers import account, auth, billing, plans
from external_api.api.v1.customers import keys as customer_keys

API_PREFIX = "/external_api/v1"


def api_router() -> APIRouter:
    """The routes of version 1."""
    router = APIRouter(prefix=API_PREFIX)
    router.include_router(keys.router)
    router.include_router(usage.router)
    for content in (reports, validation_rules, reference_data, schedules, schemas, changes):
        router.include_router(content.router)
    router.include_router(reports.links)
    for one in (auth, plans, account, customer_keys, billing):
        router.include_router(one.router)
    router.include_router(problem_pages.router)
    return router
