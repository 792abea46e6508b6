"""Connectors: stored access to source databases."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.persistence.models.entity import Entity, Json, Sealed, TenantBound


class Connector(TenantBound, Entity):
    """Kind and address of a source database; credentials are ciphertext of the key ring."""

    __tablename__ = "connectors"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        Index("ix_connectors_next_test", "next_test_at", postgresql_where=text("next_test_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(30))
    settings: Mapped[Json]
    credentials: Mapped[bytes] = mapped_column(Sealed)
    #: What it reads is made up, and goes to no destination of production.
    holds_demo_data: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)
    #: The last test of what is stored now: when, and the step that failed; both empty while it was not tested.
    tested_at: Mapped[datetime | None]
    failed_step: Mapped[str | None] = mapped_column(String(30))
    #: The last tests of what is stored now, newest first (``domain.connector_health.TestRecord``).
    recent_tests: Mapped[list[Json]] = mapped_column(default=list)
    is_failing: Mapped[bool] = mapped_column(default=False)
    #: How often it is tested again, and when next; a worker that has begun moves the time ahead.
    retest_every_hours: Mapped[int | None]
    next_test_at: Mapped[datetime | None]
