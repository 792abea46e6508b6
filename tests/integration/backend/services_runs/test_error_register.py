"""The register of errors and omissions on a real database: who did what, when and why, and nothing of it is lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from backend.core.etags import Precondition, PreconditionFailed
from backend.core.ids import new_id
from backend.core.pagination import PageRequest
from backend.domain.error_notification import NotificationFormat
from backend.domain.error_register import (
    EntryDatesContradictory,
    EntryIncomplete,
    EntryKind,
    EntryState,
    EntryTransitionRefused,
    FoundBy,
    LinkKind,
    RootCause,
)
from backend.persistence.models.error_register import RegisterEntry, RegisterEvent
from backend.persistence.models.notice import Notice
from backend.persistence.models.report import Report
from backend.persistence.models.webhook import Event
from backend.persistence.repositories.error_register import EntryFilter
from backend.services.audit_verification import verify_chain
from backend.services.error_register import EntryFacts, ErrorRegisterService, LinkedThingNotFound, LinkTo, Move
from backend.services.error_register_actions import (
    ActionDone,
    ActionOwnerUnknown,
    ActionTerms,
    EntryClosed,
    ErrorRegisterActions,
)
from backend.services.error_register_history import EntryNotFound, entry_etag
from backend.services.error_register_sweep import ErrorRegisterSweep
from backend.services.error_register_views import ErrorRegisterViews
from backend.services.reports import ReportNotFound
from backend.services.scope import TenantScope
from tests.factories.installation import Installation
from tests.factories.reconciliation_rows import stored_reconciliation
from tests.factories.rows import Rows
from tests.factories.wakeups import NotedWakeups

SEEN = Precondition()


def said(**changes: Any) -> EntryFacts:
    return EntryFacts(
        **{
            "title": "Prices without their currency",
            "kind": EntryKind.ERROR,
            "found_by": FoundBy.OWN_CONTROL,
            "occurred_from": date(2026, 11, 2),
            "discovered_on": date(2026, 11, 3),
            **changes,
        }
    )


@pytest.fixture
async def report(rows: Rows) -> Report:
    """A report that entries are about."""
    return await rows.report(name="Transactions")


@pytest.fixture
def register(scope: TenantScope, wakeups: NotedWakeups) -> ErrorRegisterService:
    """The owner's register."""
    return ErrorRegisterService(scope, wakeups)


async def all_of(scope: TenantScope, model: type[Any]) -> list[Any]:
    async with scope.transaction() as session:
        return list((await session.scalars(select(model))).all())


async def steps(scope: TenantScope, entry: RegisterEntry) -> list[tuple[str, str | None, str, str]]:
    view = await ErrorRegisterViews(scope).view(entry.id)
    assert [one.number for one in view.events] == list(range(1, len(view.events) + 1))
    return [(one.step, one.from_state, one.to_state, one.note) for one in view.events]


async def test_references_are_counted_without_a_gap_by_ten_at_once(register: ErrorRegisterService) -> None:
    made = await asyncio.gather(*(register.open(said(title=f"Entry {number}")) for number in range(10)))
    year = made[0].created_at.year
    assert sorted(one.reference for one in made) == [f"EO-{year}-{number:04}" for number in range(1, 11)]


