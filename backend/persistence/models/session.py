"""What belongs to a person and not to a tenant: sessions, second factor, recovery codes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.sessions import SessionEnd
from backend.persistence.models.entity import Entity, Sealed, enum_text, one_of


class UserSession(Entity):
    """One sign-in of a person, as long as it is renewed; its refresh tokens are one family."""

    __tablename__ = "sessions"
    __table_args__ = (
        one_of("end_reason", SessionEnd),
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="end_has_reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    # The tenant that is switched to; the session belongs to the person.
    current_tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), index=True)
    family_hash: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[str] = mapped_column(String(64))
    previous_token_hash: Mapped[str | None] = mapped_column(String(64))
    user_agent: Mapped[str | None] = mapped_column(String(300))
    address: Mapped[str | None] = mapped_column(String(60))
    has_second_factor: Mapped[bool]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(enum_text(SessionEnd))


class SecondFactor(Entity):
    """The authenticator app of a person: its secret, encrypted, and the last time step whose code was taken."""

    __tablename__ = "second_factors"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(Sealed)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None] = mapped_column(BigInteger)


class RecoveryCode(Entity):
    """A code that stands in once for the authenticator app."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
