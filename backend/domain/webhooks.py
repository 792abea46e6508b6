"""Webhooks: which events exist, who hears of them, what is sent and how it is signed.

Two signature forms stand side by side on every request, made with the same key (the 32 bytes behind
``whsec_``): the Standard Webhooks 1.0 headers, and OpenReg's own, an HMAC-SHA256 over
``<timestamp>.<body>`` in hexadecimal. While a secret is being rotated both secrets sign.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import JsonValue, SecretStr

from backend.core.errors import ErrorKind, OpenRegError

MAX_BODY_BYTES: Final = 256 * 1024
"""The largest body that is sent; events carry links to artifacts, never artifacts."""

LARGE_BODY_BYTES: Final = 20 * 1024
"""More than this is unusual and worth a warning."""

ENVELOPE_BYTES: Final = 400
"""At most so many bytes of a body are not its data."""

DEFAULT_TIMEOUT_SECONDS: Final = 15
MAX_TIMEOUT_SECONDS: Final = 30
"""The time that an endpoint has for connection, request and answer together."""

MAX_ENDPOINTS: Final = 20
"""So many endpoints of a tenant are told of events."""

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the public prefix of the form, not a secret
_SECRET_BYTES: Final = 32
_MIN_SECRET_BYTES: Final = 24
_MAX_SECRET_BYTES: Final = 64


class WebhookEventType(StrEnum):
    """Every fact a partner can be told of."""

    RUN_REQUESTED = "run.requested"
    RUN_STARTED = "run.started"
    RUN_COMPLETED = "run.completed"
    RUN_HELD = "run.held"
    RUN_RELEASED = "run.released"
    RUN_FAILED = "run.failed"
    RUN_CANCELLED = "run.cancelled"
    ARTIFACT_CREATED = "artifact.created"
    DELIVERY_COMPLETED = "delivery.completed"
    DELIVERY_RETRYING = "delivery.retrying"
    DELIVERY_FAILED = "delivery.failed"
    SUBMISSION_PREPARED = "submission.prepared"
    SUBMISSION_APPROVED = "submission.approved"
    SUBMISSION_SENT = "submission.sent"
    SUBMISSION_ACKNOWLEDGED = "submission.acknowledged"
    SUBMISSION_ACCEPTED = "submission.accepted"
    SUBMISSION_PARTIALLY_ACCEPTED = "submission.partially_accepted"
    SUBMISSION_REJECTED = "submission.rejected"
    SUBMISSION_CORRECTED = "submission.corrected"
    FEEDBACK_RECEIVED = "feedback.received"
    EXCEPTION_OPENED = "exception.opened"
    EXCEPTION_AMENDED = "exception.amended"
    EXCEPTION_RESUBMITTED = "exception.resubmitted"
    EXCEPTION_CLOSED = "exception.closed"
    DATASET_PUBLISHED = "dataset.published"
    SCHEDULE_MISSED = "schedule.missed"
    DEADLINE_AT_RISK = "deadline.at_risk"
    DEADLINE_BREACHED = "deadline.breached"
    ERROR_REGISTER_OPENED = "error_register.opened"
    ERROR_REGISTER_NOTIFIED = "error_register.notified"
    ERROR_REGISTER_CLOSED = "error_register.closed"
    REPORT_VERSION_SUBMITTED = "report_version.submitted"
    REPORT_VERSION_APPROVED = "report_version.approved"
    REPORT_VERSION_REJECTED = "report_version.rejected"
    REPORT_VERSION_ACTIVATED = "report_version.activated"
    REPORT_VERSION_ARCHIVED = "report_version.archived"
    RULE_SET_ACTIVATED = "rule_set.activated"
    SYNC_STARTED = "sync.started"
    SYNC_COMPLETED = "sync.completed"
    SYNC_FAILED = "sync.failed"
    WEBHOOK_FAILING = "webhook.failing"
    WEBHOOK_EXHAUSTED = "webhook.exhausted"
    WEBHOOK_RECOVERED = "webhook.recovered"
    WEBHOOK_DISABLED = "webhook.disabled"
    OPENREG_PING = "openreg.ping"

    @property
    def family(self) -> str:
        """What it is about: the part before the dot."""
        return self.value.partition(".")[0]


class WebhookDeliveryState(StrEnum):
    """``sending`` under a lease; ``retrying`` waits for its next attempt; the last two are final."""

    PENDING = "pending"
    SENDING = "sending"
    RETRYING = "retrying"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookNotFound(OpenRegError):
    """There is no such webhook endpoint."""

    code: ClassVar[str] = "webhook_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class WebhookDeliveryNotFound(OpenRegError):
    """There is no such delivery to this endpoint."""

    code: ClassVar[str] = "webhook_delivery_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class WebhookIsOff(OpenRegError):
    """The endpoint is switched off, so nothing is sent to it."""

    code: ClassVar[str] = "webhook_is_off"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class WebhookLimitReached(OpenRegError):
    """The tenant has as many endpoints as one may have."""

    code: ClassVar[str] = "webhook_limit_reached"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class EventPatternUnknown(OpenRegError):
    """A pattern matches no event type."""

    code: ClassVar[str] = "event_pattern_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class WebhookBodyTooLarge(OpenRegError):
    """An event does not fit into a webhook body."""

    code: ClassVar[str] = "webhook_body_too_large"
    kind: ClassVar[ErrorKind] = ErrorKind.TOO_LARGE


class SigningSecretInvalid(OpenRegError):
    """A signing secret does not have the form whsec_ + base64 of 24 to 64 bytes."""

    code: ClassVar[str] = "signing_secret_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One fact as it is told: ``id`` never changes over attempts and endpoints, ``sequence`` only grows."""

    id: UUID
    type: WebhookEventType
    occurred_at: datetime
    tenant_id: UUID
    sequence: int
    data: Mapping[str, JsonValue]

    def document(self) -> dict[str, JsonValue]:
        """What is sent, as JSON knows it."""
        return {
            "id": str(self.id),
            "type": self.type.value,
            "timestamp": self.occurred_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "tenant": str(self.tenant_id),
            "sequence": self.sequence,
            "data": dict(self.data),
        }

    def body(self) -> bytes:
        """The JSON text that is sent and signed, the same bytes for every attempt. Raises WebhookBodyTooLarge."""
        body = json.dumps(self.document(), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        if len(body) > MAX_BODY_BYTES:
            raise WebhookBodyTooLarge(
                f"The event {self.type} has {len(body)} bytes, {MAX_BODY_BYTES} are allowed.",
                fix="Give a link to the details instead of the details.",
            )
        return body


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """What one attempt sends, before it is signed."""

    event_id: UUID
    event_type: WebhookEventType
    delivery_id: UUID
    body: bytes

    def headers(
        self, secrets_in_use: Sequence[SecretStr], *, at: datetime, private_key: Ed25519PrivateKey | None = None
    ) -> dict[str, str]:
        """All headers of an attempt made at ``at``; the first secret is the newest. Raises SigningSecretInvalid."""
        if not secrets_in_use:
            raise SigningSecretInvalid("A webhook needs at least one signing secret.")
        keys = [read_signing_secret(secret) for secret in secrets_in_use]
        timestamp = str(int(at.timestamp()))
        signatures = [self._standard_signature(key, timestamp) for key in keys]
        if private_key is not None:
            signatures.append("v1a," + base64.b64encode(private_key.sign(self._signed(timestamp))).decode())
        return {
            **self.steady_headers(),
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(signatures),
            "X-OpenReg-Timestamp": timestamp,
            "X-OpenReg-Signature": ",".join(openreg_signature(key, timestamp, self.body) for key in keys),
        }

    def steady_headers(self) -> dict[str, str]:
        """Those headers that are the same for every attempt: nothing in them is a time, or signs."""
        return {
            "Content-Type": "application/json",
            "webhook-id": str(self.event_id),
            "X-OpenReg-Event": self.event_type.value,
            "X-OpenReg-Delivery": str(self.delivery_id),
        }

    def _standard_signature(self, key: bytes, timestamp: str) -> str:
        return "v1," + base64.b64encode(hmac.digest(key, self._signed(timestamp), hashlib.sha256)).decode()

    def _signed(self, timestamp: str) -> bytes:
        return f"{self.event_id}.{timestamp}.".encode() + self.body


def openreg_signature(key: bytes, timestamp: str, body: bytes) -> str:
    """``sha256=<hex>`` over ``<timestamp>.<body>``."""
    return "sha256=" + hmac.digest(key, timestamp.encode() + b"." + body, hashlib.sha256).hex()


def new_signing_secret() -> SecretStr:
    """A fresh secret: ``whsec_`` and 32 random bytes in base64."""
    return SecretStr(SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode())


def read_signing_secret(secret: SecretStr) -> bytes:
    """The key behind a secret. Raises SigningSecretInvalid, never with the secret in the message."""
    text = secret.get_secret_value()
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SigningSecretInvalid from error
    if not text.startswith(SECRET_PREFIX) or not _MIN_SECRET_BYTES <= len(key) <= _MAX_SECRET_BYTES:
        raise SigningSecretInvalid
    return key


def matches(patterns: Iterable[str], event_type: WebhookEventType) -> bool:
    """Whether any pattern wants the event: an exact type, ``run.*`` for a family, ``*`` for everything."""
    return any(_match(pattern, event_type) for pattern in patterns)


def check_patterns(patterns: Sequence[str]) -> None:
    """Raises EventPatternUnknown for the first pattern that no event type matches."""
    if not patterns:
        raise EventPatternUnknown("No event type is named.", fix='Name event types, a family such as "run.*", or "*".')
    for pattern in patterns:
        if not any(_match(pattern, event_type) for event_type in WebhookEventType):
            raise EventPatternUnknown(
                f"No event type matches {pattern!r}.", fix=_suggestion(pattern), extra={"pattern": pattern}
            )


def _match(pattern: str, event_type: WebhookEventType) -> bool:
    if pattern == "*":
        return True
    if pattern.endswith(".*"):
        return event_type.value.startswith(pattern.removesuffix("*"))
    return pattern == event_type.value


def _suggestion(pattern: str) -> str:
    families = {event_type.family + ".*" for event_type in WebhookEventType}
    close = get_close_matches(pattern, [*(event_type.value for event_type in WebhookEventType), *families], n=1)
    return f"Did you mean {close[0]}?" if close else f"Families are {', '.join(sorted(families))}."
