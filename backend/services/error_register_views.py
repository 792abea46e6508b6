"""One entry of the register as people read it, and the text that an authority is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.domain.back_reporting import AgainSummary, summary_of
from backend.domain.error_notification import (
    BackReportingSummary,
    NotificationFormat,
    NotifiedAction,
    NotifiedDay,
    NotifiedEntry,
    notification,
    subject,
)
from backend.domain.error_register import EntryKind, FoundBy, RootCause
from backend.persistence.models.error_register import RegisterAction, RegisterEntry, RegisterEvent, RegisterLink
from backend.persistence.repositories.back_reporting import BackReportingRepository
from backend.persistence.repositories.error_register import ErrorRegisterRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.services.error_register import affected_days_of
from backend.services.error_register_history import EntryNotFound
from backend.services.scope import TenantScope


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry with everything that is shown beside it; ``names`` are those of people, ``reports`` those of reports."""

    entry: RegisterEntry
    reports: Mapping[UUID, str]
    names: Mapping[UUID, str]
    links: Sequence[RegisterLink]
    actions: Sequence[RegisterAction]
    events: Sequence[RegisterEvent]
    again: AgainSummary | None


@dataclass(frozen=True, slots=True)
class NotificationText:
    """What is sent to an authority."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class ErrorRegisterViews:
    """Entries of a tenant, one at a time."""

    scope: TenantScope

    async def view(self, entry_id: UUID) -> EntryView:
        """Raises EntryNotFound."""
        tenant = self.scope.tenant
        async with self.scope.reading() as session:
            register = ErrorRegisterRepository(session, tenant)
            entry = await register.find(entry_id)
            if entry is None:
                raise EntryNotFound
            links, actions = await register.links(entry_id), await register.actions(entry_id)
            events = await register.events(entry_id)
            people = {entry.created_by, *(one.owner_id for one in actions)}
            people |= {one.done_by for one in actions if one.done_by is not None}
            people |= {one.actor_id for one in events if one.actor_id is not None}
            names = await ReportRepository(session, tenant).names_of(people)
            reports = await register.report_names(entry.report_ids)
            days = await BackReportingRepository(session, tenant).newest_days(entry_id)
        return EntryView(entry, reports, names, links, actions, events, summary_of(days) if days else None)

    async def notification(self, entry_id: UUID, form: NotificationFormat) -> NotificationText:
        """The text to be sent, from the entry as it is now. Raises EntryNotFound."""
        view = await self.view(entry_id)
        async with self.scope.reading() as session:
            tenant = await MemberRepository(session, self.scope.tenant).get_tenant()
        told = _told(view, tenant.name)
        return NotificationText(subject(told), notification(told, form))


def _told(view: EntryView, firm: str) -> NotifiedEntry:
    entry = view.entry
    again = None if view.again is None else BackReportingSummary(view.again.days, view.again.accepted)
    return NotifiedEntry(
        firm=firm,
        reference=entry.reference,
        title=entry.title,
        kind=EntryKind(entry.kind),
        description=entry.description,
        reports=[view.reports.get(one, str(one)) for one in entry.report_ids],
        occurred_from=entry.occurred_from,
        occurred_to=entry.occurred_to,
        discovered_on=entry.discovered_on,
        found_by=FoundBy(entry.found_by),
        corrected_on=entry.corrected_on,
        root_cause=None if entry.root_cause is None else RootCause(entry.root_cause),
        root_cause_text=entry.root_cause_text,
        days=[
            NotifiedDay(view.reports.get(one.report_id, str(one.report_id)), one.reporting_date, one.records)
            for one in affected_days_of(entry)
        ],
        fields=entry.affected_fields,
        actions=[
            NotifiedAction(one.text, view.names.get(one.owner_id, ""), one.due_at, one.done_at) for one in view.actions
        ],
        authority=entry.authority,
        authority_reference=entry.authority_reference,
        back_reporting=again,
    )
