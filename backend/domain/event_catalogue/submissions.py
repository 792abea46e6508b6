"""Data of events about submissions to a regulator and what comes back."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from backend.domain.event_catalogue.news import Count, Excerpt, Link, News, Part, Sha256
from backend.domain.feedback import FeedbackFormat, FeedbackSource, FeedbackState
from backend.domain.submissions import SubmissionEnvironment, SubmissionHold, SubmissionKind, SubmissionState


class SubmittedRecords(Part):
    """How many records were sent and what the regulator has said of them."""

    records: Count
    accepted: Count
    pending: Count
    rejected: Count
    unconfirmed: Count
    """Those of which nothing was said."""


class SubmissionLinks(Part):
    """Where more is to be read."""

    submission: Link
    run: Link


class SubmissionNews(News):
    """What a run tells a regulator."""

    submission_id: UUID
    reference: str
    run_id: UUID
    report_id: UUID
    reporting_date: date
    kind: SubmissionKind
    parent_submission_id: UUID | None
    """The submission whose records it changes or adds to."""
    state: SubmissionState
    hold: SubmissionHold
    """What it waits for before it may be sent."""
    environment: SubmissionEnvironment
    is_late: bool
    counts: SubmittedRecords
    links: SubmissionLinks


class FeedbackLinks(Part):
    """Where more is to be read."""

    feedback: Link


class FeedbackNews(News):
    """A file of a regulator's answers, once it has been read."""

    feedback_id: UUID
    name: str
    sha256: Sha256
    size_bytes: Count
    source: FeedbackSource
    format: FeedbackFormat | None
    state: FeedbackState
    """``applied``: its word counts. Everything else waits for a person."""
    reason_code: str | None
    reason: Excerpt | None
    file_status: str | None
    """What it says of the files as a whole, in the words of its format."""
    submission_ids: list[UUID]
    """The submissions that it is about; empty where none was found."""
    report_ids: list[UUID]
    """The reports of these submissions."""
    links: FeedbackLinks

    def reports(self) -> frozenset[UUID]:
        """Those of the submissions that it is about."""
        return frozenset(self.report_ids)
