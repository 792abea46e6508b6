"""Roles and the catalogue of permissions."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from backend.domain.permissions import Permission
from backend.domain.roles import EVERYTHING, PermissionChange, permitted
from backend.services.roles import RoleView


class PermissionAnswer(BaseModel):
    """One permission, and what it means in plain words."""

    value: str
    resource: str
    action: str
    sentence: str

    @classmethod
    def of(cls, permission: Permission) -> Self:
        """The permission as it is shown."""
        return cls(
            value=permission.value,
            resource=permission.resource,
            action=permission.action,
            sentence=permission.sentence,
        )


class PermissionList(BaseModel):
    """Every permission there is."""

    items: list[PermissionAnswer]


class RoleCreate(BaseModel):
    """A role of one's own making, or one of the templates again."""

    name: str | None = Field(default=None, min_length=1, max_length=100, pattern=r"^\S(.*\S)?$")
    description: str = Field(default="", max_length=500)
    permissions: list[str] = Field(default_factory=list, max_length=200)
    template: str | None = Field(
        default=None,
        max_length=63,
        description="Key of a template, instead of everything else.",
        examples=["auditor"],
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.name is None) == (self.template is None):
            raise ValueError("give a name and permissions, or a template")
        return self


class RoleChange(BaseModel):
    """What is to be different; what is absent stays."""

    name: str | None = Field(default=None, min_length=1, max_length=100, pattern=r"^\S(.*\S)?$")
    description: str | None = Field(default=None, max_length=500)
    permissions: list[str] | None = Field(default=None, max_length=200)


class RoleAnswer(BaseModel):
    """A role and what it permits."""

    id: UUID
    key: str
    name: str
    description: str
    permissions: list[str]
    is_everything: bool = Field(description="Permits everything, also what later versions bring; cannot be changed.")
    is_template_based: bool
    member_count: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: RoleView) -> Self:
        """The role as it is shown."""
        role = view.role
        return cls(
            id=role.id,
            key=role.key,
            name=role.name,
            description=role.description,
            permissions=sorted(permitted(role.permissions)),
            is_everything=EVERYTHING in role.permissions,
            is_template_based=role.is_template_based,
            member_count=view.member_count,
            created_at=role.created_at,
            updated_at=role.updated_at,
        )


class RoleChanged(RoleAnswer):
    """A role after a change, and the difference for the people who have it."""

    gained: list[str]
    lost: list[str]

    @classmethod
    def after(cls, view: RoleView, change: PermissionChange) -> Self:
        """The role as it is now."""
        shown = RoleAnswer.of(view).model_dump()
        return cls(**shown, gained=sorted(change.gained), lost=sorted(change.lost))
