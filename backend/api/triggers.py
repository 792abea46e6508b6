"""Triggers: made, tried, paused, called, and what came of each occasion."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response, status

from backend.api.dependencies import Idempotency, Paging, PermissionMissing, Requires, Runtime, SignedIn
from backend.api.etags import IfMatch, tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.triggers import (
    TriggerAnswer,
    TriggerCall,
    TriggerChange,
    TriggerCreate,
    TriggerFiringAnswer,
    TriggerTestAnswer,
)
from backend.core.etags import PreconditionFailed
from backend.core.ids import ReportId
from backend.core.problems import problems
from backend.domain.calendars import CalendarNotFound, CalendarUnknown
from backend.domain.permissions import Permission
from backend.domain.schedules.faults import PlaceholderUnknown
from backend.domain.triggers import FileArrival, SourceWatermark, TriggerCycle, TriggerDefinition
from backend.services.delivery import DestinationNotFound, TransferOpener
from backend.services.reports import ReportArchived, ReportNotFound
from backend.services.rule_set_pins import RuleSetNotActive
from backend.services.run_parameters import RunParameterInvalid
from backend.services.runs import NoActiveVersion, RunAlreadyUnderWay
from backend.services.schema_packages import SchemaPackageNotFound
from backend.services.scope import TenantScope
from backend.services.source_access import ConnectorNotFound, ConnectorOpener
from backend.services.transfer.faults import TransferKindUnknown
from backend.services.trigger_firing import TriggerDebounced, TriggerPaused
from backend.services.trigger_looks import TriggerSources
from backend.services.trigger_trials import TriggerTrialService
from backend.services.triggers import (
    Called,
    TriggerNameTaken,
    TriggerNotCalled,
    TriggerNotFound,
    TriggerService,
    TriggerView,
    trigger_etag,
)

router = ResourceRouter(prefix="/triggers", tags=["triggers"])
_SAVED = (
    ReportNotFound,
    ReportArchived,
    DestinationNotFound,
    TransferKindUnknown,
    ConnectorNotFound,
    CalendarNotFound,
    PlaceholderUnknown,
    TriggerCycle,
    TriggerNameTaken,
)


def _triggers(permission: Permission) -> Callable[..., Awaitable[TriggerService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime) -> TriggerService:
        return TriggerService(scope, runtime.wakeups)

    return provide


async def _trials(
    scope: Annotated[TenantScope, Depends(Requires(Permission.SCHEDULES_WRITE))], runtime: Runtime
) -> TriggerTrialService:
    adapters = runtime.adapters
    transfers = TransferOpener(adapters.box, adapters.egress_own_network)
    return TriggerTrialService(scope, TriggerSources(transfers, ConnectorOpener.of(adapters)))


TriggersRead = Annotated[TriggerService, Depends(_triggers(Permission.SCHEDULES_READ))]
TriggersWrite = Annotated[TriggerService, Depends(_triggers(Permission.SCHEDULES_WRITE))]
#: Who may change triggers and not start runs starts none by the back door.
TriggersCall = Annotated[TriggerService, Depends(_triggers(Permission.RUNS_START))]
TriggerTrials = Annotated[TriggerTrialService, Depends(_trials)]


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(PermissionMissing, *_SAVED))
async def create_trigger(
    body: TriggerCreate, triggers: TriggersWrite, principal: SignedIn, idempotency: Idempotency
) -> TriggerAnswer:
    """Make a trigger; runs are started in the name of who saved it last.

    One that watches a source needs the permission connectors:query too, one that watches a folder destinations:read.
    """
    _check_may_watch(principal.permissions, body.definition)

    async def act() -> dict[str, object]:
        view = await triggers.create(ReportId(body.report_id), body.name, body.definition)
        return TriggerAnswer.of(view).model_dump(mode="json")

    request = {"route": "triggers", **body.model_dump(mode="json")}
    return TriggerAnswer.model_validate(await idempotency.once(triggers.scope, request, act))


@router.get("")
async def list_triggers(
    triggers: TriggersRead, page: Paging, report_id: Annotated[UUID | None, Query()] = None
) -> ListAnswer[TriggerAnswer]:
    """Triggers, newest first."""
    return ListAnswer.of(await triggers.page(page, report_id), TriggerAnswer.of)


@router.get("/{trigger_id}", responses=problems(TriggerNotFound))
async def get_trigger(trigger_id: UUID, triggers: TriggersRead, response: Response) -> TriggerAnswer:
    """One trigger."""
    return _tagged(response, await triggers.get(trigger_id))


@router.patch("/{trigger_id}", responses=problems(TriggerNotFound, PreconditionFailed, PermissionMissing, *_SAVED))
async def change_trigger(
    trigger_id: UUID,
    body: TriggerChange,
    triggers: TriggersWrite,
    principal: SignedIn,
    if_match: IfMatch,
    response: Response,
) -> TriggerAnswer:
    """Change name or definition; when it waits for something else, what it has seen is forgotten."""
    if body.definition is not None:
        _check_may_watch(principal.permissions, body.definition)
    return _tagged(response, await triggers.change(trigger_id, body.name, body.definition, if_match))


@router.delete("/{trigger_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(TriggerNotFound))
async def delete_trigger(trigger_id: UUID, triggers: TriggersWrite) -> None:
    """Remove a trigger and its history; its runs stay."""
    await triggers.remove(trigger_id)


@router.post("/{trigger_id}/pause", responses=problems(TriggerNotFound))
async def pause_trigger(trigger_id: UUID, triggers: TriggersWrite, response: Response) -> TriggerAnswer:
    """Look no more and start nothing until it is resumed."""
    return _tagged(response, await triggers.pause(trigger_id))


@router.post("/{trigger_id}/resume", responses=problems(TriggerNotFound))
async def resume_trigger(trigger_id: UUID, triggers: TriggersWrite, response: Response) -> TriggerAnswer:
    """Wait again from now on; what came meanwhile is listed as skipped and starts nothing."""
    return _tagged(response, await triggers.resume(trigger_id))


@router.post("/{trigger_id}/test", responses=problems(TriggerNotFound, PermissionMissing))
async def test_trigger(
    trigger_id: UUID, triggers: TriggersWrite, trials: TriggerTrials, principal: SignedIn
) -> TriggerTestAnswer:
    """What it would see now, and the run that it would start; nothing is changed."""
    view = await triggers.get(trigger_id)
    _check_may_watch(principal.permissions, view.trigger.read_definition())
    return TriggerTestAnswer.of(await trials.test(trigger_id))


@router.post(
    "/{trigger_id}/fire",
    status_code=status.HTTP_201_CREATED,
    responses=problems(
        TriggerNotFound,
        TriggerNotCalled,
        TriggerPaused,
        TriggerDebounced,
        CalendarNotFound,
        PlaceholderUnknown,
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
async def fire_trigger(
    trigger_id: UUID, body: TriggerCall, triggers: TriggersCall, idempotency: Idempotency
) -> TriggerFiringAnswer:
    """Call a trigger that waits for a call: start its report."""

    async def act() -> dict[str, object]:
        called = Called(body.parameters, body.reporting_date, body.subject)
        return TriggerFiringAnswer.of(await triggers.call(trigger_id, called)).model_dump(mode="json")

    request = {"route": f"triggers/{trigger_id}/fire", **body.model_dump(mode="json")}
    return TriggerFiringAnswer.model_validate(await idempotency.once(triggers.scope, request, act))


@router.get("/{trigger_id}/firings", responses=problems(TriggerNotFound))
async def list_firings(trigger_id: UUID, triggers: TriggersRead, page: Paging) -> ListAnswer[TriggerFiringAnswer]:
    """What came of occasions, the last first."""
    return ListAnswer.of(await triggers.firings(trigger_id, page), TriggerFiringAnswer.listed)


def _check_may_watch(permissions: frozenset[str], definition: TriggerDefinition) -> None:
    """A trigger shows what it watches, so that who makes one must be allowed to see it."""
    needed = None
    if isinstance(definition.on, SourceWatermark):
        needed = Permission.CONNECTORS_QUERY
    elif isinstance(definition.on, FileArrival):
        needed = Permission.DESTINATIONS_READ
    if needed is not None and needed.value not in permissions:
        raise PermissionMissing(
            f"A trigger of this kind needs the permission {needed.value} too.", extra={"permission": needed.value}
        )


def _tagged(response: Response, view: TriggerView) -> TriggerAnswer:
    tag(response, trigger_etag(view.trigger))
    return TriggerAnswer.of(view)
