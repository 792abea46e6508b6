"""All routes of the core under their prefix."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from backend.api import (
    account,
    account_links,
    answer_formats,
    approvals,
    artifacts,
    audit_entries,
    auth,
    calendars,
    connectors,
    customers,
    datasets,
    deadlines,
    deliveries,
    destinations,
    error_register,
    exception_actions,
    exceptions,
    expressions,
    feedback,
    held_records,
    mapping_sets,
    notices,
    obligations,
    official_texts,
    outgoing_mails,
    overview,
    plans,
    publications,
    quality,
    reconciliation_mappings,
    reconciliations,
    reference_lists,
    regulations,
    report_compare,
    report_drafts,
    report_review,
    report_transfer,
    report_trial,
    reports,
    roles,
    rule_sets,
    rules,
    run_decisions,
    run_findings,
    run_lists,
    run_quarantine,
    run_records,
    runs,
    schedules,
    schema_packages,
    service_keys,
    source_uploads,
    submissions,
    system,
    tenant_settings,
    tenants,
    transactions,
    triggers,
    user_invitations,
    users,
    webhook_log,
    webhook_recoveries,
    webhooks,
)
from backend.api.account_services import PersonMissing
from backend.api.dependencies import PermissionMissing
from backend.core.problems import problems
from backend.core.tokens import TokenInvalid
from backend.middleware.rate_limit import RateLimited

API_PREFIX = "/api/v1"
_PARTS = (
    connectors,
    source_uploads,
    reports,
    report_drafts,
    report_review,
    report_compare,
    report_trial,
    report_transfer,
    # Before the single run: its paths would be read as the id of one.
    run_lists,
    runs,
    run_findings,
    run_quarantine,
    run_records,
    run_decisions,
    # Before the single exception: their paths would be read as the id of one.
    exception_actions,
    exceptions,
    held_records,
    submissions,
    transactions,
    triggers,
    quality,
    deadlines,
    obligations,
    artifacts,
    deliveries,
    destinations,
    error_register,
    answer_formats,
    # Before the single delivery: its paths would be read as the id of one.
    webhook_log,
    webhooks,
    customers,
    plans,
    publications,
    webhook_recoveries,
    schema_packages,
    regulations,
    rule_sets,
    official_texts,
    rules,
    expressions,
    datasets,
    reference_lists,
    mapping_sets,
    calendars,
    schedules,
    roles,
    tenant_settings,
    audit_entries,
    overview,
    approvals,
    feedback,
    reconciliations,
    reconciliation_mappings,
    users,
    user_invitations,
    service_keys,
    tenants,
    outgoing_mails,
    notices,
    system,
)


@cache
def api_routes() -> tuple[BaseRoute, ...]:
    """The routes of every application of this process.

    Working out what 250 routes take and answer costs half a second: it is done once, and not while the first caller
    waits. Each router stands at the application itself: within a router of all, each call would be looked up twice.
    """
    every = APIRouter()
    every.include_router(auth.router, prefix=API_PREFIX)
    own = problems(TokenInvalid, PersonMissing, RateLimited)
    every.include_router(account.router, prefix=API_PREFIX, responses=own)
    every.include_router(account_links.router, prefix=API_PREFIX)
    for part in _PARTS:
        responses = problems(TokenInvalid, PermissionMissing, RateLimited)
        every.include_router(part.router, prefix=API_PREFIX, responses=responses)
    for _ in iter_route_contexts(every.routes):
        pass
    return tuple(every.routes)
