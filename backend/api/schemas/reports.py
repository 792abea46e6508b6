"""Reports, their lists and versions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from backend.domain.reports.versions import ReportVersionState, VersionAction
from backend.persistence.models.report import ReportVersionEvent
from backend.persistence.repositories.report_lists import ListedReport

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
Tags = Annotated[list[Tag], Field(max_length=20)]
Comment = Annotated[str, Field(max_length=2000)]
Document = Annotated[
    dict[str, JsonValue], Field(description="A report document; its schema is at /reports/document-schema.")
]


class ReportCreate(BaseModel):
    """A name for people and a slug for file names and addresses."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    slug: Slug
    description: str = Field(default="", max_length=5000)
    tags: Tags = []


class ReportChange(BaseModel):
    """What is to change; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    description: str | None = Field(default=None, max_length=5000)
    tags: Tags | None = None
    owner_id: UUID | None = None


class ReportClone(BaseModel):
    """Name and slug of the copy."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    slug: Slug


class VersionMarkAnswer(BaseModel):
    """A version as lists show it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    state: ReportVersionState
    effective_from: date | None


class LastRunAnswer(BaseModel):
    """The newest run of a report."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    state: str
    reporting_date: date
    created_at: datetime


class ReportAnswer(BaseModel):
    """A report, with its versions in use and its newest run; what it does stands in its versions."""

    id: UUID
    name: str
    slug: str
    description: str
    owner_id: UUID | None
    owner_name: str | None
    tags: list[str]
    pack_id: str | None = Field(description="The regulation pack of the newest version.")
    active_version: VersionMarkAnswer | None
    approved_version: VersionMarkAnswer | None = Field(description="Approved for a later day.")
    in_review_version: VersionMarkAnswer | None
    has_draft: bool = Field(description="Whether a working draft is being written.")
    last_run: LastRunAnswer | None
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    revision: int

    @classmethod
    def of(cls, listed: ListedReport) -> ReportAnswer:
        """The report as it is now."""
        report = listed.report
        marks = {
            state: VersionMarkAnswer.model_validate(found) if (found := listed.version_in(state)) else None
            for state in ReportVersionState
        }
        return cls(
            id=report.id,
            name=report.name,
            slug=report.slug,
            description=report.description,
            owner_id=report.owner_id,
            owner_name=listed.owner_name,
            tags=report.tags,
            pack_id=listed.versions[0].pack_id if listed.versions else None,
            active_version=marks[ReportVersionState.ACTIVE],
            approved_version=marks[ReportVersionState.APPROVED],
            in_review_version=marks[ReportVersionState.IN_REVIEW],
            has_draft=listed.has_draft,
            last_run=LastRunAnswer.model_validate(listed.last_run) if listed.last_run else None,
            created_at=report.created_at,
            updated_at=report.updated_at,
            archived_at=report.archived_at,
            revision=report.revision,
        )


class VersionCreate(BaseModel):
    """A report document to be checked and kept; with ``draft_revision`` the working draft becomes the version."""

    model_config = ConfigDict(extra="forbid")

    document: Document
    note: Comment = ""
    draft_revision: int | None = Field(default=None, ge=1)


class VersionAnswer(BaseModel):
    """A version with its document, its authors and where it is in its life."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    report_id: UUID
    number: str
    state: ReportVersionState
    pack_id: str | None
    pack_version: str | None
    note: str
    based_on_id: UUID | None
    authors: list[UUID]
    created_by: UUID
    created_at: datetime
    submitted_by: UUID | None
    submitted_at: datetime | None
    approved_by: UUID | None
    approved_at: datetime | None
    effective_from: date | None
    activated_at: datetime | None
    document: dict[str, JsonValue]


class VersionList(BaseModel):
    """Every version of a report, and the names of the people they mention."""

    items: list[VersionAnswer]
    people: dict[str, str] = Field(description="Full names by user id, of those who are known in this tenant.")


class VersionEventAnswer(BaseModel):
    """A step in the life of a version; without an actor the platform took it."""

    id: UUID
    report_version_id: UUID
    action: VersionAction
    from_state: ReportVersionState | None
    to_state: ReportVersionState
    comment: str
    effective_from: date | None
    actor_id: UUID | None
    actor_name: str | None
    at: datetime

    @classmethod
    def of(cls, event: ReportVersionEvent, actor_name: str | None) -> VersionEventAnswer:
        """One entry of the history."""
        return cls(
            id=event.id,
            report_version_id=event.report_version_id,
            action=VersionAction(event.action),
            from_state=ReportVersionState(event.from_state) if event.from_state else None,
            to_state=ReportVersionState(event.to_state),
            comment=event.comment,
            effective_from=event.effective_from,
            actor_id=event.actor_id,
            actor_name=actor_name,
            at=event.at,
        )


class VersionEventList(BaseModel):
    """What happened to the versions of a report, newest first."""

    items: list[VersionEventAnswer]


class Decision(BaseModel):
    """What somebody says to a step; people read it in the history."""

    model_config = ConfigDict(extra="forbid")

    comment: Comment = ""


class Approval(Decision):
    """An approval; without a day, or with today's, the version runs at once."""

    effective_from: date | None = None
