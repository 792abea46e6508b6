"""The register of errors and omissions as it goes over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from backend.domain.error_register import (
    CAUSE_SENTENCES,
    MAX_DAYS,
    MAX_FIELDS,
    MAX_LINKS,
    MAX_REPORTS,
    TRANSITIONS,
    EntryKind,
    EntryState,
    EntryStep,
    FoundBy,
    LinkKind,
    RootCause,
)
from backend.persistence.models.error_register import RegisterAction, RegisterEntry, RegisterEvent, RegisterLink
from backend.services.error_register import AffectedDay, EntryFacts, LinkTo, ListedEntry, Move, affected_days_of
from backend.services.error_register_actions import ActionTerms
from backend.services.error_register_views import EntryView

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
FieldName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class AffectedDayBody(BaseModel):
    """A reporting date of a report that is affected; without ``records`` nobody has counted yet."""

    model_config = ConfigDict(extra="forbid")

    report_id: UUID
    reporting_date: date
    records: Annotated[int, Field(ge=0, le=10**12)] | None = None


class RegisterEntryBody(BaseModel):
    """What an entry says."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    kind: EntryKind
    found_by: FoundBy
    occurred_from: date
    occurred_to: Annotated[date | None, Field(description="Empty while it still happens.")] = None
    discovered_on: date
    corrected_on: date | None = None
    description: Text = ""
    root_cause: RootCause | None = None
    root_cause_text: Text = ""
    report_ids: Annotated[list[UUID], Field(max_length=MAX_REPORTS)] = []
    affected_days: Annotated[list[AffectedDayBody], Field(max_length=MAX_DAYS)] = []
    affected_fields: Annotated[list[FieldName], Field(max_length=MAX_FIELDS)] = []
    authority: Line = ""
    authority_reference: Line = ""

    def facts(self) -> EntryFacts:
        """What it says, each day once: the last one counts."""
        days = {(one.report_id, one.reporting_date): one for one in self.affected_days}
        return EntryFacts(
            **self.model_dump(include=set(RegisterEntryBody.model_fields) - {"affected_days"}),
            affected_days=[AffectedDay(one.report_id, one.reporting_date, one.records) for one in days.values()],
        )


class RegisterLinkBody(BaseModel):
    """A thing by its kind and identifier."""

    model_config = ConfigDict(extra="forbid")

    kind: LinkKind
    id: UUID

    def to(self) -> LinkTo:
        """What is meant."""
        return LinkTo(self.kind, self.id)


class RegisterEntryCreate(RegisterEntryBody):
    """A new entry. Without days of its own it takes reports, days and counts of records from what it is linked to."""

    links: Annotated[list[RegisterLinkBody], Field(max_length=MAX_LINKS)] = []


class RegisterEntryMove(BaseModel):
    """The next state and why; the other parts say how the authority was told."""

    model_config = ConfigDict(extra="forbid")

    to: EntryState
    note: Text = ""
    authority: Line | None = None
    authority_reference: Line | None = None
    notified_at: Annotated[AwareDatetime | None, Field(description="Now, unless it is said.")] = None

    def move(self) -> Move:
        """What is asked for."""
        return Move(**self.model_dump())


class RegisterActionBody(BaseModel):
    """What is to be done, by whom, until when."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    owner_id: UUID
    due_at: AwareDatetime

    def terms(self) -> ActionTerms:
        """What is asked for."""
        return ActionTerms(self.text, self.owner_id, self.due_at)


class RegisterActionFinish(BaseModel):
    """What came of it."""

    model_config = ConfigDict(extra="forbid")

    note: Text = ""


class NamedReport(BaseModel):
    """A report and its name."""

    id: UUID
    name: str


class RegisterEntryAnswer(BaseModel):
    """An entry. ``affected_records`` are those of the days that were counted."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    reference: str
    title: str
    kind: EntryKind
    state: EntryState
    found_by: FoundBy
    root_cause: RootCause | None
    reports: list[NamedReport]
    occurred_from: date
    occurred_to: date | None
    discovered_on: date
    corrected_on: date | None
    notified_at: datetime | None
    closed_at: datetime | None
    back_reported_at: datetime | None
    affected_records: int | None
    open_actions: int
    overdue_actions: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def listed(cls, one: ListedEntry) -> Self:
        """As it stands in a list."""
        return cls.model_validate(
            {
                **_plain(
                    one.entry, set(RegisterEntryAnswer.model_fields) - {"reports", "open_actions", "overdue_actions"}
                ),
                "reports": _reports(one.entry, one.reports),
                "open_actions": one.actions.open,
                "overdue_actions": one.actions.overdue,
            }
        )


class RegisterLinkAnswer(BaseModel):
    """What an entry is about; ``label`` is what it was called when it was linked."""

    model_config = ConfigDict(from_attributes=True)

    kind: LinkKind
    target_id: UUID
    label: str
    created_at: datetime

    @classmethod
    def of(cls, one: RegisterLink) -> Self:
        """As it is stored."""
        return cls.model_validate(one)


