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
    SOURCE_FILE_UPLOADED = "source_file.uploaded"
    SOURCE_FILE_INSPECTED = "source_file.inspected"
    SOURCE_FILE_REMOVED = "source_file.removed"
    DESTINATION_CREATED = "destination.created"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_DISABLED = "webhook.disabled"
    REPORT_CREATED = "report.created"
    REPORT_CHANGED = "report.changed"
    REPORT_ARCHIVED = "report.archived"
    REPORT_RESTORED = "report.restored"
    REPORT_CLONED = "report.cloned"
    REPORT_TRIED = "report.tried"
    REPORT_EXPORTED = "report.exported"
    REPORT_DRAFT_BEGUN = "report_draft.begun"
    REPORT_DRAFT_DISCARDED = "report_draft.discarded"
    REPORT_VERSION_CREATED = "report_version.created"
    REPORT_VERSION_SUBMITTED = "report_version.submitted"
    REPORT_VERSION_WITHDRAWN = "report_version.withdrawn"
    REPORT_VERSION_REJECTED = "report_version.rejected"
    REPORT_VERSION_APPROVED = "report_version.approved"
    REPORT_VERSION_ACTIVATED = "report_version.activated"
    REPORT_VERSION_ARCHIVED = "report_version.archived"
    REPORT_VERSION_ROLLED_BACK = "report_version.rolled_back"
    REPORT_VERSION_IMPORTED = "report_version.imported"
    RULE_SET_CREATED = "rule_set.created"
    RULE_SET_CHANGED = "rule_set.changed"
    RULE_SET_REMOVED = "rule_set.removed"
    RULE_SET_VERSION_DRAFTED = "rule_set_version.drafted"
    RULE_SET_VERSION_DISCARDED = "rule_set_version.discarded"
    RULE_SET_VERSION_ACTIVATED = "rule_set_version.activated"
    RULE_SET_VERSION_RETIRED = "rule_set_version.retired"
    RULE_TRIED = "rule.tried"
    OFFICIAL_TEXTS_IMPORTED = "official_texts.imported"
    RUN_REQUESTED = "run.requested"
    RUN_CANCELLED = "run.cancelled"
    RUN_RETRIED = "run.retried"
    RUN_RELEASED = "run.released"
    RUN_QUARANTINE_READ = "run.quarantine_read"
    EXCEPTION_OPENED = "exception.opened"
    EXCEPTION_ASSIGNED = "exception.assigned"
    EXCEPTION_COMMENTED = "exception.commented"
    EXCEPTION_DUE_CHANGED = "exception.due_changed"
    EXCEPTION_AMENDED = "exception.amended"
    EXCEPTION_ACCEPTANCE_PROPOSED = "exception.acceptance_proposed"
    EXCEPTION_ACCEPTANCE_DECLINED = "exception.acceptance_declined"
    EXCEPTION_ACCEPTED = "exception.accepted"
    EXCEPTION_REJECTED = "exception.rejected"
    EXCEPTION_REOPENED = "exception.reopened"
    EXCEPTION_RESUBMITTED = "exception.resubmitted"
    HELD_RECORDS_RELEASED = "held_record.released"
    HELD_RECORDS_EXCLUDED = "held_record.excluded"
    HELD_RECORDS_REPORTED = "held_record.reported"
    QUALITY_TERMS_CHANGED = "quality.terms_changed"
    ARTIFACT_DOWNLOADED = "artifact.downloaded"
    SCHEMA_PACKAGE_INSTALLED = "schema_package.installed"
    DATASET_CREATED = "dataset.created"
    DATASET_CHANGED = "dataset.changed"
    DATASET_REMOVED = "dataset.removed"
    DATASET_PUBLISHED = "dataset.published"
    DATASET_EXPORTED = "dataset.exported"
    CALENDAR_CREATED = "calendar.created"
    CALENDAR_CHANGED = "calendar.changed"
    CALENDAR_REMOVED = "calendar.removed"
    TENANT_CREATED = "tenant.created"
    TENANT_SETTINGS_CHANGED = "tenant_settings.changed"
    ROLE_CREATED = "role.created"
    ROLE_CHANGED = "role.changed"
    ROLE_REMOVED = "role.removed"
    USER_CREATED = "user.created"
    USER_CHANGED = "user.changed"
    USER_ROLES_CHANGED = "user.roles_changed"
    USER_SESSIONS_ENDED = "user.sessions_ended"
    USER_REMOVED = "user.removed"
    USER_INVITATION_SENT = "user_invitation.sent"
    USER_INVITATION_REVOKED = "user_invitation.revoked"
    USER_INVITATION_ACCEPTED = "user_invitation.accepted"
    PASSWORD_RESET_REQUESTED = "password_reset.requested"  # noqa: S105 - the name of an action
    PASSWORD_RESET_COMPLETED = "password_reset.completed"  # noqa: S105 - the name of an action
    SERVICE_KEY_CREATED = "service_key.created"
    SERVICE_KEY_CHANGED = "service_key.changed"
    SERVICE_KEY_ROTATED = "service_key.rotated"
    SERVICE_KEY_REVOKED = "service_key.revoked"
    OUTGOING_MAIL_READ = "outgoing_mail.read"
    PERSONAL_DATA_READ = "personal_data.read"
    SESSION_STARTED = "session.started"
    SESSION_REFUSED = "session.refused"
    SESSION_ENDED = "session.ended"
    SESSION_SWITCHED = "session.switched"
    USER_RENAMED = "user.renamed"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - what was done, not a password
    SECOND_FACTOR_ENABLED = "second_factor.enabled"
    SECOND_FACTOR_DISABLED = "second_factor.disabled"
    RECOVERY_CODES_RENEWED = "recovery_codes.renewed"
    ENCRYPTION_KEY_ROTATED = "encryption_key.rotated"
    AUDIT_EXPORTED = "audit.exported"
    AUDIT_VERIFIED = "audit.verified"


@dataclass(frozen=True, slots=True)
class AuditSubject:
    """What it was done to, under the name it had then."""

    kind: str
    id: UUID | None
    label: str
