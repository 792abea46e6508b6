"""Data of events about runs and the files they make."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from backend.domain.artifacts import SchemaStatus
from backend.domain.event_catalogue.news import Count, Link, News, Part, Sha256
from backend.domain.runs import RunKind, RunState


class RecordTally(Part):
    """What became of the records of a run, up to now."""

    rows_in: Count
    """Records that were read from the source."""
    rows_out: Count
    """Records in the files."""
    set_aside: Count
    """Records with an exception."""
    filtered: Count
    """Records that the report's filter leaves out."""
    excluded: Count
    """Records that are not to be reported."""
    held: Count
    """Records that wait for a decision about their eligibility."""


class RunLinks(Part):
    """Where more is to be read."""

    run: Link


class RunNews(News):
    """A run of a report for a reporting date."""

    run_id: UUID
    report_id: UUID
    report_version_id: UUID
    reporting_date: date
    sequence: int
    """The number of the run among those of the report for this date; not the sequence of the event."""
    kind: RunKind
    parent_run_id: UUID | None
    """The run whose records a supplemental run reports again."""
    state: RunState
    is_held: bool
    """Whether its files wait for a release before they are delivered."""
    counts: RecordTally
    links: RunLinks


class ArtifactLinks(Part):
    """Where the file and its run are."""

    content: Link
    """The file itself."""
    run: Link


class ArtifactNews(News):
    """A file that a run has made."""

    artifact_id: UUID
    run_id: UUID
    report_id: UUID
    reporting_date: date
    name: str
    format: str
    size_bytes: Count
    sha256: Sha256
    records: Count
    schema_status: SchemaStatus
    """Whether it was checked against the official schema, and what came out."""
    links: ArtifactLinks