async def test_an_entry_goes_its_way_and_every_step_stays(
    register: ErrorRegisterService, scope: TenantScope, report: Report
) -> None:
    entry = await register.open(said())
    with pytest.raises(EntryIncomplete, match="root cause"):
        await register.move(entry.id, Move(EntryState.ASSESSED), SEEN)
    await register.change(entry.id, said(root_cause=RootCause.REPORT_LOGIC), SEEN)
    with pytest.raises(EntryIncomplete, match="No report"):
        await register.move(entry.id, Move(EntryState.ASSESSED), SEEN)
    await register.change(entry.id, said(root_cause=RootCause.REPORT_LOGIC, report_ids=[report.id]), SEEN)
    await register.move(entry.id, Move(EntryState.ASSESSED, "All prices since the release."), SEEN)
    with pytest.raises(EntryIncomplete, match="authority"):
        await register.move(entry.id, Move(EntryState.NOTIFIED), SEEN)
    ahead = scope.now() + timedelta(hours=1)
    with pytest.raises(EntryDatesContradictory, match="still to come"):
        await register.move(entry.id, Move(EntryState.NOTIFIED, authority="BaFin", notified_at=ahead), SEEN)
    await register.move(entry.id, Move(EntryState.NOTIFIED, authority="BaFin", authority_reference="B-7"), SEEN)
    await register.move(entry.id, Move(EntryState.REMEDIATING), SEEN)
    with pytest.raises(EntryIncomplete, match="reason"):
        await register.move(entry.id, Move(EntryState.CLOSED, "  "), SEEN)
    with pytest.raises(EntryTransitionRefused):
        await register.move(entry.id, Move(EntryState.REOPENED, "Why not."), SEEN)
    closed = await register.move(entry.id, Move(EntryState.CLOSED, "All is told rightly."), SEEN)
    assert closed.closed_at is not None
    assert closed.notified_at is not None
    opened = await register.move(entry.id, Move(EntryState.REOPENED, "One day was forgotten."), SEEN)
    assert opened.closed_at is None
    assert await steps(scope, entry) == [
        ("opened", None, "open", ""),
        ("changed", None, "open", ""),
        ("changed", None, "open", ""),
        ("moved", "open", "assessed", "All prices since the release."),
        ("moved", "assessed", "notified", ""),
        ("moved", "notified", "remediating", ""),
        ("moved", "remediating", "closed", "All is told rightly."),
        ("moved", "closed", "reopened", "One day was forgotten."),
    ]
    told = sorted(one.type for one in await all_of(scope, Event))
    assert told == ["error_register.closed", "error_register.notified", "error_register.opened"]
    assert (await verify_chain(scope.database, scope.tenant)).is_intact


async def test_what_was_said_before_stays_in_the_history(register: ErrorRegisterService, scope: TenantScope) -> None:
    entry = await register.open(said(authority="AMF"))
    await register.change(entry.id, said(authority="BaFin"), SEEN)
    await register.change(entry.id, said(authority="BaFin"), SEEN)
    events = await all_of(scope, RegisterEvent)
    assert [one.details for one in events if one.step == "changed"] == [
        {"authority": {"before": "AMF", "after": "BaFin"}}
    ]


