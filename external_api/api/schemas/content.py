"""What is published, as customers get it."""

from __future__ import annotations

from datetime import date
from typing import Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from backend.domain.publications import PublicationAction, PublicationKind, ReportDetail
from backend.persistence.models.publication import Publication, PublicationVersion
from backend.persistence.repositories.publications import ReleasedFile
from backend.services.published_feed import SeenChange
from external_api.api.schemas.reading import SparseAnswer


class PublishedAnswer(SparseAnswer):
    """What every published thing has."""

    id: UUID = Field(description="Stays the same whatever it is called.")
    name: str
    title: str
    regimes: list[str]
    version: str = Field(description="The newest one.")
    published_at: AwareDatetime
    updated_at: AwareDatetime

    @classmethod
    def facts(cls, one: Publication) -> dict[str, Any]:
        """These of a publication."""
        return {name: getattr(one, name) for name in PublishedAnswer.model_fields}


class ReportAnswer(PublishedAnswer):
    """A published report."""

    description: str
    tags: list[str]
    detail: ReportDetail = Field(description="whole: with its queries and expressions; outline: without them.")
    has_artifacts: bool = Field(description="Whether released files of it can be read.")

    @classmethod
    def of(cls, one: Publication, head: dict[str, Any]) -> Self:
        """The report as lists show it."""
        return cls(
            **cls.facts(one),
            description=head.get("description", ""),
            tags=head.get("tags", []),
            detail=ReportDetail(one.detail or ReportDetail.WHOLE),
            has_artifacts=one.includes_files,
        )


class VersionAnswer(SparseAnswer):
    """A version of a report."""

    version: str
    sha256: str = Field(description="Of its definition; the same definition has the same hash everywhere.")
    shown_since: AwareDatetime

    @classmethod
    def of(cls, one: PublicationVersion) -> Self:
        """The version as lists show it."""
        return cls(version=one.version, sha256=one.sha256, shown_since=one.shown_since)


class ReportVersionAnswer(VersionAnswer):
    """A version with its whole definition, as an export of the report holds it; connectors stand in it by name."""

    definition: dict[str, Any]

    @classmethod
    def of(cls, one: PublicationVersion) -> Self:
        """The version."""
        return cls(version=one.version, sha256=one.sha256, shown_since=one.shown_since, definition=one.content)


class ArtifactAnswer(SparseAnswer):
    """A released file of a report."""

    id: UUID
    name: str
    format: str
    media_type: str
    size_bytes: int
    sha256: str
    content_size_bytes: int = Field(description="Of what is packed in it.")
    content_sha256: str
    records: int
    reporting_date: date
    version: str = Field(description="Of the report.")
    created_at: AwareDatetime

    @classmethod
    def of(cls, one: ReleasedFile) -> Self:
        """The file as lists show it."""
        own = {name: getattr(one.artifact, name) for name in cls.model_fields if hasattr(one.artifact, name)}
        return cls(**own, reporting_date=one.reporting_date, version=one.version)


class LinkAnswer(BaseModel):
    """A link that needs no key, for a while."""

    url: str
    expires_at: AwareDatetime


class ScheduleAnswer(PublishedAnswer):
    """A published schedule: when a report runs."""

    sha256: str
    report: str = Field(description="The name of the report.")
    definition: dict[str, Any] = Field(description="Reports that it waits for stand in it by name.")
    calendar: dict[str, Any] | None = Field(description="What makes the publisher's own calendar; null: none is used.")

    @classmethod
    def of(cls, one: Publication, version: PublicationVersion) -> Self:
        """The schedule."""
        said = version.content
        parts = {name: said[name] for name in ("report", "definition", "calendar")}
        return cls(**cls.facts(one), sha256=version.sha256, **parts)


class SchemaFileAnswer(BaseModel):
    """One XSD of a package."""

    name: str
    namespace: str | None = None
    sha256: str


class SchemaAnswer(PublishedAnswer):
    """A published schema package."""

    file_name: str
    sha256: str = Field(description="Of the archive: it says whether you have the same.")
    files: list[SchemaFileAnswer]
    has_archive: bool = Field(description="Whether the archive itself can be read.")

    @classmethod
    def of(cls, one: Publication, version: PublicationVersion) -> Self:
        """The package."""
        said = version.content
        parts = {name: said[name] for name in ("file_name", "sha256", "files")}
        return cls(**cls.facts(one), **parts, has_archive=one.includes_files)


class ChangeAnswer(SparseAnswer):
    """A change of what is published."""

    id: UUID = Field(description="Of what was published, changed or taken back.")
    kind: PublicationKind
    action: PublicationAction
    name: str
    version: str
    at: AwareDatetime

    @classmethod
    def of(cls, one: SeenChange) -> Self:
        """The change."""
        return cls(
            id=one.publication_id, kind=one.kind, action=one.action, name=one.name, version=one.version, at=one.at
        )


class ContentAnswer(SparseAnswer):
    """A version of anything published, for those who keep a copy."""

    id: UUID
    kind: PublicationKind
    name: str
    regimes: list[str]
    version: str
    sha256: str = Field(description="SHA-256 of the content as canonical JSON.")
    content: dict[str, Any]

    @classmethod
    def of(cls, one: Publication, version: PublicationVersion) -> Self:
        """The version."""
        return cls(
            id=one.id,
            kind=PublicationKind(one.kind),
            name=one.name,
            regimes=one.regimes,
            version=version.version,
            sha256=version.sha256,
            content=version.content,
        )
