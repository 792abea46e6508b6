"""Recoveries: many deliveries of one webhook endpoint are sent again, as a job that survives whoever works on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final, Self

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.webhook_answers import StatusClass
from backend.domain.webhooks import WebhookDeliveryState

BATCH: Final = 500
"""So many deliveries are put into the line in one transaction."""

IN_LINE: Final = 5_000
"""So many deliveries of one recovery wait to be sent at a time: what happens meanwhile does not wait behind all."""


class RecoveryKind(StrEnum):
    """Which deliveries of a range: those that did not arrive, all that ended, or those that were never made.

    The last are events that the endpoint wants and was not told of, because it was off or did not listen to them then.
    """

    RECOVER = "recover"
    REPLAY = "replay"
    MISSED = "missed"


class RecoveryState(StrEnum):
    """How far a recovery is."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


#: What may be sent again; the rest is on its way already.
SENT_AGAIN: Final = (WebhookDeliveryState.FAILED, WebhookDeliveryState.RETRYING, WebhookDeliveryState.DELIVERED)

#: Which of them each kind takes unless it is told.
STATES_OF: Final = {
    RecoveryKind.RECOVER: (WebhookDeliveryState.FAILED, WebhookDeliveryState.RETRYING),
    RecoveryKind.REPLAY: SENT_AGAIN,
    RecoveryKind.MISSED: (),
}


class RecoveryNotFound(OpenRegError):
    """There is no such recovery of this endpoint."""

    code: ClassVar[str] = "webhook_recovery_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class RecoveryEnded(OpenRegError):
    """The recovery has ended."""

    code: ClassVar[str] = "webhook_recovery_ended"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RecoveryRangeInvalid(OpenRegError):
    """The range of a recovery has nothing in it."""

    code: ClassVar[str] = "webhook_recovery_range_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


def recovery_range(since: datetime, until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """From when, and until before when, things happened that are sent again. Raises RecoveryRangeInvalid."""
    end = now if until is None else min(until, now)
    if since >= end:
        raise RecoveryRangeInvalid(
            "The range ends before it begins, or begins in the future.", fix="Choose an earlier beginning."
        )
    return since, end


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryFilter:
    """Which deliveries of the range are meant; no states: those of the kind. ``text`` stands in the event."""

    event_types: tuple[str, ...] = ()
    states: tuple[WebhookDeliveryState, ...] = ()
    answers: tuple[StatusClass, ...] = ()
    text: str | None = None

    def document(self) -> dict[str, object]:
        """The same as JSON."""
        return {name: list(one) if isinstance(one, tuple) else one for name, one in asdict(self).items() if one}

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Self:
        """Read what ``document`` wrote."""
        return cls(
            event_types=tuple(document.get("event_types", ())),
            states=tuple(WebhookDeliveryState(one) for one in document.get("states", ())),
            answers=tuple(StatusClass(one) for one in document.get("answers", ())),
            text=document.get("text"),
        )
