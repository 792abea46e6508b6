"""Answers without end: an attempt ends at its deadline, keeps 16 KiB, and the sender does not grow."""

from __future__ import annotations

import asyncio
import time
from ipaddress import ip_network

import psutil
import pytest

from backend.services.egress import EgressGuard, EgressPolicy
from backend.services.webhook_sender import (
    EXCERPT_BYTES,
    WebhookReplyInvalid,
    WebhookSender,
    WebhookSendError,
    WebhookTimedOut,
)
from tests.services.hostile_receiver import hostile_receiver

LOOPBACK_LISTED = EgressGuard(EgressPolicy.PUBLIC_WEB, (ip_network("127.0.0.1/32"),))
DEADLINE_SECONDS = 1.0
AT_ONCE = 16
#: What one read brings is parsed whole, and of hints that is thousands: some MiB for each attempt, not more with time.
HINTED_AT_ONCE = 2
MOST_GROWTH = 5 * 1024**2
#: What is kept of the answer, or what the attempt failed with.
OUTCOMES: dict[str, int | type[WebhookSendError]] = {
    "gibibyte": EXCERPT_BYTES,
    "bomb": EXCERPT_BYTES,
    "drip": 40,
    "chunks": 400,
    "extension": 0,
    "headers": WebhookReplyInvalid,
    "status": WebhookReplyInvalid,
    "hints": WebhookTimedOut,
}


@pytest.mark.parametrize("kind", OUTCOMES)
async def test_an_answer_without_end_costs_neither_memory_nor_time(kind: str) -> None:
    wanted = OUTCOMES[kind]
    at_once = HINTED_AT_ONCE if kind == "hints" else AT_ONCE

    async def attempt() -> int | type[BaseException]:
        try:
            reply = await sender.send(f"{address}/{kind}", headers={}, body=b"{}", timeout_seconds=DEADLINE_SECONDS)
        except WebhookSendError as error:
            return type(error)
        assert (reply.status, reply.truncated) == (200, True)
        return len(reply.body_excerpt)

    async with hostile_receiver() as address, WebhookSender(LOOPBACK_LISTED) as sender:
        await attempt()  # what the client itself needs is there before it is measured
        before, started = psutil.Process().memory_info().rss, time.monotonic()
        outcomes = await asyncio.gather(*(attempt() for _ in range(at_once)))
        seconds, grown = time.monotonic() - started, psutil.Process().memory_info().rss - before
    if isinstance(wanted, int):
        # A bomb is bytes of no text: each that cannot be read takes the place of one.
        assert all(isinstance(one, int) and wanted * 0.25 <= one <= EXCERPT_BYTES for one in outcomes), outcomes
    else:
        assert set(outcomes) == {wanted}
    assert seconds < DEADLINE_SECONDS + 1.5
    assert grown < MOST_GROWTH, f"{at_once} attempts took {grown >> 10} KiB"
