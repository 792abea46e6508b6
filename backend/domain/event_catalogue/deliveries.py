"""Data of events about deliveries to destinations."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from backend.domain.deliveries import DeliveryState, DestinationEnvironment
from backend.domain.event_catalogue.news import Count, Excerpt, Link, News, Part, Refusal, Sha256


class SentPart(Part):
    """Proof of one file at the destination: size and hash were read back from there."""

    server: str
    host_key_fingerprint: str | None
    certificate_fingerprint: str | None = None
    """SHA-256 of the certificate that the server showed; null without TLS."""
    remote_path: str
    size_bytes: Count
    sha256: Sha256
    remote_modified_at: datetime | None
    was_already_there: bool = False
    """Whether an earlier attempt had brought it whole."""
    resumed_at_bytes: Count = 0
    """How much of it an earlier attempt had brought."""


class Receipt(SentPart):
    """Proof of the delivery, with the small files that went along."""

    name: str
    environment: DestinationEnvironment
    companions: list[SentPart] = Field(default_factory=list)


class DeliveryLinks(Part):
    """Where more is to be read."""

    delivery: Link
    run: Link


class DeliveryNews(News):
    """A file on its way to a destination."""

    delivery_id: UUID
    run_id: UUID
    report_id: UUID
    reporting_date: date
    artifact_id: UUID
    destination_id: UUID
    state: DeliveryState
    attempts: Count
    name: Excerpt
    """The name of the file."""
    sha256: Sha256
    receipt: Receipt | None
    """There when it was delivered."""
    error: Refusal | None
    """Why the last attempt failed, if it did."""
    links: DeliveryLinks
