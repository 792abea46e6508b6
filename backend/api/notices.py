"""Notices: everybody's own, live and as a list, and how they want to be told."""

# Annotations are evaluated, not kept as text: FastAPI reads the types of parameters from them.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from backend.api.dependencies import Paging, Runtime, SignedIn, scope_of, still_permitted
from backend.api.event_stream import MEDIA_TYPE
from backend.api.notice_stream import notice_stream
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.notices import NoticeAnswer, NoticeList, NoticePreferencesBody, ReadAnswer
from backend.core.problems import problems
from backend.services.notices import NoticeNotFound, NoticeService

router = ResourceRouter(prefix="/notices", tags=["notices"])
#: Sequence numbers are 64-bit.
MAX_SEQUENCE = 2**63 - 1


async def own_notices(request: Request, principal: SignedIn, runtime: Runtime) -> NoticeService:
    """The notices of who is signed in."""
    return NoticeService(scope_of(request, principal, runtime))


OwnNotices = Annotated[NoticeService, Depends(own_notices)]


@router.get("")
async def list_notices(
    notices: OwnNotices,
    page: Paging,
    is_read: Annotated[
        bool | None, Query(description="Only those that were read, or only those that were not.")
    ] = None,
) -> NoticeList:
    """Notices, newest first."""
    found, unread = await notices.page(page, is_read=is_read)
    items = [NoticeAnswer.model_validate(one) for one in found.items]
    return NoticeList(items=items, next_cursor=found.next_cursor, unread=unread)


@router.get("/stream", response_class=StreamingResponse)
async def stream_notices(
    notices: OwnNotices,
    runtime: Runtime,
    may_go_on: Annotated[Callable[[], Awaitable[bool]], Depends(still_permitted(None))],
    last_event_id: Annotated[int | None, Header(ge=0, le=MAX_SEQUENCE)] = None,
) -> StreamingResponse:
    """New notices as server-sent events; ``Last-Event-ID`` resumes.

    Ends when the session does, and after ten minutes: come back then.
    """
    stream = notice_stream(runtime.notice_feed, notices, last_event_id, may_go_on)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type=MEDIA_TYPE, headers=headers)


@router.post("/read-all")
async def read_all_notices(notices: OwnNotices) -> ReadAnswer:
    """Mark all as read."""
    return ReadAnswer(read=await notices.read_all())


@router.get("/preferences")
async def get_notice_preferences(notices: OwnNotices) -> NoticePreferencesBody:
    """How I want to hear of things in this organisation."""
    return NoticePreferencesBody.of(await notices.preferences())


@router.put("/preferences")
async def set_notice_preferences(body: NoticePreferencesBody, notices: OwnNotices) -> NoticePreferencesBody:
    """Choose how; it holds for what happens from now on."""
    return NoticePreferencesBody.of(await notices.choose(body.as_preferences()))


@router.post("/{notice_id}/read", responses=problems(NoticeNotFound))
async def read_notice(notice_id: UUID, notices: OwnNotices) -> NoticeAnswer:
    """Mark one as read."""
    return NoticeAnswer.model_validate(await notices.read(notice_id))
