"""Sign-in and sessions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field, SecretStr

from backend.core.tokens import BEARER
from backend.persistence.models.session import UserSession


class SignIn(BaseModel):
    """What a person signs in with."""

    email: str = Field(max_length=320)
    password: SecretStr = Field(max_length=1024)


class SecondFactorAnswer(BaseModel):
    """What a challenge is answered with."""

    challenge: SecretStr = Field(max_length=2000)
    code: SecretStr = Field(max_length=40, description="Six digits of the app, or a recovery code.")


class SignInStatus(StrEnum):
    """Whether more is needed."""

    SIGNED_IN = "signed_in"
    SECOND_FACTOR_REQUIRED = "second_factor_required"


class AccessToken(BaseModel):
    """A token for the Authorization header."""

    access_token: str
    token_type: str = BEARER
    expires_in: int = Field(description="Seconds.")


class SignInAnswer(BaseModel):
    """A token, or a challenge to be answered with a code of the second factor."""

    status: SignInStatus
    access_token: str | None = None
    token_type: str | None = None
    expires_in: int | None = Field(default=None, description="Seconds; of the token or of the challenge.")
    challenge: str | None = None


class SessionAnswer(BaseModel):
    """Where a person is signed in."""

    id: UUID
    is_current: bool
    user_agent: str | None
    address: str | None
    has_second_factor: bool
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, session: UserSession, current: UUID) -> SessionAnswer:
        """A stored session; never its tokens."""
        return cls(
            id=session.id,
            is_current=session.id == current,
            user_agent=session.user_agent,
            address=session.address,
            has_second_factor=session.has_second_factor,
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            expires_at=session.expires_at,
        )


class SessionList(BaseModel):
    """All open sessions of a person; nobody has pages of them."""

    items: list[SessionAnswer]
