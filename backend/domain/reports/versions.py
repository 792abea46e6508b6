"""The life of a report version: draft, in review, approved, active, archived."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError


class ReportVersionState(StrEnum):
    """Where a version stands between its first draft and the archive."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    ACTIVE = "active"
    ARCHIVED = "archived"


class VersionAction(StrEnum):
    """What was done to a version; its history is a list of these."""

    CREATED = "created"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    APPROVED = "approved"
    ACTIVATED = "activated"
    ARCHIVED = "archived"
    ROLLED_BACK = "rolled_back"
    IMPORTED = "imported"


class VersionTransitionRefused(OpenRegError):
    """A report version cannot go from its state to the one asked for."""

    code: ClassVar[str] = "version_transition_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


# Approved is a state of its own: what was approved for a later day must not run before it, and can still be withdrawn.
# Nothing leaves the archive: rolling back makes a new version of an old document, so that history stays true.
TRANSITIONS: Mapping[ReportVersionState, frozenset[ReportVersionState]] = {
    ReportVersionState.DRAFT: frozenset(
        {ReportVersionState.IN_REVIEW, ReportVersionState.ACTIVE, ReportVersionState.ARCHIVED}
    ),
    ReportVersionState.IN_REVIEW: frozenset(
        {ReportVersionState.DRAFT, ReportVersionState.APPROVED, ReportVersionState.ACTIVE}
    ),
    ReportVersionState.APPROVED: frozenset(
        {ReportVersionState.DRAFT, ReportVersionState.ACTIVE, ReportVersionState.ARCHIVED}
    ),
    ReportVersionState.ACTIVE: frozenset({ReportVersionState.ARCHIVED}),
    ReportVersionState.ARCHIVED: frozenset(),
}


def transition(state: ReportVersionState, to: ReportVersionState) -> ReportVersionState:
    """The new state. Raises VersionTransitionRefused."""
    if to not in TRANSITIONS[state]:
        raise VersionTransitionRefused(f"A version that is {state} cannot become {to}.")
    return to
