"""Data of events about webhook endpoints themselves."""

from __future__ import annotations

from uuid import UUID

from backend.domain.event_catalogue.news import Count, Excerpt, Link, News, Part
from backend.domain.webhooks import WebhookEventType


class EndpointLinks(Part):
    """Where more is to be read."""

    webhook: Link


class PingNews(News):
    """A test of an endpoint."""

    webhook_id: UUID
    links: EndpointLinks


class EndpointHealthNews(News):
    """How the deliveries to an endpoint go; told to the other endpoints, for this one may not hear it."""

    webhook_id: UUID
    description: str
    delivery_id: UUID
    """The delivery that has shown it."""
    event_id: UUID
    """What that delivery was to tell."""
    event_type: WebhookEventType
    attempts: Count
    """How often it was tried."""
    status: int | None
    """What the receiver has answered; null when there was no answer."""
    error: str | None
    """The code of the problem when there was no answer."""
    reason: Excerpt | None
    """Why the endpoint was switched off, if it was."""
    links: EndpointLinks
