"""Recoveries of webhook endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from backend.domain.webhook_answers import StatusClass
from backend.domain.webhook_recoveries import RecoveryFilter, RecoveryKind, RecoveryState
from backend.domain.webhooks import WebhookDeliveryState
from backend.persistence.models.webhook_recovery import WebhookRecovery
from backend.services.webhook_recoveries import RecoveryAsked, RecoveryView

SentAgain = Literal[WebhookDeliveryState.FAILED, WebhookDeliveryState.RETRYING, WebhookDeliveryState.DELIVERED]


class RecoveryFilters(BaseModel):
    """Which deliveries of the range are meant; what is empty asks for nothing.

    ``event_types`` may be families such as ``run.*``. ``states`` and ``answers`` have no meaning for events that were
    missed. ``text`` stands in the type or in the data of the event.
    """

    model_config = ConfigDict(extra="forbid")

    event_types: list[Annotated[str, Field(max_length=60)]] = Field(default_factory=list, max_length=50)
    states: list[SentAgain] = Field(default_factory=list, max_length=3)
    answers: list[StatusClass] = Field(default_factory=list, max_length=5)
    text: str | None = Field(default=None, max_length=200)

    def wanted(self) -> RecoveryFilter:
        """The same for the job."""
        return RecoveryFilter(
            event_types=tuple(self.event_types),
            states=tuple(self.states),
            answers=tuple(self.answers),
            text=self.text or None,
        )


class RecoveryCreate(BaseModel):
    """What is to be sent again: what happened from ``since`` until before ``until``, or until now.

    ``recover`` sends what was given up or waits for its next attempt, ``replay`` also what was delivered; ``missed``
    are events that the endpoint wants and was never sent, because it was off or did not listen to them.
    """

    model_config = ConfigDict(extra="forbid")

    kind: RecoveryKind = RecoveryKind.RECOVER
    since: AwareDatetime
    until: AwareDatetime | None = None
    filters: RecoveryFilters = RecoveryFilters()
    reason: str = Field(default="", max_length=500)

    def asked(self) -> RecoveryAsked:
        """The same for the service."""
        return RecoveryAsked(self.kind, self.since, self.until, self.filters.wanted(), self.reason)


class RecoveryAnswer(BaseModel):
    """A recovery and how far it is.

    ``counted`` deliveries were meant when it began (null before that), ``done`` of them are in the line or sent.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: RecoveryKind
    since: datetime
    until: datetime
    filters: RecoveryFilters
    state: RecoveryState
    counted: int | None
    done: int
    reason: str
    created_by: UUID
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, recovery: WebhookRecovery) -> Self:
        """As it is now."""
        return cls.model_validate(recovery)


class RecoveryDetail(RecoveryAnswer):
    """A recovery, and what became of its deliveries; one that a later recovery has taken counts there."""

    waiting: int
    retrying: int
    delivered: int
    failed: int

    @classmethod
    def of_view(cls, view: RecoveryView) -> Self:
        """As it is now."""
        found = view.outcomes
        return cls(
            **RecoveryAnswer.of(view.recovery).model_dump(),
            waiting=found.get(WebhookDeliveryState.PENDING, 0) + found.get(WebhookDeliveryState.SENDING, 0),
            retrying=found.get(WebhookDeliveryState.RETRYING, 0),
            delivered=found.get(WebhookDeliveryState.DELIVERED, 0),
            failed=found.get(WebhookDeliveryState.FAILED, 0),
        )
