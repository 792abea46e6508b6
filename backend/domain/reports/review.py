"""Review of a version: who may approve it, and what goes without approval."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.reports.versions import ReportVersionState


class FourEyesRequired(OpenRegError):
    """A version must be approved by somebody else before it runs."""

    code: ClassVar[str] = "four_eyes_required"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class AuthorMayNotApprove(OpenRegError):
    """Whoever wrote or submitted a version may not approve it."""

    code: ClassVar[str] = "author_may_not_approve"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


class CommentMissing(OpenRegError):
    """A rejection says why."""

    code: ClassVar[str] = "comment_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class ReviewPolicy:
    """What a tenant demands of a version before it runs, and the zone in which its days begin."""

    four_eyes: bool
    is_production: bool
    time_zone: str

    @property
    def needs_approval(self) -> bool:
        """Whether nothing runs that only its author has seen; in production there is no way around it."""
        return self.four_eyes or self.is_production

    def check_activation(self) -> None:
        """Pass when a version may run without approval. Raises FourEyesRequired."""
        if self.needs_approval:
            raise FourEyesRequired(
                fix="Submit the version; somebody who did not write it approves it, and approving activates it."
            )

    def check_approval(self, authors: Collection[UUID], approver: UUID) -> None:
        """Pass when this person may approve. Raises AuthorMayNotApprove."""
        if self.needs_approval and approver in authors:
            raise AuthorMayNotApprove(fix="Ask somebody who did not write in this version to look at it.")

    def today(self, now: datetime) -> date:
        """The day it is for the tenant."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def state_when_approved(self, effective_from: date | None, now: datetime) -> ReportVersionState:
        """Active at once, or approved until its day comes."""
        is_due = effective_from is None or effective_from <= self.today(now)
        return ReportVersionState.ACTIVE if is_due else ReportVersionState.APPROVED
