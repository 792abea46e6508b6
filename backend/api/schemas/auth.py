"""Sign-in."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field, SecretStr


class SignIn(BaseModel):
    """What a person signs in with."""

    email: str = Field(max_length=320)
    password: SecretStr = Field(max_length=1024)


class AccessToken(BaseModel):
    """A token for the Authorization header."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the name of the scheme
    expires_in: int = Field(description="Seconds.")


class Me(BaseModel):
    """Who the token speaks for."""

    user_id: UUID
    email: str
    full_name: str
    tenant: str
    permissions: list[str]
