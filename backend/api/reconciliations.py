"""Reconciliations: an extract is brought and compared; differences are listed, explained, corrected, taken out."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

import json
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Query, Response, UploadFile, status
from fastapi.responses import StreamingResponse

from backend.api.dependencies import Idempotency, Paging, Requires, Runtime, SignedIn
from backend.api.etags import tag
from backend.api.exception_services import ExceptionResubmissions
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.reconciliations import (
    DifferenceAnswer,
    DifferenceList,
    DifferencesChanged,
    DifferencesExplain,
    DifferencesToExceptions,
    ExtractPreviewAnswer,
    OpenedExceptionsAnswer,
    ReconciliationAnswer,
    ReconciliationDetailAnswer,
)
from backend.api.uploads import digest_of
from backend.core.csv_text import MEDIA_TYPE
from backend.core.etags import etag_of
from backend.core.ids import ReportId
from backend.core.pagination import CursorInvalid, cursor_of
from backend.core.problems import problems
from backend.domain.extract_mapping import ExtractMappingInvalid, mapping_of
from backend.domain.permissions import Permission
from backend.domain.reconciliation import (
    DifferenceKind,
    DifferenceState,
    Period,
    PeriodInvalid,
    ReconciliationState,
    Standing,
)
from backend.domain.submissions import SubmissionEnvironment
from backend.persistence.repositories.reconciliations import DifferenceFilter, ReconciliationFilter
from backend.pipeline.reconciliation.refusal import ExtractRefused
from backend.services.connectors.files.file_faults import FileTooLarge, FileUnreadable
from backend.services.difference_exceptions import DifferenceExceptions
from backend.services.extract_preview import ReportNotSubmitted, preview_extract
from backend.services.reconciliations import (
    Comparing,
    ExtractTooLarge,
    ReconciliationNotFound,
    ReconciliationService,
    ReconciliationSettled,
    ReconciliationUnfinished,
)
from backend.services.reports import ReportNotFound
from backend.services.scope import TenantScope
from backend.services.storage import StorageUnavailable

router = ResourceRouter(prefix="/reconciliations", tags=["reconciliations"])
MAX_MAPPING = 100_000


def _service(permission: Permission) -> Callable[..., Awaitable[ReconciliationService]]:
    async def provide(
        principal: SignedIn, scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> ReconciliationService:
        limit = runtime.settings.runs.max_upload_bytes
        return ReconciliationService(scope, principal.permissions, runtime.adapters.storage, runtime.wakeups, limit)

    return provide


ReconciliationsRead = Annotated[ReconciliationService, Depends(_service(Permission.RECONCILIATIONS_READ))]
ReconciliationsWrite = Annotated[ReconciliationService, Depends(_service(Permission.RECONCILIATIONS_WRITE))]


async def reconciliation_filter(
    *,
    q: Annotated[str | None, Query(min_length=1, max_length=200, description="A part of the file's name.")] = None,
    state: Annotated[tuple[ReconciliationState, ...], Query(description="One or several.")] = (),
    report_id: UUID | None = None,
) -> ReconciliationFilter:
    """Which reconciliations are wanted."""
    return ReconciliationFilter(state, report_id, q)


async def difference_filter(
    *,
    q: Annotated[str | None, Query(min_length=1, max_length=200, description="A part of the record's key.")] = None,
    kind: Annotated[tuple[DifferenceKind, ...], Query(description="One or several.")] = (),
    standing: Annotated[tuple[Standing, ...], Query(description="One or several.")] = (),
    state: Annotated[tuple[DifferenceState, ...], Query(description="One or several.")] = (),
    field: Annotated[str | None, Query(max_length=300)] = None,
) -> DifferenceFilter:
    """Which differences are wanted."""
    return DifferenceFilter(kind, standing, state, field, q)


async def comparing(
    *,
    file: UploadFile,
    report_id: Annotated[UUID, Form()],
    first_date: Annotated[date, Form(description="The first reporting date.")],
    last_date: Annotated[date, Form(description="The last reporting date, included.")],
    mapping: Annotated[str, Form(max_length=MAX_MAPPING, description="As JSON, as in `ExtractMapping`.")],
    environment: Annotated[SubmissionEnvironment, Form()] = SubmissionEnvironment.PRODUCTION,
) -> Comparing:
    """What is to be compared. Raises ExtractMappingInvalid."""
    period = Period(first_date, last_date)
    return Comparing(file.filename or "extract", report_id, period, environment, mapping_of(_json(mapping)))


@router.post(
    "",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(
        ReportNotFound, ReportNotSubmitted, PeriodInvalid, ExtractMappingInvalid, ExtractTooLarge, StorageUnavailable
    ),
)
async def start_reconciliation(
    file: UploadFile,
    reconciliations: ReconciliationsWrite,
    idempotency: Idempotency,
    wanted: Annotated[Comparing, Depends(comparing)],
) -> ReconciliationAnswer:
    """Bring an extract (CSV or XLSX) and have it compared with what was submitted for these dates."""
    digest = await digest_of(file)

    async def act() -> dict[str, object]:
        started = await reconciliations.start(file.file, file.size or 0, wanted)
        return ReconciliationAnswer.of(started).model_dump(mode="json")

    request: dict[str, object] = {
        "route": "reconciliations",
        "name": wanted.name,
        "sha256": digest,
        "report_id": str(wanted.report_id),
        "dates": [wanted.period.first.isoformat(), wanted.period.last.isoformat()],
        "environment": wanted.environment.value,
        "mapping": wanted.mapping.model_dump(mode="json"),
    }
    return ReconciliationAnswer.model_validate(await idempotency.once(reconciliations.scope, request, act))


@router.post(
    "/preview",
    responses=problems(
        ReportNotFound, ReportNotSubmitted, ExtractMappingInvalid, ExtractRefused, FileUnreadable, FileTooLarge
    ),
)
async def preview_reconciliation(
    file: UploadFile,
    reconciliations: ReconciliationsWrite,
    report_id: Annotated[UUID, Form()],
    encoding: Annotated[str, Form(max_length=40)] = "utf-8",
) -> ExtractPreviewAnswer:
    """The header and the first rows of an extract, and what its columns may be; nothing is stored."""
    scope, name = reconciliations.scope, file.filename or "extract"
    return ExtractPreviewAnswer.of(await preview_extract(scope, ReportId(report_id), file.file, name, encoding))


@router.get("")
async def list_reconciliations(
    reconciliations: ReconciliationsRead,
    wanted: Annotated[ReconciliationFilter, Depends(reconciliation_filter)],
    page: Paging,
) -> ListAnswer[ReconciliationAnswer]:
    """Reconciliations, newest first."""
    found = await reconciliations.page(wanted, page)
    return ListAnswer[ReconciliationAnswer](
        items=[ReconciliationAnswer.of(one) for one in found.items], next_cursor=found.next_cursor
    )


@router.get("/{reconciliation_id}", responses=problems(ReconciliationNotFound))
async def get_reconciliation(
    reconciliation_id: UUID, reconciliations: ReconciliationsRead, response: Response
) -> ReconciliationDetailAnswer:
    """One reconciliation with its mapping and counts by field."""
    found = await reconciliations.get(reconciliation_id)
    one = found.listed.reconciliation
    tag(response, etag_of(one.id, one.state, one.stage, one.fencing_token, one.rows_done, found.explained))
    return ReconciliationDetailAnswer.of_detail(found)


@router.get("/{reconciliation_id}/differences", responses=problems(ReconciliationNotFound, CursorInvalid))
async def list_differences(
    reconciliation_id: UUID,
    reconciliations: ReconciliationsRead,
    wanted: Annotated[DifferenceFilter, Depends(difference_filter)],
    page: Paging,
) -> DifferenceList:
    """Differences that are kept, the first 10,000 of each kind; all of them are in the file."""
    after = 0 if page.after is None else page.after.int
    found = await reconciliations.differences(reconciliation_id, wanted, after, page.limit + 1)
    shown = found[: page.limit]
    more = cursor_of(UUID(int=shown[-1].difference.position)) if len(found) > page.limit else None
    return DifferenceList(items=[DifferenceAnswer.of(one) for one in shown], next_cursor=more)


@router.post("/{reconciliation_id}/differences/explain", responses=problems(ReconciliationNotFound))
async def explain_differences(
    reconciliation_id: UUID, body: DifferencesExplain, reconciliations: ReconciliationsWrite
) -> DifferencesChanged:
    """Say how differences came, or take that back."""
    return DifferencesChanged(changed=await reconciliations.explain(reconciliation_id, body.positions, body.comment))


@router.post(
    "/{reconciliation_id}/differences/exceptions", responses=problems(ReconciliationNotFound, StorageUnavailable)
)
async def open_difference_exceptions(
    reconciliation_id: UUID,
    body: DifferencesToExceptions,
    reconciliations: ReconciliationsRead,
    resubmissions: ExceptionResubmissions,
) -> OpenedExceptionsAnswer:
    """Open an exception for each record of ours that is missing there or differs; at most 50 differences at once."""
    opening = DifferenceExceptions(reconciliations, resubmissions)
    return OpenedExceptionsAnswer.of(await opening.open(reconciliation_id, body.positions, body.reason))


@router.post("/{reconciliation_id}/cancel", responses=problems(ReconciliationNotFound, ReconciliationSettled))
async def cancel_reconciliation(
    reconciliation_id: UUID, reconciliations: ReconciliationsWrite
) -> ReconciliationDetailAnswer:
    """Stop a comparison; nothing of it is kept but the extract."""
    return ReconciliationDetailAnswer.of_detail(await reconciliations.cancel(reconciliation_id))


@router.get(
    "/{reconciliation_id}/download",
    response_class=StreamingResponse,
    responses=problems(ReconciliationNotFound, ReconciliationUnfinished, StorageUnavailable),
)
async def download_differences(reconciliation_id: UUID, reconciliations: ReconciliationsRead) -> StreamingResponse:
    """Every difference as CSV; no cell is a formula to a spreadsheet."""
    lines = await reconciliations.csv_lines(reconciliation_id)
    headers = {
        "Content-Disposition": f"attachment; filename=differences-{reconciliation_id}.csv",
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(lines, media_type=MEDIA_TYPE, headers=headers)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ExtractMappingInvalid(f"The mapping is no JSON: {error}.") from error
