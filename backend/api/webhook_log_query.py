"""Which deliveries of a webhook a list or a count is about."""

# Annotations are not put off here: FastAPI reads those of a class as they are.

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, StringConstraints

from backend.domain.webhook_answers import StatusClass
from backend.domain.webhooks import WebhookDeliveryState
from backend.persistence.repositories.webhook_log import WebhookLogFilter

EventPattern = Annotated[str, StringConstraints(max_length=60)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookLogQuery:
    """The filters of a request."""

    state: Annotated[tuple[WebhookDeliveryState, ...], Query(description="One or several.")] = ()
    event_type: Annotated[tuple[EventPattern, ...], Query(max_length=50, description="Also families as run.*.")] = ()
    answer: Annotated[tuple[StatusClass, ...], Query(description="What was answered last; none: nothing.")] = ()
    since: Annotated[AwareDatetime | None, Query(description="Happened at or after.")] = None
    until: Annotated[AwareDatetime | None, Query(description="Happened before.")] = None
    event_id: UUID | None = None
    recovery_id: UUID | None = None
    text: Annotated[str | None, Query(max_length=200, description="In the type or the data of the event.")] = None

    def filter(self) -> WebhookLogFilter:
        """The same for the log."""
        return WebhookLogFilter(
            states=self.state,
            event_types=self.event_type,
            answers=self.answer,
            since=self.since,
            until=self.until,
            event_id=self.event_id,
            recovery_id=self.recovery_id,
            text=self.text or None,
        )
