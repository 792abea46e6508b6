"""How a destination's answers in CSV are read: kept with it, and tried on a sample."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Response, UploadFile, status
from pydantic import ValidationError

from backend.api.dependencies import Requires
from backend.api.etags import IfMatch, tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.answer_formats import FeedbackFormatAnswer, SampleReadingAnswer
from backend.core.etags import PreconditionFailed
from backend.core.ids import DestinationId
from backend.core.problems import problems
from backend.domain.answer_format import AnswerFormat, AnswerFormatDraft
from backend.domain.permissions import Permission
from backend.persistence.models.delivery import Destination
from backend.services.answer_formats import MAX_SAMPLE_BYTES, AnswerFormatService, SampleTooLarge, read_sample
from backend.services.delivery import DestinationNotFound
from backend.services.destinations import destination_etag
from backend.services.feedback_mapping import FeedbackMappingInvalid, mapping_invalid
from backend.services.scope import TenantScope

router = ResourceRouter(prefix="/destinations/{destination_id}/feedback-format", tags=["destinations"])
MAX_FORMAT = 50_000


def _service(permission: Permission) -> Callable[..., Awaitable[AnswerFormatService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))]) -> AnswerFormatService:
        return AnswerFormatService(scope)

    return provide


FormatsRead = Annotated[AnswerFormatService, Depends(_service(Permission.DESTINATIONS_READ))]
FormatsWrite = Annotated[AnswerFormatService, Depends(_service(Permission.DESTINATIONS_WRITE))]


@router.get("", responses=problems(DestinationNotFound))
async def get_feedback_format(destination_id: UUID, formats: FormatsRead, response: Response) -> FeedbackFormatAnswer:
    """How answers in CSV that come from a destination are read."""
    return _tagged(response, await formats.get(DestinationId(destination_id)))


@router.put("", responses=problems(DestinationNotFound, PreconditionFailed))
async def put_feedback_format(
    destination_id: UUID, body: AnswerFormat, formats: FormatsWrite, if_match: IfMatch, response: Response
) -> FeedbackFormatAnswer:
    """Keep a format: files that come from then on are read by it, and those that are read again."""
    return _tagged(response, await formats.keep(DestinationId(destination_id), body, if_match))


@router.delete("", status_code=status.HTTP_204_NO_CONTENT, responses=problems(DestinationNotFound, PreconditionFailed))
async def delete_feedback_format(destination_id: UUID, formats: FormatsWrite, if_match: IfMatch) -> None:
    """Keep no format any more: answers are messages in XML."""
    await formats.keep(DestinationId(destination_id), None, if_match)


@router.post(
    "/preview",
    status_code=status.HTTP_200_OK,
    responses=problems(DestinationNotFound, SampleTooLarge, FeedbackMappingInvalid),
)
async def preview_feedback_format(
    destination_id: UUID,
    file: UploadFile,
    formats: FormatsWrite,
    draft: Annotated[
        str, Form(alias="format", max_length=MAX_FORMAT, description="The format as JSON, finished or not.")
    ] = "{}",
) -> SampleReadingAnswer:
    """Show how each row of a sample would be read; nothing is kept, and nothing follows from it."""
    await formats.get(DestinationId(destination_id))
    if (file.size or 0) > MAX_SAMPLE_BYTES:
        raise SampleTooLarge(
            f"The sample has {file.size} bytes; a preview looks at {MAX_SAMPLE_BYTES}.",
            fix="Cut it: a hundred rows say enough.",
        )
    try:
        form = AnswerFormatDraft.model_validate_json(draft)
    except ValidationError as error:
        raise mapping_invalid(error) from error
    return SampleReadingAnswer.of(await asyncio.to_thread(read_sample, await file.read(), form))


def _tagged(response: Response, stored: Destination) -> FeedbackFormatAnswer:
    tag(response, destination_etag(stored))
    return FeedbackFormatAnswer.of(stored)
