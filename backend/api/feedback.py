"""Feedback: brought by people and programs, listed, read again, given to a submission by hand."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

import json
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Query, Response, UploadFile, status

from backend.api.dependencies import Idempotency, Paging, Requires, Runtime
from backend.api.etags import tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.feedback import (
    FeedbackAnswer,
    FeedbackAssign,
    FeedbackDetailAnswer,
    FeedbackReceived,
    RecordAdviceAnswer,
    RecordAdviceList,
)
from backend.api.schemas.pages import ListAnswer
from backend.api.uploads import digest_of
from backend.core.etags import etag_of
from backend.core.pagination import CursorInvalid, Page, cursor_of
from backend.core.problems import problems
from backend.domain.feedback import AdviceState, FeedbackFormat, FeedbackSource, FeedbackState
from backend.domain.permissions import Permission
from backend.persistence.repositories.feedback import AdviceFilter, FeedbackFilter, ListedFeedback
from backend.services.delivery import DestinationNotFound
from backend.services.feedback import (
    Arrival,
    FeedbackNotFound,
    FeedbackService,
    FeedbackSettled,
    FeedbackTooLarge,
)
from backend.services.feedback_mapping import FeedbackMappingInvalid
from backend.services.scope import ActorKind, TenantScope
from backend.services.storage import StorageUnavailable
from backend.services.submissions import SubmissionNotFound

router = ResourceRouter(prefix="/feedback", tags=["feedback"])
MAX_MAPPING = 20_000


def _service(permission: Permission) -> Callable[..., Awaitable[FeedbackService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> FeedbackService:
        limit = runtime.settings.runs.max_upload_bytes
        return FeedbackService(scope, runtime.adapters.storage, runtime.wakeups, limit)

    return provide


FeedbackRead = Annotated[FeedbackService, Depends(_service(Permission.FEEDBACK_READ))]
FeedbackWrite = Annotated[FeedbackService, Depends(_service(Permission.FEEDBACK_WRITE))]


async def feedback_filter(
    *,
    q: Annotated[str | None, Query(min_length=1, max_length=200, description="A part of the file's name.")] = None,
    state: Annotated[tuple[FeedbackState, ...], Query(description="One or several.")] = (),
    message_format: Annotated[FeedbackFormat | None, Query(alias="format")] = None,
    source: FeedbackSource | None = None,
    submission_id: UUID | None = None,
    destination_id: UUID | None = None,
) -> FeedbackFilter:
    """Which files are wanted."""
    return FeedbackFilter(state, message_format, source, submission_id, destination_id, q)


@router.post(
    "",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(FeedbackTooLarge, FeedbackMappingInvalid, DestinationNotFound, StorageUnavailable),
)
async def receive_feedback(
    file: UploadFile,
    feedback: FeedbackWrite,
    idempotency: Idempotency,
    mapping: Annotated[
        str | None, Form(max_length=MAX_MAPPING, description="How a CSV file is read, as JSON; not for messages.")
    ] = None,
    destination_id: Annotated[
        UUID | None, Form(description="Whose answer it is: a CSV file is read by the format kept there.")
    ] = None,
) -> FeedbackReceived:
    """Bring a file that a regulator answered with; bytes that are known change nothing."""
    digest = await digest_of(file)
    is_person = feedback.scope.actor.kind is ActorKind.PERSON
    arrival = Arrival(
        file.filename or "feedback",
        FeedbackSource.UPLOAD if is_person else FeedbackSource.API,
        destination_id=destination_id,
        received_by=feedback.scope.user_id,
        mapping=_mapping(mapping),
    )

    async def act() -> dict[str, object]:
        found, is_new = await feedback.receive(file.file, file.size or 0, arrival)
        return FeedbackReceived(id=found.id, is_new=is_new, state=FeedbackState(found.state)).model_dump(mode="json")

    request: dict[str, object] = {"route": "feedback", "name": arrival.name, "sha256": digest, "mapping": mapping}
    if destination_id is not None:
        request["destination_id"] = str(destination_id)
    return FeedbackReceived.model_validate(await idempotency.once(feedback.scope, request, act))


@router.get("")
async def list_feedback(
    feedback: FeedbackRead, wanted: Annotated[FeedbackFilter, Depends(feedback_filter)], page: Paging
) -> ListAnswer[FeedbackAnswer]:
    """Files, newest first."""
    found: Page[ListedFeedback] = await feedback.page(wanted, page)
    return ListAnswer[FeedbackAnswer](
        items=[FeedbackAnswer.of(one) for one in found.items], next_cursor=found.next_cursor
    )


@router.get("/{feedback_id}", responses=problems(FeedbackNotFound))
async def get_feedback(feedback_id: UUID, feedback: FeedbackRead, response: Response) -> FeedbackDetailAnswer:
    """One file with what it says of each message."""
    found = await feedback.get(feedback_id)
    tag(response, etag_of(found.file.id, found.file.state, found.file.fencing_token, found.file.rows_done))
    return FeedbackDetailAnswer.of(found)


@router.get("/{feedback_id}/advices", responses=problems(FeedbackNotFound, CursorInvalid))
async def list_record_advices(
    feedback_id: UUID,
    feedback: FeedbackRead,
    page: Paging,
    state: Annotated[tuple[AdviceState, ...], Query(description="One or several.")] = (),
    *,
    orphans: Annotated[bool, Query(description="Only those of records that were never sent.")] = False,
) -> RecordAdviceList:
    """What a file says of records, in its order."""
    after = 0 if page.after is None else page.after.int
    found = await feedback.advices(feedback_id, AdviceFilter(state, orphans), after, page.limit + 1)
    shown = found[: page.limit]
    exceptions = await feedback.exceptions_of(shown)
    more = cursor_of(UUID(int=shown[-1].position)) if len(found) > page.limit else None
    items = [RecordAdviceAnswer.of(one, exceptions.get(one.position)) for one in shown]
    return RecordAdviceList(items=items, next_cursor=more)


@router.post(
    "/{feedback_id}/retry",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(FeedbackNotFound, FeedbackSettled),
)
async def retry_feedback(feedback_id: UUID, feedback: FeedbackWrite) -> FeedbackAnswer:
    """Have a file read again that was not applied."""
    return FeedbackAnswer.of(await feedback.retry(feedback_id))


@router.post("/{feedback_id}/cancel", responses=problems(FeedbackNotFound, FeedbackSettled))
async def cancel_feedback(feedback_id: UUID, feedback: FeedbackWrite) -> FeedbackAnswer:
    """Stop the reading of a file; nothing of it is applied."""
    return FeedbackAnswer.of(await feedback.cancel(feedback_id))


@router.post(
    "/{feedback_id}/assign",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(FeedbackNotFound, FeedbackSettled, SubmissionNotFound),
)
async def assign_feedback(feedback_id: UUID, body: FeedbackAssign, feedback: FeedbackWrite) -> FeedbackAnswer:
    """Say by hand which submission a file is about; it is read again then."""
    return FeedbackAnswer.of(await feedback.assign(feedback_id, body.submission_id, body.reason))


def _mapping(text: str | None) -> dict[str, object] | None:
    if not text:
        return None
    try:
        said = json.loads(text)
    except ValueError as error:
        raise FeedbackMappingInvalid(f"The mapping is no JSON: {error}.") from error
    if not isinstance(said, dict):
        raise FeedbackMappingInvalid("The mapping must be an object.")
    return said
