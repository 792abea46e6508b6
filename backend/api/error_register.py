"""The register of errors and omissions: opened, assessed, notified, remedied, closed, and reported again."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from collections.abc import AsyncIterator
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query, Response, status
from fastapi.responses import StreamingResponse

from backend.api.dependencies import Idempotency, Paging, Requires
from backend.api.error_register_services import (
    ActionsWrite,
    BackReportingRead,
    BackReportingStart,
    BackReportingWrite,
    RegisterRead,
    RegisterViews,
    RegisterWrite,
    views_of,
)
from backend.api.etags import IfMatch, tag
from backend.api.register_query import EntryQuery
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.back_reporting import (
    BackReportingAnswer,
    BackReportingBody,
    BackReportingList,
    BackReportingPreviewAnswer,
    BackReportingStarted,
)
from backend.api.schemas.error_register import (
    NotificationAnswer,
    RegisterActionBody,
    RegisterActionFinish,
    RegisterEntryAnswer,
    RegisterEntryBody,
    RegisterEntryCreate,
    RegisterEntryDetailAnswer,
    RegisterEntryMove,
    RegisterEntryStateCount,
    RegisterEntryStateCounts,
    RegisterLinkBody,
    RegisterPerson,
    RegisterPersonList,
    RootCauseList,
)
from backend.api.schemas.pages import ListAnswer
from backend.core.clock import utc_now
from backend.core.csv_text import MEDIA_TYPE, csv_line
from backend.core.etags import PreconditionFailed
from backend.core.problems import problems
from backend.domain.calendars import CalendarBaseUnknown
from backend.domain.error_notification import NotificationFormat
from backend.domain.error_register import (
    EntryDatesContradictory,
    EntryIncomplete,
    EntryState,
    EntryTransitionRefused,
    LinkKind,
)
from backend.domain.permissions import Permission
from backend.domain.schedules.backfills import BackfillRangeInvalid
from backend.domain.schedules.faults import PlaceholderUnknown
from backend.persistence.repositories.error_register import MAX_COUNT
from backend.services.back_reporting import NothingToReportAgain
from backend.services.error_register import EntryHasEnoughLinks, LinkedThingNotFound, LinkTo, ListedEntry
from backend.services.error_register_actions import ActionDone, ActionNotFound, ActionOwnerUnknown, EntryClosed
from backend.services.error_register_history import EntryNotFound, entry_etag
from backend.services.reports import ReportArchived, ReportNotFound
from backend.services.run_parameters import RunParameterInvalid
from backend.services.runs import NoActiveVersion
from backend.services.scope import TenantScope

router = ResourceRouter(prefix="/error-register", tags=["error register"])
_SAID = (EntryDatesContradictory, ReportNotFound)
_ACTION = (EntryNotFound, EntryClosed, ActionOwnerUnknown)
_AGAIN = (
    EntryNotFound,
    ReportNotFound,
    ReportArchived,
    NoActiveVersion,
    RunParameterInvalid,
    PlaceholderUnknown,
    BackfillRangeInvalid,
    CalendarBaseUnknown,
)
_COLUMNS: Final = (
    "reference",
    "title",
    "kind",
    "state",
    "reports",
    "root_cause",
    "found_by",
    "occurred_from",
    "occurred_to",
    "discovered_on",
    "notified_at",
    "authority",
    "authority_reference",
    "corrected_on",
    "closed_at",
    "affected_dates",
    "affected_records",
    "affected_fields",
    "open_actions",
    "overdue_actions",
    "description",
    "root_cause_text",
)


Wanted = Annotated[EntryQuery, Depends()]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(*_SAID, LinkedThingNotFound))
async def open_entry(
    body: RegisterEntryCreate, register: RegisterWrite, idempotency: Idempotency
) -> RegisterEntryDetailAnswer:
    """Open an entry; its reference is given."""

    async def act() -> dict[str, object]:
        entry = await register.open(body.facts(), [one.to() for one in body.links])
        return (await _shown(register.scope, entry.id)).model_dump(mode="json")

    request = {"route": "error-register", **body.model_dump(mode="json")}
    return RegisterEntryDetailAnswer.model_validate(await idempotency.once(register.scope, request, act))


@router.get("")
async def list_entries(register: RegisterRead, wanted: Wanted, page: Paging) -> ListAnswer[RegisterEntryAnswer]:
    """Entries, newest first."""
    return ListAnswer[RegisterEntryAnswer].of(
        await register.page(wanted.filter(utc_now()), page), RegisterEntryAnswer.listed
    )


@router.get("/counts")
async def count_entries(register: RegisterRead, wanted: Wanted) -> RegisterEntryStateCounts:
    """Entries by state among those the other filters leave; each is counted up to 1000."""
    counts = await register.counts(wanted.filter(utc_now()))
    return RegisterEntryStateCounts(
        items=[
            RegisterEntryStateCount(state=one, count=min(counts[one], MAX_COUNT), is_more=counts[one] > MAX_COUNT)
            for one in EntryState
        ]
    )


@router.get("/root-causes", dependencies=[Depends(Requires(Permission.ERROR_REGISTER_READ))])
async def list_root_causes() -> RootCauseList:
    """The catalogue of causes."""
    return RootCauseList.whole()


@router.get("/people")
async def list_register_people(register: RegisterWrite) -> RegisterPersonList:
    """Who can be given an action, by name."""
    return RegisterPersonList(items=[RegisterPerson(id=one, name=name) for one, name in await register.people()])


@router.get("/export", response_class=StreamingResponse)
async def export_entries(register: RegisterRead, wanted: Wanted) -> StreamingResponse:
    """The entries the filters leave as a CSV file, newest first; at most 100,000. No cell is a formula."""
    headers = {"Content-Disposition": 'attachment; filename="error-register.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(register.every(wanted.filter(utc_now()))), media_type=MEDIA_TYPE, headers=headers)


@router.get("/{register_entry_id}", responses=problems(EntryNotFound))
async def get_register_entry(
    register_entry_id: UUID, register: RegisterRead, response: Response
) -> RegisterEntryDetailAnswer:
    """One entry with its links, actions and history."""
    return await _tagged(register.scope, register_entry_id, response)


@router.put("/{register_entry_id}", responses=problems(EntryNotFound, PreconditionFailed, *_SAID))
async def change_register_entry(
    register_entry_id: UUID, body: RegisterEntryBody, register: RegisterWrite, seen: IfMatch, response: Response
) -> RegisterEntryDetailAnswer:
    """Say it anew; what was said before stays in the history."""
    await register.change(register_entry_id, body.facts(), seen)
    return await _tagged(register.scope, register_entry_id, response)


@router.post("/{register_entry_id}/fill", responses=problems(EntryNotFound, PreconditionFailed))
async def fill_register_entry(
    register_entry_id: UUID, register: RegisterWrite, seen: IfMatch, response: Response
) -> RegisterEntryDetailAnswer:
    """Take reports, days and counts of records from what the entry is linked to."""
    await register.fill(register_entry_id, seen)
    return await _tagged(register.scope, register_entry_id, response)


@router.post(
    "/{register_entry_id}/move",
    responses=problems(
        EntryNotFound, PreconditionFailed, EntryTransitionRefused, EntryIncomplete, EntryDatesContradictory
    ),
)
async def move_register_entry(
    register_entry_id: UUID, body: RegisterEntryMove, register: RegisterWrite, seen: IfMatch, response: Response
) -> RegisterEntryDetailAnswer:
    """To another state; closing and reopening need a reason, notifying an authority."""
    await register.move(register_entry_id, body.move(), seen)
    return await _tagged(register.scope, register_entry_id, response)


@router.post("/{register_entry_id}/links", responses=problems(EntryNotFound, LinkedThingNotFound, EntryHasEnoughLinks))
async def link_register_entry(
    register_entry_id: UUID, body: RegisterLinkBody, register: RegisterWrite, response: Response
) -> RegisterEntryDetailAnswer:
    """Say what the entry is about; once more changes nothing."""
    await register.link(register_entry_id, body.to())
    return await _tagged(register.scope, register_entry_id, response)


@router.delete(
    "/{register_entry_id}/links/{link_kind}/{target_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(EntryNotFound, LinkedThingNotFound),
)
async def unlink_register_entry(
    register_entry_id: UUID, link_kind: LinkKind, target_id: UUID, register: RegisterWrite
) -> None:
    """The entry is not about this any more; the history says that it was."""
    await register.unlink(register_entry_id, LinkTo(link_kind, target_id))


@router.get("/{register_entry_id}/notification", responses=problems(EntryNotFound))
async def get_notification(
    register_entry_id: UUID,
    views: RegisterViews,
    form: Annotated[NotificationFormat, Query(alias="format")] = NotificationFormat.MARKDOWN,
) -> NotificationAnswer:
    """What is sent to the authority, written from the entry as it is now."""
    found = await views.notification(register_entry_id, form)
    return NotificationAnswer(subject=found.subject, text=found.text)


@router.post(
    "/{register_entry_id}/actions",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*_ACTION, EntryIncomplete),
)
async def add_register_action(
    register_entry_id: UUID, body: RegisterActionBody, actions: ActionsWrite, idempotency: Idempotency
) -> RegisterEntryDetailAnswer:
    """Something more to do; its owner is told when it is overdue."""

    async def act() -> dict[str, object]:
        await actions.add(register_entry_id, body.terms())
        return (await _shown(actions.scope, register_entry_id)).model_dump(mode="json")

    request = {"route": f"error-register/{register_entry_id}/actions", **body.model_dump(mode="json")}
    return RegisterEntryDetailAnswer.model_validate(await idempotency.once(actions.scope, request, act))


@router.put("/{register_entry_id}/actions/{action_id}", responses=problems(*_ACTION, ActionNotFound, ActionDone))
async def change_register_action(
    register_entry_id: UUID, action_id: UUID, body: RegisterActionBody, actions: ActionsWrite, response: Response
) -> RegisterEntryDetailAnswer:
    """Other words, another owner or due time."""
    await actions.change(register_entry_id, action_id, body.terms())
    return await _tagged(actions.scope, register_entry_id, response)


@router.post(
    "/{register_entry_id}/actions/{action_id}/finish",
    responses=problems(EntryNotFound, EntryClosed, ActionNotFound, ActionDone),
)
async def finish_register_action(
    register_entry_id: UUID, action_id: UUID, body: RegisterActionFinish, actions: ActionsWrite, response: Response
) -> RegisterEntryDetailAnswer:
    """It is done."""
    await actions.finish(register_entry_id, action_id, body.note)
    return await _tagged(actions.scope, register_entry_id, response)


@router.get("/{register_entry_id}/back-reporting", responses=problems(EntryNotFound))
async def list_back_reporting(register_entry_id: UUID, again: BackReportingRead) -> BackReportingList:
    """What was reported again from this entry, with every day."""
    return BackReportingList(items=[BackReportingAnswer.of(one) for one in await again.of_entry(register_entry_id)])


@router.post("/{register_entry_id}/back-reporting/preview", responses=problems(*_AGAIN))
async def preview_back_reporting(
    register_entry_id: UUID, body: BackReportingBody, again: BackReportingWrite
) -> BackReportingPreviewAnswer:
    """What there is of each day, and what would happen to it now."""
    return BackReportingPreviewAnswer.of(await again.preview(register_entry_id, body.asked()))


@router.post(
    "/{register_entry_id}/back-reporting",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*_AGAIN, EntryClosed, NothingToReportAgain),
)
async def start_back_reporting(
    register_entry_id: UUID, body: BackReportingBody, again: BackReportingStart, idempotency: Idempotency
) -> BackReportingStarted:
    """Report the days again, a few at a time; decided by what there is of each day now."""

    async def act() -> dict[str, object]:
        started = await again.start(register_entry_id, body.asked())
        return BackReportingStarted(backfill_id=started.id).model_dump(mode="json")

    request = {"route": f"error-register/{register_entry_id}/back-reporting", **body.model_dump(mode="json")}
    return BackReportingStarted.model_validate(await idempotency.once(again.scope, request, act))


async def _shown(scope: TenantScope, entry_id: UUID) -> RegisterEntryDetailAnswer:
    return RegisterEntryDetailAnswer.of(await views_of(scope).view(entry_id), utc_now())


async def _tagged(scope: TenantScope, entry_id: UUID, response: Response) -> RegisterEntryDetailAnswer:
    view = await views_of(scope).view(entry_id)
    tag(response, entry_etag(view.entry))
    return RegisterEntryDetailAnswer.of(view, utc_now())


async def _lines(entries: AsyncIterator[ListedEntry]) -> AsyncIterator[str]:
    yield csv_line(_COLUMNS)
    async for one in entries:
        answer = RegisterEntryAnswer.listed(one).model_dump(mode="json")
        entry = one.entry
        further = {
            "reports": "; ".join(report["name"] for report in answer["reports"]),
            "authority": entry.authority,
            "authority_reference": entry.authority_reference,
            "affected_dates": " ".join(dict.fromkeys(str(day["reporting_date"]) for day in entry.affected_days)),
            "affected_fields": "; ".join(entry.affected_fields),
            "description": entry.description,
            "root_cause_text": entry.root_cause_text,
        }
        yield csv_line({**answer, **further}[name] for name in _COLUMNS)
