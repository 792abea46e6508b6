"""Permissions: ``resource:action`` strings, checked on every route."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """What somebody may do; a role is a set of these."""

    CONNECTORS_READ = "connectors:read"
    CONNECTORS_WRITE = "connectors:write"
    CONNECTORS_QUERY = "connectors:query"
    REPORTS_READ = "reports:read"
    REPORTS_WRITE = "reports:write"
    REPORTS_ACTIVATE = "reports:activate"
    RUNS_READ = "runs:read"
    RUNS_START = "runs:start"
    RUNS_CANCEL = "runs:cancel"
    RUNS_RELEASE = "runs:release"
    ARTIFACTS_DOWNLOAD = "artifacts:download"
    DESTINATIONS_READ = "destinations:read"
    DESTINATIONS_WRITE = "destinations:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    SCHEMAS_READ = "schemas:read"
    SCHEMAS_INSTALL = "schemas:install"
    REGULATIONS_READ = "regulations:read"


ALL_PERMISSIONS: frozenset[str] = frozenset(permission.value for permission in Permission)
