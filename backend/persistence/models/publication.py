"""What a publisher shows to customers: publications, their versions as they are shown, and the feed of changes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.publications import PublicationAction, PublicationFacts, PublicationKind, ReportDetail
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class Publication(TenantBound, Entity):
    """A thing that customers are shown under a name; the row stays when it is taken back.

    ``regimes`` are those of the thing and those that the publisher has added (``own_regimes``). ``detail`` is there
    for reports alone. ``revision`` grows with every change of what is set here or shown.
    """

    __tablename__ = "publications"
    __table_args__ = (
        one_of("kind", PublicationKind),
        one_of("detail", ReportDetail),
        CheckConstraint("(kind = 'rule_pack') = (thing_id IS NULL)", name="thing_has_id"),
        CheckConstraint("(kind = 'rule_pack') = (pack_id IS NOT NULL)", name="pack_has_name"),
        CheckConstraint("(kind = 'report') = (detail IS NOT NULL)", name="report_has_detail"),
        UniqueConstraint("tenant_id", "kind", "thing_id"),
        UniqueConstraint("tenant_id", "kind", "pack_id"),
        UniqueConstraint("tenant_id", "kind", "name"),
        Index("ix_publications_newest", "tenant_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(enum_text(PublicationKind))
    thing_id: Mapped[UUID | None]
    pack_id: Mapped[str | None] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(63))
    title: Mapped[str] = mapped_column(String(255))
    regimes: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    own_regimes: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    detail: Mapped[str | None] = mapped_column(enum_text(ReportDetail))
    includes_files: Mapped[bool]
    #: The newest version that is shown.
    version: Mapped[str] = mapped_column(String(40))
    published_at: Mapped[datetime]
    published_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    unpublished_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)

    @property
    def facts(self) -> PublicationFacts:
        """What decides whether a plan includes it."""
        return PublicationFacts(self.id, self.kind, frozenset(self.regimes))


class PublicationVersion(TenantBound, Entity):
    """A version as customers see it, frozen as it was when it was the current one.

    ``subject_id`` is the version of the report or rule set that it shows.
    """

    __tablename__ = "publication_versions"
    __table_args__ = (UniqueConstraint("publication_id", "version"),)

    publication_id: Mapped[UUID] = mapped_column(ForeignKey("publications.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID | None]
    # json, not jsonb: the order of a report's fields is the author's.
    content: Mapped[Json] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))
    #: Whether files of this version can hold what identifies natural persons: those are never shown.
    has_personal_data: Mapped[bool]
    shown_since: Mapped[datetime]


class PublicationChange(TenantBound, Entity):
    """One change of what is shown; sequence numbers of a tenant are in the order of commits, without gaps."""

    __tablename__ = "publication_changes"
    __table_args__ = (
        one_of("kind", PublicationKind),
        one_of("action", PublicationAction),
        Index("ix_publication_changes_publication_id", "publication_id"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True, index=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    publication_id: Mapped[UUID] = mapped_column(ForeignKey("publications.id"))
    kind: Mapped[str] = mapped_column(enum_text(PublicationKind))
    action: Mapped[str] = mapped_column(enum_text(PublicationAction))
    name: Mapped[str] = mapped_column(String(63))
    version: Mapped[str] = mapped_column(String(40))
    regimes_before: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    regimes: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    at: Mapped[datetime]

    @property
    def before(self) -> PublicationFacts:
        """What decided before it."""
        return PublicationFacts(self.publication_id, self.kind, frozenset(self.regimes_before))

    @property
    def after(self) -> PublicationFacts:
        """What decides since."""
        return PublicationFacts(self.publication_id, self.kind, frozenset(self.regimes))
