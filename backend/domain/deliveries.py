"""The life of a delivery."""

from __future__ import annotations

from enum import StrEnum


class DeliveryState(StrEnum):
    """``sending`` under a lease; ``retrying`` waits for its next attempt; the last two are final."""

    PENDING = "pending"
    SENDING = "sending"
    RETRYING = "retrying"
    DELIVERED = "delivered"
    FAILED = "failed"
