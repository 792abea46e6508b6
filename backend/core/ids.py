"""Identifiers: UUIDv7 (RFC 9562) made in the application, one type per aggregate."""

from __future__ import annotations

from typing import NewType
from uuid import UUID

from uuid_utils.compat import uuid7

TenantId = NewType("TenantId", UUID)
UserId = NewType("UserId", UUID)
ConnectorId = NewType("ConnectorId", UUID)
ReportId = NewType("ReportId", UUID)
ReportVersionId = NewType("ReportVersionId", UUID)
RuleSetId = NewType("RuleSetId", UUID)
RunId = NewType("RunId", UUID)
ArtifactId = NewType("ArtifactId", UUID)
DatasetId = NewType("DatasetId", UUID)
DestinationId = NewType("DestinationId", UUID)
DeliveryId = NewType("DeliveryId", UUID)
EventId = NewType("EventId", UUID)
WebhookId = NewType("WebhookId", UUID)
WebhookDeliveryId = NewType("WebhookDeliveryId", UUID)
PlanId = NewType("PlanId", UUID)
CustomerId = NewType("CustomerId", UUID)
CustomerUserId = NewType("CustomerUserId", UUID)
CustomerKeyId = NewType("CustomerKeyId", UUID)


def new_id() -> UUID:
    """A fresh time-ordered identifier; never used as a secret."""
    return uuid7()
