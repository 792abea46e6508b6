"""What every stored thing has in common: metadata, naming, and the tenant it belongs to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, LargeBinary, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Json = dict[str, object]


class Sealed(LargeBinary):
    """Ciphertext of the key ring; every secret that is read again is of this type, so that keys can be changed."""


class Entity(DeclarativeBase):
    """Base of all models. Timestamps are aware; relationships are never loaded lazily because there are none."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[object, object]] = {
        datetime: DateTime(timezone=True),
        Json: JSONB,
        list[Json]: JSONB,
    }


class TenantBound:
    """A row of one tenant; row-level security is forced on every such table."""

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), index=True)


def enum_text(kind: type[StrEnum]) -> String:
    """Column type of an enumeration: plain text, its values guarded by a CHECK (see ``one_of``)."""
    return String(max(len(member.value) for member in kind))


def one_of(column: str, kind: type[StrEnum]) -> CheckConstraint:
    """CHECK that holds a column to the values of an enumeration; no native ENUM, which cannot shrink."""
    values = ", ".join(f"'{member.value}'" for member in kind)
    return CheckConstraint(f"{column} IN ({values})", name=f"{column}_known")
