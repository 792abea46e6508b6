"""Invitations, and what somebody with a link says."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from backend.api.schemas.tenants import PersonAnswer
from backend.persistence.repositories.invitations import InvitationState
from backend.services.invitations import InvitationView


class RoleName(BaseModel):
    """A role by its name."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    key: str
    name: str


class InvitationCreate(BaseModel):
    """Who is invited, and with which roles."""

    email: str = Field(max_length=320)
    full_name: str = Field(default="", max_length=200, description="Proposed to the person; they may change it.")
    role_ids: list[UUID] = Field(min_length=1, max_length=50)


class InvitationAnswer(BaseModel):
    """An invitation; its link is in the mail and nowhere else."""

    id: UUID
    email: str
    full_name: str
    state: InvitationState
    roles: list[RoleName]
    invited_by: PersonAnswer | None
    created_at: datetime
    sent_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, view: InvitationView) -> Self:
        """The invitation as it is shown."""
        one = view.invitation
        return cls(
            id=one.id,
            email=one.email,
            full_name=one.full_name,
            state=view.state,
            roles=[RoleName.model_validate(role) for role in view.roles],
            invited_by=None if view.invited_by is None else PersonAnswer.model_validate(view.invited_by),
            created_at=one.created_at,
            sent_at=one.sent_at,
            expires_at=one.expires_at,
            accepted_at=one.accepted_at,
            revoked_at=one.revoked_at,
        )


class InvitationToken(BaseModel):
    """What stands behind the # of the link."""

    token: SecretStr = Field(max_length=200)


class InvitationRead(BaseModel):
    """What somebody with the link may know."""

    model_config = ConfigDict(from_attributes=True)

    email: str
    full_name: str
    tenant_name: str
    invited_by: str | None
    expires_at: datetime
    has_account: bool = Field(description="Then the password that is asked for is that of the account.")


class InvitationAccept(InvitationToken):
    """The answer to an invitation."""

    full_name: str = Field(default="", max_length=200, description="Needed for a new account.")
    password: SecretStr = Field(max_length=1024, description="A new one, or that of the account there is.")


class InvitationAccepted(BaseModel):
    """The account can sign in now."""

    email: str
    tenant_name: str


class PasswordForgotten(BaseModel):
    """Whose password is to be replaced."""

    email: str = Field(max_length=320)


class PasswordForgottenAnswer(BaseModel):
    """The same for every address."""

    message: str = "If there is an account with this address, a mail with a link is on its way."


class PasswordReset(BaseModel):
    """The token behind the # of the link, and the new password."""

    token: SecretStr = Field(max_length=200)
    password: SecretStr = Field(max_length=1024)