async def test_two_people_do_not_overwrite_each_other(register: ErrorRegisterService) -> None:
    entry = await register.open(said())
    seen = Precondition(entry_etag(entry))
    await register.change(entry.id, said(title="First"), seen)
    for late in (
        register.change(entry.id, said(title="Second"), seen),
        register.move(entry.id, Move(EntryState.ASSESSED), seen),
        register.fill(entry.id, seen),
    ):
        with pytest.raises(PreconditionFailed):
            await late


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"occurred_to": date(2026, 11, 1)}, "ended before"),
        ({"discovered_on": date(2026, 11, 1)}, "discovered before"),
        ({"discovered_on": date(2199, 1, 1)}, "still to come"),
        ({"corrected_on": date(2026, 11, 1)}, "corrected before"),
        ({"corrected_on": date(2199, 1, 1)}, "still to come"),
    ],
)
async def test_dates_that_contradict_each_other_are_refused(
    register: ErrorRegisterService, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(EntryDatesContradictory, match=sentence):
        await register.open(said(**changes))


async def test_a_new_entry_takes_its_days_and_counts_from_what_it_is_about(
    register: ErrorRegisterService, scope: TenantScope, rows: Rows, report: Report
) -> None:
    version = await rows.version(report)
    day = date(2026, 11, 4)
    run = await rows.run(version, reporting_date=day, rows_out=40, state="succeeded")
    submission = await rows.submission(run, record_count=40, unconfirmed_count=33, rejected_count=7)
    other = await rows.run(version, reporting_date=date(2026, 11, 5), rows_out=5, state="succeeded")
    exceptions = [await rows.exception(other, row_number=number) for number in (1, 2, 3)]
    links = [LinkTo(LinkKind.SUBMISSION, submission.id), *(LinkTo(LinkKind.EXCEPTION, one.id) for one in exceptions)]
    entry = await register.open(said(), [*links, links[0]])
    assert entry.report_ids == [report.id]
    assert [(one["reporting_date"], one["records"]) for one in entry.affected_days] == [
        ("2026-11-04", 7),
        ("2026-11-05", 3),
    ]
    assert entry.affected_records == 10
    # What is linked later counts when it is asked for; a run says more of its day than three of its records.
    await register.link(entry.id, LinkTo(LinkKind.RUN, other.id))
    await register.link(entry.id, LinkTo(LinkKind.RUN, other.id))
    filled = await register.fill(entry.id, SEEN)
    assert filled.affected_records == 12
    await register.unlink(entry.id, LinkTo(LinkKind.RUN, other.id))
    with pytest.raises(LinkedThingNotFound):
        await register.unlink(entry.id, LinkTo(LinkKind.RUN, other.id))
    with pytest.raises(LinkedThingNotFound):
        await register.open(said(), [LinkTo(LinkKind.RUN, submission.id)])
    names = [one for one, *_ in await steps(scope, entry)]
    assert names == ["opened", *["linked"] * 4, "linked", "filled", "unlinked"]
    found = await register.page(
        EntryFilter(scope.now(), link_kind=LinkKind.SUBMISSION, link_id=submission.id), PageRequest()
    )
    assert [one.entry.id for one in found.items] == [entry.id]


async def test_a_reconciliation_says_how_many_records_of_which_day_were_wrong(
    register: ErrorRegisterService, rows: Rows, report: Report
) -> None:
    one_day = await stored_reconciliation(rows, report, missing_count=2, extra_count=1, different_count=4)
    entry = await register.open(said(), [LinkTo(LinkKind.RECONCILIATION, one_day.id)])
    (day,) = entry.affected_days
    assert (day["reporting_date"], day["records"]) == (one_day.first_date.isoformat(), 7)
    longer = await stored_reconciliation(rows, report, last_date=one_day.first_date + timedelta(days=3))
    linked = await register.open(said(), [LinkTo(LinkKind.RECONCILIATION, longer.id)])
    assert linked.affected_days == []


async def test_entries_are_found_by_what_they_say(
    register: ErrorRegisterService, scope: TenantScope, report: Report
) -> None:
    first = await register.open(said(title="100% of prices", report_ids=[report.id]))
    second = await register.open(
        said(title="Late files", kind=EntryKind.LATE, found_by=FoundBy.AUDIT, discovered_on=date(2026, 11, 20))
    )

    async def found(**wanted: Any) -> list[str]:
        page = await register.page(EntryFilter(scope.now(), **wanted), PageRequest())
        return [one.entry.reference for one in page.items]

    assert await found() == [second.reference, first.reference]
    assert await found(text="%") == [first.reference]
    assert await found(text=second.reference[-4:]) == [second.reference]
    assert await found(kind=EntryKind.LATE) == await found(found_by=FoundBy.AUDIT) == [second.reference]
    assert await found(report_id=report.id) == [first.reference]
    assert await found(report_id=new_id()) == []
    assert await found(discovered_from=date(2026, 11, 4)) == [second.reference]
    assert await found(discovered_to=date(2026, 11, 4)) == [first.reference]
    assert await found(states=[EntryState.CLOSED]) == []
    assert (await register.counts(EntryFilter(scope.now())))[EntryState.OPEN] == 2
    with pytest.raises(ReportNotFound):
        await register.open(said(report_ids=[new_id()]))


async def test_an_overdue_action_is_told_once_to_its_owner(
    register: ErrorRegisterService, scope: TenantScope, installation: Installation
) -> None:
    entry = await register.open(said())
    actions = ErrorRegisterActions(scope)
    due = datetime(2031, 1, 1, tzinfo=UTC)
    late = await actions.add(entry.id, ActionTerms("Ask the venue.", scope.user_id, due))
    done = await actions.add(entry.id, ActionTerms("Correct the mapping.", scope.user_id, due))
    async with scope.transaction() as session:
        (await session.get_one(RegisterEntry, entry.id)).state = EntryState.ASSESSED
    with pytest.raises(EntryIncomplete, match="2 actions"):
        await register.move(entry.id, Move(EntryState.CLOSED, "All is done."), SEEN)
    await actions.finish(entry.id, done.id, "It is in the release.")
    with pytest.raises(ActionDone):
        await actions.finish(entry.id, done.id, "Twice.")
    with pytest.raises(ActionOwnerUnknown):
        await actions.add(entry.id, ActionTerms("For nobody.", new_id(), due))

    async def sweep(at: datetime) -> list[tuple[str, str]]:
        sweeps = [ErrorRegisterSweep(installation.database, installation.system, lambda: at) for _ in range(4)]
        await asyncio.gather(*(one.sweep() for one in sweeps))
        return [(one.kind, one.text) for one in await all_of(scope, Notice)]

    assert await sweep(due - timedelta(seconds=1)) == []
    told = [("action_overdue", "Ask the venue. (due on 2031-01-01)")]
    assert await sweep(due) == told
    assert await sweep(due + timedelta(days=1)) == told
    assert (await steps(scope, entry))[-1][0] == "action_overdue"
    page = await register.page(EntryFilter(due, is_overdue=True), PageRequest())
    assert [(one.actions.open, one.actions.overdue) for one in page.items] == [(1, 1)]
    # Given more time, it may become overdue once more.
    await actions.change(entry.id, late.id, ActionTerms("Ask the venue.", scope.user_id, due + timedelta(days=2)))
    assert len(await sweep(due + timedelta(days=3))) == 2


async def test_nothing_is_done_about_a_closed_entry(register: ErrorRegisterService, scope: TenantScope) -> None:
    entry = await register.open(said())
    async with scope.transaction() as session:
        (await session.get_one(RegisterEntry, entry.id)).state = EntryState.CLOSED
    with pytest.raises(EntryClosed):
        await ErrorRegisterActions(scope).add(entry.id, ActionTerms("More.", scope.user_id, scope.now()))


async def test_the_authority_is_told_what_the_entry_says(
    register: ErrorRegisterService, scope: TenantScope, report: Report
) -> None:
    entry = await register.open(
        said(
            title="Prices *without* currency",
            description="# Not a title\n- not a list",
            report_ids=[report.id],
            root_cause=RootCause.SOURCE_DATA,
            affected_fields=["33 Price"],
            authority="BaFin",
        )
    )
    await ErrorRegisterActions(scope).add(
        entry.id, ActionTerms("Ask.", scope.user_id, datetime(2031, 1, 1, tzinfo=UTC))
    )
    views = ErrorRegisterViews(scope)
    plain = await views.notification(entry.id, NotificationFormat.PLAIN)
    assert plain.subject == f"Notification of errors and omissions {entry.reference}: Prices *without* currency"
    for part in ("To: BaFin", "Reports: Transactions", "33 Price", "since 2026-11-02", "due on 2031-01-01"):
        assert part in plain.text
    marked = (await views.notification(entry.id, NotificationFormat.MARKDOWN)).text
    assert r"Prices \*without\* currency" in marked
    assert "\n\\# Not a title\n\\- not a list\n" in marked
    with pytest.raises(EntryNotFound):
        await views.notification(new_id(), NotificationFormat.PLAIN)
