"""Which state the content of a publisher is in, kind by kind."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.persistence.models.entity import Entity


class ContentVersion(Entity):
    """Another version with every transaction that changes what customers may see of a kind; triggers write it.

    ``changed_in`` is the transaction that did: it changes the version once, however many rows it touches.
    """

    __tablename__ = "content_versions"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(30), primary_key=True)
    version: Mapped[UUID]
    changed_at: Mapped[datetime]
    changed_in: Mapped[int] = mapped_column(BigInteger)
