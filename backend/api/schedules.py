"""Schedules: made with a preview, paused, run by hand, backfilled, and what became of their fire times."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response, status

from backend.api.dependencies import Idempotency, Paging, Requires, Runtime
from backend.api.etags import IfMatch, tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.schedules import (
    BackfillAnswer,
    BackfillCreate,
    BackfillDayAnswer,
    BackfillDayList,
    PreviewedFireAnswer,
    ScheduleAnswer,
    ScheduleChange,
    ScheduleCreate,
    ScheduledRunAnswer,
    ScheduleFireAnswer,
    ScheduleMonthAnswer,
    SchedulePreview,
    SchedulePreviewAnswer,
)
from backend.core.etags import PreconditionFailed
from backend.core.ids import ReportId
from backend.core.problems import problems
from backend.domain.calendars import CalendarNotFound, CalendarUnknown
from backend.domain.permissions import Permission
from backend.domain.schedules.backfills import BackfillRangeInvalid
from backend.domain.schedules.faults import CalendarWithoutDays, PlaceholderUnknown, ScheduleNeverFires
from backend.services.backfills import BackfillAsked, BackfillEnded, BackfillNotFound, BackfillService
from backend.services.reports import ReportArchived, ReportNotFound
from backend.services.rule_set_pins import RuleSetNotActive
from backend.services.run_parameters import RunParameterInvalid
from backend.services.runs import NoActiveVersion, RunAlreadyUnderWay
from backend.services.schedules import (
    ScheduleDependsOnItself,
    ScheduleNameTaken,
    ScheduleNotFound,
    ScheduleService,
    ScheduleView,
    schedule_etag,
)
from backend.services.schema_packages import SchemaPackageNotFound
from backend.services.scope import TenantScope

router = ResourceRouter(prefix="/schedules", tags=["schedules"])
_REFUSED = (CalendarNotFound, CalendarWithoutDays, ScheduleNeverFires, PlaceholderUnknown)
_SAVED = (*_REFUSED, ReportNotFound, ReportArchived, ScheduleNameTaken, ScheduleDependsOnItself)


def _schedules(permission: Permission) -> Callable[..., Awaitable[ScheduleService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> ScheduleService:
        return ScheduleService(scope, runtime.wakeups)

    return provide


def _backfills(permission: Permission) -> Callable[..., Awaitable[BackfillService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))]) -> BackfillService:
        return BackfillService(scope)

    return provide


async def _start_backfills(
    backfills: Annotated[BackfillService, Depends(_backfills(Permission.SCHEDULES_WRITE))],
    _runs: Annotated[TenantScope, Depends(Requires(Permission.RUNS_START))],
) -> BackfillService:
    return backfills


SchedulesRead = Annotated[ScheduleService, Depends(_schedules(Permission.SCHEDULES_READ))]
SchedulesWrite = Annotated[ScheduleService, Depends(_schedules(Permission.SCHEDULES_WRITE))]
#: Who may change schedules and not start runs starts none by the back door.
SchedulesRun = Annotated[ScheduleService, Depends(_schedules(Permission.RUNS_START))]
BackfillsRead = Annotated[BackfillService, Depends(_backfills(Permission.SCHEDULES_READ))]
BackfillsWrite = Annotated[BackfillService, Depends(_backfills(Permission.SCHEDULES_WRITE))]
BackfillsStart = Annotated[BackfillService, Depends(_start_backfills)]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(*_SAVED))
async def create_schedule(body: ScheduleCreate, schedules: SchedulesWrite, idempotency: Idempotency) -> ScheduleAnswer:
    """Make a schedule; runs are started in the name of who saved it last."""

    async def act() -> dict[str, object]:
        view = await schedules.create(ReportId(body.report_id), body.name, body.definition)
        return ScheduleAnswer.of(view).model_dump(mode="json")

    request = {"route": "schedules", **body.model_dump(mode="json")}
    return ScheduleAnswer.model_validate(await idempotency.once(schedules.scope, request, act))


@router.get("")
async def list_schedules(
    schedules: SchedulesRead, page: Paging, report_id: Annotated[UUID | None, Query()] = None
) -> ListAnswer[ScheduleAnswer]:
    """Schedules, newest first."""
    return ListAnswer.of(await schedules.page(page, report_id), ScheduleAnswer.of)


@router.post("/preview", responses=problems(*_REFUSED))
async def preview_schedule(body: SchedulePreview, schedules: SchedulesRead) -> SchedulePreviewAnswer:
    """The next fires as a definition would make them, with the reason of every skip in between."""
    return SchedulePreviewAnswer.of(body.definition, await schedules.preview(body.definition, body.fires))


@router.get("/backfills")
async def list_backfills(
    backfills: BackfillsRead, page: Paging, schedule_id: Annotated[UUID | None, Query()] = None
) -> ListAnswer[BackfillAnswer]:
    """Backfills and how far they are, newest first."""
    return ListAnswer.of(await backfills.page(page, schedule_id), BackfillAnswer.of)


@router.get("/backfills/{backfill_id}", responses=problems(BackfillNotFound))
async def get_backfill(backfill_id: UUID, backfills: BackfillsRead) -> BackfillAnswer:
    """A backfill and how far it is."""
    return BackfillAnswer.of(await backfills.get(backfill_id))


@router.get("/backfills/{backfill_id}/days", responses=problems(BackfillNotFound))
async def list_backfill_days(backfill_id: UUID, backfills: BackfillsRead) -> BackfillDayList:
    """Every date of a backfill with its run."""
    found = await backfills.days(backfill_id)
    return BackfillDayList(items=[BackfillDayAnswer.of(day, state) for day, state in found])


@router.post("/backfills/{backfill_id}/cancel", responses=problems(BackfillNotFound, BackfillEnded))
async def cancel_backfill(backfill_id: UUID, backfills: BackfillsWrite) -> BackfillAnswer:
    """Begin no more dates; runs that were begun go on."""
    return BackfillAnswer.of(await backfills.cancel(backfill_id))


@router.get("/{schedule_id}", responses=problems(ScheduleNotFound))
async def get_schedule(schedule_id: UUID, schedules: SchedulesRead, response: Response) -> ScheduleAnswer:
    """One schedule."""
    return _tagged(response, await schedules.get(schedule_id))


@router.patch("/{schedule_id}", responses=problems(ScheduleNotFound, PreconditionFailed, *_SAVED))
async def change_schedule(
    schedule_id: UUID, body: ScheduleChange, schedules: SchedulesWrite, if_match: IfMatch, response: Response
) -> ScheduleAnswer:
    """Change name or definition; it holds from now on."""
    return _tagged(response, await schedules.change(schedule_id, body.name, body.definition, if_match))


@router.delete("/{schedule_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(ScheduleNotFound))
async def delete_schedule(schedule_id: UUID, schedules: SchedulesWrite) -> None:
    """Remove a schedule and its history; its runs stay."""
    await schedules.remove(schedule_id)


@router.post("/{schedule_id}/pause", responses=problems(ScheduleNotFound))
async def pause_schedule(schedule_id: UUID, schedules: SchedulesWrite, response: Response) -> ScheduleAnswer:
    """Fire no more until it is resumed."""
    return _tagged(response, await schedules.pause(schedule_id))


@router.post(
    "/{schedule_id}/resume",
    responses=problems(ScheduleNotFound, CalendarNotFound, CalendarWithoutDays, ScheduleNeverFires),
)
async def resume_schedule(schedule_id: UUID, schedules: SchedulesWrite, response: Response) -> ScheduleAnswer:
    """Fire again from now on; what would have fired meanwhile is not made up for."""
    return _tagged(response, await schedules.resume(schedule_id))


@router.post(
    "/{schedule_id}/run",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        ScheduleNotFound,
        CalendarNotFound,
        ReportNotFound,
        ReportArchived,
        NoActiveVersion,
        RunAlreadyUnderWay,
        RunParameterInvalid,
        RuleSetNotActive,
        SchemaPackageNotFound,
        CalendarUnknown,
    ),
)
async def run_schedule(schedule_id: UUID, schedules: SchedulesRun, idempotency: Idempotency) -> ScheduledRunAnswer:
    """Start a run as if the schedule fired now."""

    async def act() -> dict[str, object]:
        run = await schedules.run_now(schedule_id)
        return ScheduledRunAnswer(run_id=run.id, reporting_date=run.reporting_date).model_dump(mode="json")

    request: dict[str, object] = {"route": f"schedules/{schedule_id}/run"}
    return ScheduledRunAnswer.model_validate(await idempotency.once(schedules.scope, request, act))


@router.get("/{schedule_id}/fires", responses=problems(ScheduleNotFound))
async def list_fires(schedule_id: UUID, schedules: SchedulesRead, page: Paging) -> ListAnswer[ScheduleFireAnswer]:
    """What became of fire times, the last first."""
    return ListAnswer.of(await schedules.fires(schedule_id, page), ScheduleFireAnswer.listed)


@router.get("/{schedule_id}/month", responses=problems(ScheduleNotFound, CalendarNotFound))
async def get_month(
    schedule_id: UUID, schedules: SchedulesRead, month: Annotated[date, Query(description="A day of the month.")]
) -> ScheduleMonthAnswer:
    """A month in the schedule's zone: what became of fire times, and what is to come."""
    past, ahead = await schedules.month(schedule_id, month)
    return ScheduleMonthAnswer(
        past=[ScheduleFireAnswer.of(one) for one in past], ahead=[PreviewedFireAnswer.of(one) for one in ahead]
    )


@router.post(
    "/{schedule_id}/backfills",
    status_code=status.HTTP_201_CREATED,
    responses=problems(ScheduleNotFound, BackfillRangeInvalid),
)
async def start_backfill(
    schedule_id: UUID, body: BackfillCreate, backfills: BackfillsStart, idempotency: Idempotency
) -> BackfillAnswer:
    """Run past dates with the parameters of the schedule, a few at a time."""

    async def act() -> dict[str, object]:
        asked = BackfillAsked(body.first_date, body.last_date, body.concurrency, body.working_days_only)
        return BackfillAnswer.of(await backfills.start(schedule_id, asked)).model_dump(mode="json")

    request = {"route": f"schedules/{schedule_id}/backfills", **body.model_dump(mode="json")}
    return BackfillAnswer.model_validate(await idempotency.once(backfills.scope, request, act))


def _tagged(response: Response, view: ScheduleView) -> ScheduleAnswer:
    tag(response, schedule_etag(view.schedule))
    return ScheduleAnswer.of(view)
