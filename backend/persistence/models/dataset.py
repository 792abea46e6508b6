"""Datasets and mapping sets: what they are, their versions, and their entries over both clocks."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.datasets import DatasetColumn, DatasetKind
from backend.domain.reports.document import MissingKey
from backend.persistence.models.entity import Entity, Json, TenantBound, enum_text, one_of


class DatasetVersionState(StrEnum):
    """Where a version is: being made, or published and never changed again."""

    STAGED = "staged"
    PUBLISHED = "published"


class DatasetOrigin(StrEnum):
    """What made a version."""

    EDIT = "edit"
    FILE = "file"
    LOADER = "loader"


class Dataset(TenantBound, Entity):
    """A dataset or a mapping set. ``current_version`` is the newest published one, 0 while there is none."""

    __tablename__ = "datasets"
    __table_args__ = (
        one_of("kind", DatasetKind),
        one_of("missing", MissingKey),
        UniqueConstraint("tenant_id", "name"),
        Index("ix_datasets_newest", "tenant_id", "kind", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(enum_text(DatasetKind))
    name: Mapped[str] = mapped_column(String(63))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    key_title: Mapped[str] = mapped_column(String(200))
    columns: Mapped[list[Json]]
    missing: Mapped[str] = mapped_column(enum_text(MissingKey))
    #: The moment the data are of, as the last import said, whether or not it changed anything.
    as_at: Mapped[datetime | None]
    stale_after_days: Mapped[int | None]
    #: Of which data (``as_at``) people were told that they are older than they may be.
    stale_noticed_for: Mapped[datetime | None]
    current_version: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def typed_columns(self) -> tuple[DatasetColumn, ...]:
        """The columns as they were declared."""
        return tuple(DatasetColumn.model_validate(one) for one in self.columns)


class DatasetVersion(TenantBound, Entity):
    """What was known at one time. ``as_at`` is the moment the source says its data are of; the object is Parquet."""

    __tablename__ = "dataset_versions"
    __table_args__ = (one_of("state", DatasetVersionState), one_of("origin", DatasetOrigin))

    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(enum_text(DatasetVersionState))
    origin: Mapped[str] = mapped_column(enum_text(DatasetOrigin))
    note: Mapped[str] = mapped_column(String(500))
    as_at: Mapped[datetime | None]
    entries: Mapped[int] = mapped_column(BigInteger)
    added: Mapped[int] = mapped_column(BigInteger)
    removed: Mapped[int] = mapped_column(BigInteger)
    columns: Mapped[list[Json]]
    object_key: Mapped[str | None] = mapped_column(String(500))
    sha256: Mapped[str | None] = mapped_column(String(64))
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


class DatasetEntry(Entity):
    """A key with its values, valid for a time, in the versions from ``added_in`` on until ``removed_in``.

    The tenant has no index of its own: there are millions of entries, and every query begins with the dataset.
    """

    __tablename__ = "dataset_entries"
    __table_args__ = (
        Index("ix_dataset_entries_keys", "dataset_id", "key", "id"),
        Index("ix_dataset_entries_added", "dataset_id", "added_in"),
        Index(
            "ix_dataset_entries_removed", "dataset_id", "removed_in", postgresql_where=text("removed_in IS NOT NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"))
    key: Mapped[str] = mapped_column(String(300, collation="C"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    values: Mapped[Json]
    added_in: Mapped[int]
    removed_in: Mapped[int | None]
