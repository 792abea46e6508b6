"""Destinations and deliveries."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from backend.api.schemas.connectors import TestAnswer
from backend.domain.deliveries import DeliveryRole, DeliveryState, DestinationEnvironment
from backend.domain.delivery_policy import DeliveryPolicy
from backend.persistence.repositories.deliveries import ListedDelivery
from backend.services.destinations import DestinationView
from backend.services.transfer.contract import TransferKind

Secrets = dict[str, JsonValue]


class DestinationCreate(BaseModel):
    """A server that files go to, how to sign in to it, and how it is served."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    kind: TransferKind
    settings: dict[str, JsonValue]
    credentials: Secrets = Field(description="What the kind needs; never shown again.")
    environment: DestinationEnvironment = Field(
        default=DestinationEnvironment.PRODUCTION, description="A destination of production gets no demo data."
    )
    response_folder: str | None = Field(
        default=None, max_length=1000, pattern=r"^[^\x00-\x1f]*$", description="Where the regulator answers."
    )
    policy: DeliveryPolicy | None = Field(default=None, description="The usual one when left out.")


class DestinationChange(BaseModel):
    """What is to change; what is left out stays. Settings, credentials and policy are replaced as a whole."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=200)
    settings: dict[str, JsonValue] | None = None
    credentials: Secrets | None = Field(default=None, description="Kept when left out; needed for another address.")
    environment: DestinationEnvironment | None = None
    response_folder: str | None = Field(
        default=None, max_length=1000, pattern=r"^[^\x00-\x1f]*$", description="Empty: answers are not looked for."
    )
    policy: DeliveryPolicy | None = None
    reason: str | None = Field(
        default=None,
        min_length=3,
        max_length=500,
        description="Needed where the settings pin another host key or certificate than the confirmed one, or none.",
    )


class HostKeyConfirmation(BaseModel):
    """The host key that a person has compared with what the server's operator says."""

    model_config = ConfigDict(extra="forbid")

    fingerprint: str = Field(pattern=r"^SHA256:[A-Za-z0-9+/]{43}$")
    reason: str | None = Field(
        default=None, min_length=3, max_length=500, description="Needed where another key was confirmed before."
    )


class CertificateConfirmation(BaseModel):
    """The certificate that a person has compared with what the server's operator says."""

    model_config = ConfigDict(extra="forbid")

    fingerprint: str = Field(pattern=r"^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$", description="SHA-256, in hex digits.")
    reason: str | None = Field(
        default=None, min_length=3, max_length=500, description="Needed where another one was confirmed before."
    )


class DestinationKindAnswer(BaseModel):
    """A kind of destination with the JSON Schemas of its settings and credentials, from which forms are made."""

    kind: TransferKind
    settings_schema: dict[str, JsonValue]
    credentials_schema: dict[str, JsonValue]
    can_be_read: bool = Field(description="Whether answers can be looked for there.")


class DestinationKindList(BaseModel):
    """Every kind."""

    items: list[DestinationKindAnswer]


class DestinationTrial(BaseModel):
    """A destination that is to be tried and not stored."""

    model_config = ConfigDict(extra="forbid")

    kind: TransferKind
    settings: dict[str, JsonValue]
    credentials: Secrets = Field(description="What the kind needs; they are not kept.")


class DestinationTestAnswer(TestAnswer):
    """What a test found; ``unconfirmed_…`` is what the server showed where it is not the confirmed one."""

    unconfirmed_host_key: str | None
    unconfirmed_certificate: str | None


class StoppedAnswer(BaseModel):
    """Why nothing is sent until a person has decided, and the two host keys or certificates."""

    code: str
    message: str
    fix: str | None
    at: datetime
    confirmed_host_key: str | None
    shown_host_key: str | None
    confirmed_certificate: str | None = None
    shown_certificate: str | None = None


class LookErrorAnswer(BaseModel):
    """Why the folder of answers could not be read."""

    code: str
    message: str
    fix: str | None


