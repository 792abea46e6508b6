"""All routes of the core under their prefix."""

from __future__ import annotations

from backend.api import (
    account,
    account_links,
    approvals,
    artifacts,
    audit_entries,
    auth,
    connectors,
    destinations,
    expressions,
    notices,
    outgoing_mails,
    overview,
    regulations,
    report_compare,
    report_drafts,
    report_review,
    report_transfer,
    report_trial,
    reports,
    roles,
    run_lists,
    runs,
    schema_packages,
    service_keys,
    system,
    tenant_settings,
    tenants,
    user_invitations,
    users,
    webhooks,
)
from backend.api.account_services import PersonMissing
from backend.api.dependencies import PermissionMissing
from backend.api.resource_router import ResourceRouter
from backend.core.problems import problems
from backend.core.tokens import TokenInvalid
from backend.middleware.rate_limit import RateLimited

API_PREFIX = "/api/v1"

router = ResourceRouter(prefix=API_PREFIX)
router.include_router(auth.router)
router.include_router(account.router, responses=problems(TokenInvalid, PersonMissing, RateLimited))
router.include_router(account_links.router)
for part in (
    connectors,
    reports,
    report_drafts,
    report_review,
    report_compare,
    report_trial,
    report_transfer,
    # Before the single run: its paths would be read as the id of one.
    run_lists,
    runs,
    artifacts,
    destinations,
    webhooks,
    schema_packages,
    regulations,
    expressions,
    roles,
    tenant_settings,
    audit_entries,
    overview,
    approvals,
    users,
    user_invitations,
    service_keys,
    tenants,
    outgoing_mails,
    notices,
    system,
):
    router.include_router(part.router, responses=problems(TokenInvalid, PermissionMissing, RateLimited))
