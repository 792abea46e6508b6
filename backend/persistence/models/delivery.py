"""Destinations, deliveries and their attempts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.deliveries import DeliveryRole, DeliveryState, DestinationEnvironment, transition
from backend.persistence.models.entity import Entity, Json, Sealed, TenantBound, enum_text, one_of


class Destination(TenantBound, Entity):
    """Where artifacts go; credentials are ciphertext of the key ring."""

    __tablename__ = "destinations"
    __table_args__ = (
        one_of("environment", DestinationEnvironment),
        Index("uq_destinations_name", "tenant_id", "name", unique=True, postgresql_where=text("archived_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(30))
    settings: Mapped[Json]
    credentials: Mapped[bytes] = mapped_column(Sealed)
    environment: Mapped[str] = mapped_column(
        enum_text(DestinationEnvironment), default=DestinationEnvironment.PRODUCTION
    )
    is_paused: Mapped[bool] = mapped_column(default=False)
    #: Since when, and why, as long as it is.
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[str | None] = mapped_column(String(500))
    #: Why nothing is sent until a person has decided: a host key that nobody confirmed.
    stopped: Mapped[Json | None]
    #: Where the regulator answers.
    response_folder: Mapped[str | None] = mapped_column(String(1000))
    #: ``domain.answer_format.AnswerFormat``: how its answers in CSV are read; None: all are messages in XML.
    feedback_format: Mapped[Json | None]
    #: ``domain.delivery_policy.DeliveryPolicy``.
    policy: Mapped[Json] = mapped_column(default=dict)
    revision: Mapped[int] = mapped_column(default=1)
    archived_at: Mapped[datetime | None]
    #: From when on more bytes, and the next file, may be sent: the pace of all workers together.
    bytes_free_at: Mapped[datetime | None]
    file_free_at: Mapped[datetime | None]
    #: When the folder of answers is looked into next (None: at once), how often in a row that failed, and why.
    next_look_at: Mapped[datetime | None]
    failed_looks: Mapped[int] = mapped_column(default=0)
    look_error: Mapped[Json | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Delivery(TenantBound, Entity):
    """One transfer of one artifact to one destination, with the small files that go along."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("artifact_id", "destination_id", "number"),
        one_of("state", DeliveryState),
        one_of("role", DeliveryRole),
        Index(
            "ix_deliveries_due", "next_attempt_at", postgresql_where=text("state IN ('pending', 'sending', 'retrying')")
        ),
        Index("ix_deliveries_newest", "tenant_id", "id"),
        Index("ix_deliveries_of_destination", "destination_id", "state", "id"),
        Index("ix_deliveries_in_state", "tenant_id", "state", "id"),
        Index("ix_deliveries_created", "tenant_id", "created_at"),
        Index(
            "ix_deliveries_ended",
            "destination_id",
            "state",
            "finished_at",
            postgresql_where=text("finished_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), index=True)
    artifact_id: Mapped[UUID] = mapped_column(ForeignKey("artifacts.id"))
    destination_id: Mapped[UUID] = mapped_column(ForeignKey("destinations.id"))
    #: Only what is the submission says whether a regulator has been told.
    role: Mapped[str] = mapped_column(enum_text(DeliveryRole), default=DeliveryRole.SUBMISSION)
    state: Mapped[str] = mapped_column(enum_text(DeliveryState))
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    fencing_token: Mapped[int] = mapped_column(default=0)
    lease_expires_at: Mapped[datetime | None]
    #: How often the file was sent there on purpose; the first is 1.
    number: Mapped[int] = mapped_column(default=1)
    redelivery_of: Mapped[UUID | None] = mapped_column(ForeignKey("deliveries.id"))
    reason: Mapped[str | None] = mapped_column(String(500))
    #: The deadline and the attempts allowed count from here: somebody has had it tried again.
    trying_since: Mapped[datetime | None]
    attempts_before: Mapped[int] = mapped_column(default=0)
    bytes_sent: Mapped[int] = mapped_column(BigInteger, default=0)
    #: Paused or stopped because its destination is, and goes on with it.
    is_set_aside_with_destination: Mapped[bool] = mapped_column(default=False)
    waits_for_place: Mapped[bool] = mapped_column(default=False)
    receipt: Mapped[Json | None]
    last_error: Mapped[Json | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    def move_to(self, state: DeliveryState) -> None:
        """Take a step of the table of transitions. Raises DeliveryTransitionRefused."""
        self.state = transition(DeliveryState(self.state), state)


class DeliveryAttempt(TenantBound, Entity):
    """One try of a delivery and how it ended."""

    __tablename__ = "delivery_attempts"
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("deliveries.id"), index=True)
    number: Mapped[int]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    bytes_sent: Mapped[int | None] = mapped_column(BigInteger)
    error: Mapped[Json | None]
