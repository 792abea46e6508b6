"""Permissions: ``resource:action`` strings, checked on every route."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Permission(StrEnum):
    """What somebody may do; a role is a set of these. The sentence is what people read in the role editor."""

    sentence: str

    def __new__(cls, value: str, sentence: str) -> Self:
        """A permission cannot be added without its sentence."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member

    CONNECTORS_READ = "connectors:read", "See connectors and their settings, without credentials."
    CONNECTORS_WRITE = "connectors:write", "Create, test, change and remove connectors."
    CONNECTORS_QUERY = "connectors:query", "Look at rows of a source through a connector."
    REPORTS_READ = "reports:read", "See reports and their versions."
    REPORTS_WRITE = "reports:write", "Create reports and draft versions."
    REPORTS_SUBMIT = "reports:submit", "Submit versions for approval and take them back."
    REPORTS_APPROVE = "reports:approve", "Approve or reject versions that somebody else wrote."
    REPORTS_ACTIVATE = "reports:activate", "Make a version the one that runs."
    REPORTS_ARCHIVE = "reports:archive", "Archive and restore reports and versions."
    PII_READ = "pii:read", "See values that identify natural persons, where they are masked for others."
    RUNS_READ = "runs:read", "See runs, their steps and findings."
    RUNS_START = "runs:start", "Start and repeat runs."
    RUNS_CANCEL = "runs:cancel", "Cancel runs."
    RUNS_RELEASE = "runs:release", "Release the files of a held run."
    EXCEPTIONS_READ = "exceptions:read", "See records that were set aside, their values and what happened to them."
    EXCEPTIONS_WORK = "exceptions:work", "Assign, amend, accept, reject and resubmit records that were set aside."
    EXCEPTIONS_APPROVE = "exceptions:approve", "Agree that somebody else accepts a record as it is."
    QUALITY_READ = "quality:read", "See the quality of reports: indicators, limits and trends."
    QUALITY_WRITE = "quality:write", "Set due times and limits of quality, and measure days again."
    ARTIFACTS_DOWNLOAD = "artifacts:download", "Download the files that runs produced."
    DESTINATIONS_READ = "destinations:read", "See destinations and deliveries."
    DESTINATIONS_WRITE = "destinations:write", "Create, change and test destinations, confirm their host keys."
    DELIVERIES_WORK = "deliveries:work", "Pause, retry, cancel and repeat deliveries."
    SCHEDULES_READ = "schedules:read", "See schedules, triggers and deadlines, and what came of them."
    SCHEDULES_WRITE = "schedules:write", "Create, change, pause and remove schedules, triggers and deadlines."
    SUBMISSIONS_READ = "submissions:read", "See what was told to regulators and what they said to it."
    SUBMISSIONS_APPROVE = "submissions:approve", "Approve or withdraw submissions that somebody else started."
    SUBMISSIONS_OVERRIDE = "submissions:override", "Send a second original for a day, with a reason."
    FEEDBACK_READ = "feedback:read", "See what regulators answered, file by file and record by record."
    FEEDBACK_WRITE = "feedback:write", "Upload feedback, have it read again, and say which submission it is about."
    ERROR_REGISTER_READ = "error_register:read", "See the register of errors and omissions."
    ERROR_REGISTER_WRITE = "error_register:write", "Open, assess, notify, remedy and close errors and omissions."
    RECONCILIATIONS_READ = "reconciliations:read", "See how submitted records compare with extracts of regulators."
    RECONCILIATIONS_WRITE = "reconciliations:write", "Bring extracts, compare them, and explain differences."
    WEBHOOKS_READ = "webhooks:read", "See webhook endpoints and what was sent to them."
    WEBHOOKS_WRITE = (
        "webhooks:write",
        "Create, change and switch off webhook endpoints, replace their secrets, send again.",
    )
    CUSTOMERS_READ = "customers:read", "See customers of the external API, their plans and how much they call."
    CUSTOMERS_WRITE = "customers:write", "Make plans, give them to customers, suspend customers."
    PUBLICATIONS_READ = "publications:read", "See what customers of the external API are shown."
    PUBLICATIONS_WRITE = (
        "publications:write",
        "Publish reports, rules, datasets, schedules and schemas to customers, and take them back.",
    )
    SCHEMAS_READ = "schemas:read", "See the installed schema packages."
    SCHEMAS_INSTALL = "schemas:install", "Install schema packages of a regulator."
    REGULATIONS_READ = "regulations:read", "Read the regulation packs."
    RULES_READ = "rules:read", "See all rules, the rule sets and how often each rule fails."
    RULES_WRITE = "rules:write", "Write rule sets, test rules, and bring a regulator's official texts."
    RULES_ACTIVATE = "rules:activate", "Make a version of a rule set the one that judges."
    DATASETS_READ = "datasets:read", "See datasets and their entries, and take them out as a file."
    DATASETS_WRITE = "datasets:write", "Create datasets, change their entries and import files."
    MAPPING_SETS_READ = "mapping_sets:read", "See mapping sets and their entries, and take them out as a file."
    MAPPING_SETS_WRITE = "mapping_sets:write", "Create mapping sets, change their entries and import files."
    CALENDARS_READ = "calendars:read", "See calendars and the days on which nobody works."
    CALENDARS_WRITE = "calendars:write", "Create, change and remove calendars of the organisation."
    USERS_READ = "users:read", "See the members of the organisation and who is invited."
    USERS_WRITE = "users:write", "Invite people, give them roles, suspend and remove them."
    ROLES_READ = "roles:read", "See roles and what they permit."
    ROLES_WRITE = "roles:write", "Create, change and remove roles."
    TENANT_SETTINGS_READ = "tenant_settings:read", "See the settings of the organisation."
    TENANT_SETTINGS_WRITE = "tenant_settings:write", "Change the settings of the organisation."
    AUDIT_READ = "audit:read", "See who did what, and verify that the trail is as it was written."
    SYSTEM_READ = "system:read", "See whether the installation is well."
    AUDIT_EXPORT = "audit:export", "Take the audit trail out as a file."
    TENANTS_READ = "tenants:read", "See all organisations of the installation; for platform administrators only."
    TENANTS_WRITE = "tenants:write", "Create organisations; for platform administrators only."
    SERVICE_KEYS_READ = "service_keys:read", "See service keys, without their secrets."
    SERVICE_KEYS_WRITE = "service_keys:write", "Create, change, rotate and revoke service keys."
    MAIL_OUTBOX_READ = "mail_outbox:read", "See which mails were sent, and those that no mail server took."

    @property
    def resource(self) -> str:
        """What it is about."""
        return self.value.partition(":")[0]

    @property
    def action(self) -> str:
        """What may be done with it."""
        return self.value.partition(":")[2]


ALL_PERMISSIONS: frozenset[str] = frozenset(permission.value for permission in Permission)
