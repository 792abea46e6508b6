"""Members of a tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.api.schemas.invitations import RoleName
from backend.domain.roles import PermissionChange
from backend.persistence.repositories.members import MemberState, state_of
from backend.persistence.repositories.tenants import Member
from backend.services.members import MemberChange


class UserAnswer(BaseModel):
    """A member and their roles."""

    id: UUID
    email: str
    full_name: str
    state: MemberState = Field(description="suspended: here; disabled: the account, in every organisation.")
    roles: list[RoleName]
    joined_at: datetime

    @classmethod
    def of(cls, member: Member) -> Self:
        """The member as they are shown."""
        return cls(
            id=member.user.id,
            email=member.user.email,
            full_name=member.user.full_name,
            state=state_of(member),
            roles=[RoleName.model_validate(role) for role in member.roles],
            joined_at=member.membership.created_at,
        )


class UserDetail(UserAnswer):
    """A member with everything the roles permit together."""

    permissions: list[str]
    is_platform_administrator: bool

    @classmethod
    def of(cls, member: Member) -> Self:
        """The member as they are shown."""
        shown = UserAnswer.of(member).model_dump()
        return cls(
            **shown,
            permissions=sorted(member.permissions),
            is_platform_administrator=member.user.is_platform_administrator,
        )


class UserChange(BaseModel):
    """What is to be different; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    full_name: str | None = Field(default=None, min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")
    is_active: bool | None = Field(default=None, description="false: suspended in this organisation.")
    is_account_active: bool | None = Field(
        default=None, description="For platform administrators; false: disabled in every organisation."
    )

    def change(self) -> MemberChange:
        """What was given."""
        return MemberChange(self.full_name, self.is_active, self.is_account_active)


class UserRoles(BaseModel):
    """Exactly the roles that a member is to have."""

    role_ids: list[UUID] = Field(max_length=50)


class UserRolesChanged(UserDetail):
    """A member after a change of roles, and the difference it makes."""

    gained: list[str]
    lost: list[str]

    @classmethod
    def after(cls, member: Member, change: PermissionChange) -> Self:
        """The member as they are now."""
        shown = UserDetail.of(member).model_dump()
        return cls(**shown, gained=sorted(change.gained), lost=sorted(change.lost))


class UserSessionsEnded(BaseModel):
    """How many sessions were open."""

    ended: int
