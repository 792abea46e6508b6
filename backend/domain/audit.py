"""The audit trail's words: what was done, and to what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

#: Stands in before/after where a secret was given or replaced.
SECRET_CHANGED = "•••• changed"  # noqa: S105 - what is shown instead of one


class AuditAction(StrEnum):
    """What was done: ``resource.verb`` in the past tense."""

    CONNECTOR_CREATED = "connector.created"
    CONNECTOR_CHANGED = "connector.changed"
    CONNECTOR_REMOVED = "connector.removed"
    CONNECTOR_PREVIEWED = "connector.previewed"
    DESTINATION_CREATED = "destination.created"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_DISABLED = "webhook.disabled"
    REPORT_CREATED = "report.created"
    REPORT_VERSION_CREATED = "report_version.created"
    REPORT_VERSION_ACTIVATED = "report_version.activated"
    RUN_REQUESTED = "run.requested"
    RUN_CANCELLED = "run.cancelled"
    RUN_RETRIED = "run.retried"
    RUN_RELEASED = "run.released"
    ARTIFACT_DOWNLOADED = "artifact.downloaded"
    SCHEMA_PACKAGE_INSTALLED = "schema_package.installed"
    PERSONAL_DATA_READ = "personal_data.read"
    AUDIT_EXPORTED = "audit.exported"
    AUDIT_VERIFIED = "audit.verified"


@dataclass(frozen=True, slots=True)
class AuditSubject:
    """What it was done to, under the name it had then."""

    kind: str
    id: UUID | None
    label: str