class RegisterActionAnswer(BaseModel):
    """An action of an entry."""

    id: UUID
    text: str
    owner_id: UUID
    owner: str
    due_at: datetime
    is_overdue: bool
    done_at: datetime | None
    done_by: str | None
    done_note: str

    @classmethod
    def of(cls, one: RegisterAction, view: EntryView, now: datetime) -> Self:
        """As it is now."""
        return cls(
            id=one.id,
            text=one.text,
            owner_id=one.owner_id,
            owner=view.names.get(one.owner_id, ""),
            due_at=one.due_at,
            is_overdue=one.done_at is None and one.due_at <= now,
            done_at=one.done_at,
            done_by=None if one.done_by is None else view.names.get(one.done_by, ""),
            done_note=one.done_note,
        )


class RegisterEntryEventAnswer(BaseModel):
    """One thing that happened to an entry."""

    number: int
    step: EntryStep
    from_state: EntryState | None
    to_state: EntryState
    note: str
    details: dict[str, object]
    actor: str
    at: datetime

    @classmethod
    def of(cls, one: RegisterEvent, view: EntryView) -> Self:
        """As it is stored, with the name of who did it."""
        name = view.names.get(one.actor_id) if one.actor_id is not None else None
        return cls(
            number=one.number,
            step=EntryStep(one.step),
            from_state=None if one.from_state is None else EntryState(one.from_state),
            to_state=EntryState(one.to_state),
            note=one.note,
            details=one.details,
            actor=name or one.actor,
            at=one.at,
        )


class AgainSummaryAnswer(BaseModel):
    """Days that are reported again, by how far they are."""

    model_config = ConfigDict(from_attributes=True)

    days: int
    accepted: int
    rejected: int
    failed: int
    waiting: int
    is_accepted: bool


class RegisterEntryDetailAnswer(RegisterEntryAnswer):
    """An entry with everything that is shown beside it; ``next_states`` are those that it can go to."""

    description: str
    root_cause_text: str
    affected_days: list[AffectedDayBody]
    affected_fields: list[str]
    authority: str
    authority_reference: str
    revision: int
    created_by: str
    next_states: list[EntryState]
    links: list[RegisterLinkAnswer]
    actions: list[RegisterActionAnswer]
    history: list[RegisterEntryEventAnswer]
    back_reporting: AgainSummaryAnswer | None

    @classmethod
    def of(cls, view: EntryView, now: datetime) -> Self:
        """As it is now."""
        entry, actions = view.entry, [RegisterActionAnswer.of(one, view, now) for one in view.actions]
        made = {
            "reports": _reports(entry, view.reports),
            "open_actions": sum(one.done_at is None for one in actions),
            "overdue_actions": sum(one.is_overdue for one in actions),
            "affected_days": [
                AffectedDayBody(report_id=one.report_id, reporting_date=one.reporting_date, records=one.records)
                for one in affected_days_of(entry)
            ],
            "created_by": view.names.get(entry.created_by, ""),
            "next_states": [one for one in EntryState if one in TRANSITIONS[EntryState(entry.state)]],
            "links": [RegisterLinkAnswer.of(one) for one in view.links],
            "actions": actions,
            "history": [RegisterEntryEventAnswer.of(one, view) for one in view.events],
            "back_reporting": None if view.again is None else AgainSummaryAnswer.model_validate(view.again),
        }
        return cls.model_validate({**_plain(entry, set(cls.model_fields) - made.keys()), **made})


class RegisterEntryStateCount(BaseModel):
    """Entries in one state; ``is_more`` where there are more than were counted."""

    state: EntryState
    count: int
    is_more: bool


class RegisterEntryStateCounts(BaseModel):
    """Entries by state."""

    items: list[RegisterEntryStateCount]


class RootCauseAnswer(BaseModel):
    """A cause of the catalogue, and what it means."""

    cause: RootCause
    sentence: str


class RootCauseList(BaseModel):
    """The catalogue of causes."""

    items: list[RootCauseAnswer]

    @classmethod
    def whole(cls) -> Self:
        """All of it."""
        return cls(items=[RootCauseAnswer(cause=one, sentence=CAUSE_SENTENCES[one]) for one in RootCause])


class RegisterPerson(BaseModel):
    """Somebody who can be given an action."""

    id: UUID
    name: str


class RegisterPersonList(BaseModel):
    """People who work on the register, by name."""

    items: list[RegisterPerson]


class NotificationAnswer(BaseModel):
    """What is sent to an authority: one line that says what it is about, and the text."""

    subject: str
    text: str


def _plain(entry: RegisterEntry, names: set[str]) -> dict[str, object]:
    return {name: getattr(entry, name) for name in names}


def _reports(entry: RegisterEntry, names: Mapping[UUID, str]) -> list[NamedReport]:
    return [NamedReport(id=one, name=names.get(one, "")) for one in entry.report_ids]
