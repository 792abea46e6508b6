"""Tests of connections: as one answer, or step by step while they are made, for whoever accepts an event stream."""

# Annotations are evaluated, not kept as text: FastAPI reads the header of the dependency from them.

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any, Final

from fastapi import Depends, Header
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from backend.api.event_stream import MEDIA_TYPE
from backend.api.schemas.connectors import TestAnswer, TestStepAnswer
from backend.services.connectors.base import ConnectorTest, StepListener, TestStep, nobody_listens


async def accepted(
    accept: Annotated[str, Header(description=f"With {MEDIA_TYPE} each step is an event as soon as it is known.")] = "",
) -> str:
    """The forms of an answer that the caller takes."""
    return accept


Accept = Annotated[str, Depends(accepted)]
#: What the routes say of their second form.
STREAMED: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}}


async def answer_test(
    accept: str, make: Callable[[StepListener], Awaitable[ConnectorTest]]
) -> TestAnswer | StreamingResponse:
    """Make a test and answer in the form that is accepted. Raises what the test raises before its first step."""
    if MEDIA_TYPE not in accept:
        return TestAnswer.model_validate(await make(nobody_listens))
    loop = asyncio.get_running_loop()
    steps: asyncio.Queue[TestStep | None] = asyncio.Queue()

    def tell(step: TestStep) -> None:
        loop.call_soon_threadsafe(steps.put_nowait, step)

    making = asyncio.ensure_future(make(tell))
    making.add_done_callback(lambda _: steps.put_nowait(None))
    first = await steps.get()
    if first is None:
        return TestAnswer.model_validate(await making)
    return StreamingResponse(
        _events(first, steps, making),
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(
    first: TestStep, steps: asyncio.Queue[TestStep | None], making: asyncio.Future[ConnectorTest]
) -> AsyncIterator[str]:
    step: TestStep | None = first
    while step is not None:
        yield _event("step", TestStepAnswer.model_validate(step))
        step = await steps.get()
    yield _event("result", TestAnswer.model_validate(await making))


def _event(name: str, body: BaseModel) -> str:
    return f"event: {name}\ndata: {body.model_dump_json()}\n\n"