class DestinationAnswer(BaseModel):
    """A destination; its credentials are never shown. How it has done in seven days stands where it is read."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    kind: str
    settings: dict[str, JsonValue]
    environment: DestinationEnvironment
    is_paused: bool
    paused_at: datetime | None = None
    pause_reason: str | None = None
    stopped: StoppedAnswer | None
    response_folder: str | None
    next_look_at: datetime | None = Field(default=None, description="When answers are looked for next.")
    look_error: LookErrorAnswer | None = None
    failed_looks: int = Field(default=0, description="How often in a row the folder of answers could not be read.")
    policy: DeliveryPolicy
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    last_delivered_at: datetime | None = None
    delivered_recently: int | None = None
    failed_recently: int | None = None
    waiting: int | None = Field(
        default=None, description="Deliveries that have not ended, those set aside included; counted up to 1001."
    )

    @classmethod
    def of(cls, view: DestinationView) -> DestinationAnswer:
        """The destination as it is now."""
        answer = cls.model_validate(view.destination)
        if view.deeds is not None:
            answer.last_delivered_at = view.deeds.last_delivered_at
            answer.delivered_recently, answer.failed_recently = view.deeds.delivered, view.deeds.failed
            answer.waiting = view.deeds.waiting
        return answer


class GivenReason(BaseModel):
    """Why somebody does it; kept with what it is done to and in the audit trail."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=3, max_length=500)


class DeliveryRowAnswer(BaseModel):
    """A delivery as it stands in a list."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    run_id: UUID
    report_id: UUID
    report_name: str
    reporting_date: date
    artifact_id: UUID
    artifact_name: str
    size_bytes: int
    destination_id: UUID
    destination_name: str
    environment: DestinationEnvironment
    state: DeliveryState
    number: int
    attempts: int
    bytes_sent: int
    next_attempt_at: datetime
    last_error: dict[str, JsonValue] | None
    created_at: datetime
    finished_at: datetime | None


class DeliveryStateCount(BaseModel):
    """Deliveries in one state; ``is_more`` when there are more than ``count``."""

    state: DeliveryState
    count: int
    is_more: bool


class DeliveryStateCounts(BaseModel):
    """Deliveries by state, every state named."""

    items: list[DeliveryStateCount]


class DeliveredSubmission(BaseModel):
    """What the run of a delivery tells a regulator."""

    id: UUID
    reference: str


class DeliveryAttemptAnswer(BaseModel):
    """One try of a delivery; without ``error`` it got through."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    started_at: datetime
    finished_at: datetime
    bytes_sent: int | None
    error: dict[str, JsonValue] | None


class DeliveryAnswer(BaseModel):
    """One transfer; ``receipt`` is there once it is delivered."""

    id: UUID
    run_id: UUID
    report_id: UUID
    report_name: str
    reporting_date: date
    submission: DeliveredSubmission | None
    artifact_id: UUID
    artifact_name: str
    destination_id: UUID
    destination_name: str
    environment: DestinationEnvironment
    role: DeliveryRole
    state: DeliveryState
    is_set_aside_with_destination: bool = Field(
        description="Paused or stopped because its destination is; it goes on with it."
    )
    number: int
    redelivery_of: UUID | None
    reason: str | None
    attempts: int
    size_bytes: int
    bytes_sent: int = Field(description="Of the attempt that is under way, or of the last one.")
    next_attempt_at: datetime
    receipt: dict[str, JsonValue] | None
    last_error: dict[str, JsonValue] | None
    created_at: datetime
    finished_at: datetime | None
    tries: list[DeliveryAttemptAnswer] = Field(description="Every attempt that has ended, in order.")

    @classmethod
    def of(cls, listed: ListedDelivery) -> DeliveryAnswer:
        """The delivery as it is now."""
        one = listed.delivery
        return cls(
            id=one.id,
            run_id=one.run_id,
            report_id=listed.report_id,
            report_name=listed.report_name,
            reporting_date=listed.reporting_date,
            submission=None
            if listed.submission is None
            else DeliveredSubmission(id=listed.submission[0], reference=listed.submission[1]),
            artifact_id=one.artifact_id,
            artifact_name=listed.artifact_name,
            destination_id=one.destination_id,
            destination_name=listed.destination_name,
            environment=DestinationEnvironment(listed.environment),
            role=DeliveryRole(one.role),
            state=DeliveryState(one.state),
            is_set_aside_with_destination=one.is_set_aside_with_destination,
            number=one.number,
            redelivery_of=one.redelivery_of,
            reason=one.reason,
            attempts=one.attempts,
            size_bytes=listed.size_bytes,
            bytes_sent=one.bytes_sent,
            next_attempt_at=one.next_attempt_at,
            receipt=one.receipt,
            last_error=one.last_error,
            created_at=one.created_at,
            finished_at=one.finished_at,
            tries=[DeliveryAttemptAnswer.model_validate(attempt) for attempt in listed.attempts],
        )


class DeliveryList(BaseModel):
    """Every delivery of a run."""

    items: list[DeliveryAnswer]
