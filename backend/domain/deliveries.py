"""The life of a delivery: states, and the one table of transitions."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError


class DeliveryState(StrEnum):
    """``sending`` under a lease; ``retrying`` waits for its next attempt; ``stopped`` waits for a person."""

    PENDING = "pending"
    SENDING = "sending"
    RETRYING = "retrying"
    DELIVERED = "delivered"
    FAILED = "failed"
    PAUSED = "paused"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class DestinationEnvironment(StrEnum):
    """What a destination is for: a regulator's test system, or the real one, which gets no demo data."""

    TEST = "test"
    PRODUCTION = "production"


class DeliveryRole(StrEnum):
    """What a file is where it goes: the submission itself, or a copy that no regulator waits for."""

    SUBMISSION = "submission"
    COPY = "copy"


class DeliveryTransitionRefused(OpenRegError):
    """A delivery cannot go from its state to the one asked for."""

    code: ClassVar[str] = "delivery_transition_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


#: Those that go on by themselves, or once somebody has resumed them.
UNFINISHED: Final = (
    DeliveryState.PENDING,
    DeliveryState.SENDING,
    DeliveryState.RETRYING,
    DeliveryState.PAUSED,
    DeliveryState.STOPPED,
)
#: Those that wait for their time, and can be set aside without touching a transfer.
WAITING: Final = (DeliveryState.PENDING, DeliveryState.RETRYING)
#: After these the same file can be sent again as a delivery of its own.
ENDED: Final = (DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.CANCELLED)

TRANSITIONS: Final[Mapping[DeliveryState, frozenset[DeliveryState]]] = {
    DeliveryState.PENDING: frozenset(
        {DeliveryState.SENDING, DeliveryState.PAUSED, DeliveryState.STOPPED, DeliveryState.CANCELLED}
    ),
    # A delivery whose worker died is taken over: it goes from sending to sending.
    DeliveryState.SENDING: frozenset(
        {
            DeliveryState.SENDING,
            DeliveryState.DELIVERED,
            DeliveryState.RETRYING,
            DeliveryState.FAILED,
            DeliveryState.PAUSED,
            DeliveryState.STOPPED,
        }
    ),
    DeliveryState.RETRYING: frozenset(
        {
            DeliveryState.SENDING,
            DeliveryState.RETRYING,
            DeliveryState.PAUSED,
            DeliveryState.STOPPED,
            DeliveryState.CANCELLED,
        }
    ),
    DeliveryState.PAUSED: frozenset(
        {DeliveryState.PENDING, DeliveryState.RETRYING, DeliveryState.STOPPED, DeliveryState.CANCELLED}
    ),
    DeliveryState.STOPPED: frozenset({DeliveryState.PENDING, DeliveryState.RETRYING, DeliveryState.CANCELLED}),
    DeliveryState.FAILED: frozenset({DeliveryState.RETRYING}),
    DeliveryState.DELIVERED: frozenset(),
    DeliveryState.CANCELLED: frozenset(),
}


def transition(state: DeliveryState, to: DeliveryState) -> DeliveryState:
    """The new state. Raises DeliveryTransitionRefused."""
    if to not in TRANSITIONS[state]:
        raise DeliveryTransitionRefused(
            f"A delivery that is {state.value} cannot become {to.value}.",
            fix="Pause it first." if state is DeliveryState.SENDING else "Read it again: its state has changed.",
            extra={"state": state.value, "wanted": to.value},
        )
    return to
