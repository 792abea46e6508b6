"""The life of a report version: draft, in review, active, archived."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError


class ReportVersionState(StrEnum):
    """Where a version stands between its first draft and the archive."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    ACTIVE = "active"
    ARCHIVED = "archived"


class VersionTransitionRefused(OpenRegError):
    """A report version cannot go from its state to the one asked for."""

    code: ClassVar[str] = "version_transition_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


TRANSITIONS: Mapping[ReportVersionState, frozenset[ReportVersionState]] = {
    ReportVersionState.DRAFT: frozenset(
        {ReportVersionState.IN_REVIEW, ReportVersionState.ACTIVE, ReportVersionState.ARCHIVED}
    ),
    ReportVersionState.IN_REVIEW: frozenset({ReportVersionState.DRAFT, ReportVersionState.ACTIVE}),
    ReportVersionState.ACTIVE: frozenset({ReportVersionState.ARCHIVED}),
    ReportVersionState.ARCHIVED: frozenset(),
}


def transition(state: ReportVersionState, to: ReportVersionState) -> ReportVersionState:
    """The new state. Raises VersionTransitionRefused."""
    if to not in TRANSITIONS[state]:
        raise VersionTransitionRefused(f"A version that is {state} cannot become {to}.")
    return to
