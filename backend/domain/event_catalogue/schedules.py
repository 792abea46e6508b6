"""Data of events about schedules and deadlines."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from backend.domain.deadlines import ObligationState
from backend.domain.event_catalogue.news import Excerpt, Link, News, Part
from backend.domain.schedules.fires import FireState


class ScheduleLinks(Part):
    """Where more is to be read."""

    schedule: Link


class MissedFireNews(News):
    """A time at which a schedule should have started a run, and did not."""

    schedule_id: UUID
    schedule: str
    """Its name."""
    report_id: UUID
    fire_at: datetime
    reporting_date: date
    state: FireState
    reason_code: str | None
    reason: Excerpt | None
    links: ScheduleLinks


class ObligationLinks(Part):
    """Where more is to be read."""

    obligations: Link


class ObligationNews(News):
    """What is owed for a report and a reporting date."""

    obligation_id: UUID
    report_id: UUID
    reporting_date: date
    state: ObligationState
    due_at: datetime
    time_zone: str
    """Where the deadline is counted."""
    links: ObligationLinks
