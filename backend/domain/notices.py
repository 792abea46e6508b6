"""Notices to staff: what they are told of, who is told, and how they want to hear it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from backend.domain.permissions import Permission


class NoticeKind(StrEnum):
    """What a notice is about."""

    RUN_FAILED = "run_failed"
    RUN_HELD = "run_held"
    DEADLINE_AT_RISK = "deadline_at_risk"
    REJECTION_RECEIVED = "rejection_received"
    APPROVAL_WAITING = "approval_waiting"
    HOST_KEY_CHANGED = "host_key_changed"
    DELIVERY_FAILED = "delivery_failed"
    ENDPOINT_DISABLED = "endpoint_disabled"
    CONNECTOR_FAILED = "connector_failed"
    CONNECTOR_WORKS = "connector_works"
    EXCEPTION_ASSIGNED = "exception_assigned"
    ACCEPTANCE_WAITING = "acceptance_waiting"
    QUALITY_LIMIT = "quality_limit"
    RECORDS_WAIT = "records_wait"
    REFERENCE_STALE = "reference_stale"
    DEADLINE_BREACHED = "deadline_breached"
    ACTION_OVERDUE = "action_overdue"
    TRIGGER_FAILED = "trigger_failed"
    ENDPOINT_FAILING = "endpoint_failing"
    ENDPOINT_EXHAUSTED = "endpoint_exhausted"
    ENDPOINT_RECOVERED = "endpoint_recovered"
    CERTIFICATE_ENDING = "certificate_ending"


class Digest(StrEnum):
    """Whether mails come one by one, or once a day together."""

    OFF = "off"
    DAILY = "daily"


#: Told to those who can act on it.
ACTED_ON_WITH: Final[Mapping[NoticeKind, Permission]] = {
    NoticeKind.RUN_FAILED: Permission.RUNS_START,
    NoticeKind.RUN_HELD: Permission.RUNS_RELEASE,
    NoticeKind.DEADLINE_AT_RISK: Permission.RUNS_START,
    NoticeKind.DEADLINE_BREACHED: Permission.RUNS_START,
    NoticeKind.TRIGGER_FAILED: Permission.SCHEDULES_WRITE,
    NoticeKind.REJECTION_RECEIVED: Permission.RUNS_START,
    NoticeKind.APPROVAL_WAITING: Permission.REPORTS_APPROVE,
    NoticeKind.HOST_KEY_CHANGED: Permission.DESTINATIONS_WRITE,
    NoticeKind.DELIVERY_FAILED: Permission.DESTINATIONS_WRITE,
    NoticeKind.ENDPOINT_DISABLED: Permission.WEBHOOKS_WRITE,
    NoticeKind.ENDPOINT_FAILING: Permission.WEBHOOKS_WRITE,
    NoticeKind.ENDPOINT_EXHAUSTED: Permission.WEBHOOKS_WRITE,
    NoticeKind.ENDPOINT_RECOVERED: Permission.WEBHOOKS_WRITE,
    NoticeKind.CERTIFICATE_ENDING: Permission.WEBHOOKS_WRITE,
    NoticeKind.CONNECTOR_FAILED: Permission.CONNECTORS_WRITE,
    NoticeKind.CONNECTOR_WORKS: Permission.CONNECTORS_WRITE,
    NoticeKind.EXCEPTION_ASSIGNED: Permission.EXCEPTIONS_WORK,
    NoticeKind.ACCEPTANCE_WAITING: Permission.EXCEPTIONS_APPROVE,
    NoticeKind.QUALITY_LIMIT: Permission.QUALITY_READ,
    NoticeKind.RECORDS_WAIT: Permission.EXCEPTIONS_WORK,
    NoticeKind.REFERENCE_STALE: Permission.DATASETS_WRITE,
    NoticeKind.ACTION_OVERDUE: Permission.ERROR_REGISTER_WRITE,
}


@dataclass(frozen=True, slots=True)
class NoticePreferences:
    """How somebody wants to hear of things in a tenant; without a choice: everything, at once, both ways."""

    muted_in_app: frozenset[NoticeKind] = frozenset()
    muted_mail: frozenset[NoticeKind] = frozenset()
    digest: Digest = Digest.OFF
    digest_hour: int = 8

    def is_shown(self, kind: NoticeKind) -> bool:
        """Whether it is shown in the application."""
        return kind not in self.muted_in_app

    def mail_due_at(self, kind: NoticeKind, at: datetime, zone: str) -> datetime | None:
        """When it is to be mailed: at once, at the hour of the digest in the tenant's zone, or never."""
        if kind in self.muted_mail:
            return None
        return at if self.digest is Digest.OFF else next_hour(at, self.digest_hour, zone)


def next_hour(at: datetime, hour: int, zone: str) -> datetime:
    """The next moment after ``at`` when the clocks of a zone show this full hour."""
    local = at.astimezone(ZoneInfo(zone))
    due = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    if due <= local:
        due = (due + timedelta(days=1)).replace(hour=hour)
    return due.astimezone(at.tzinfo)
