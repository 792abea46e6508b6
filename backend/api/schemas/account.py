"""A person's own account."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from backend.domain.tenants import TenantEnvironment
from backend.services.accounts import AccountView
from backend.services.principals import Principal

NewPassword = Annotated[SecretStr, Field(max_length=1024)]


class Me(BaseModel):
    """The person."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    full_name: str
    is_platform_administrator: bool


class OwnTenant(BaseModel):
    """A tenant the person belongs to."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    slug: str
    name: str


class TenantHere(OwnTenant):
    """The tenant that is worked in, as far as every page needs its settings."""

    environment: TenantEnvironment
    four_eyes: bool
    idle_minutes: int
    time_zone: str


class AccountAnswer(BaseModel):
    """Who the token speaks for, where, and what they may do there."""

    user: Me
    tenant: TenantHere
    tenants: list[OwnTenant] = Field(description="All tenants the person can switch to.")
    roles: list[str]
    permissions: list[str]
    has_second_factor: bool

    @classmethod
    def of(cls, view: AccountView, principal: Principal) -> AccountAnswer:
        """The account in the tenant of the token."""
        return cls(
            user=Me.model_validate(view.user),
            tenant=TenantHere.model_validate(view.tenant),
            tenants=[OwnTenant.model_validate(one) for one in view.tenants],
            roles=list(principal.roles),
            permissions=sorted(principal.permissions),
            has_second_factor=view.has_second_factor,
        )


class AccountChange(BaseModel):
    """What a person may change of themselves."""

    full_name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class PasswordChange(BaseModel):
    """The password as it is, and as it shall be."""

    current_password: NewPassword
    new_password: NewPassword


class TenantChoice(BaseModel):
    """The tenant to work in."""

    tenant_id: UUID


class PasswordProof(BaseModel):
    """The password once more, before something that protects the account is changed."""

    password: NewPassword


class EnrolmentAnswer(BaseModel):
    """What an authenticator app is given. Shown once."""

    secret: str = Field(description="In base32, to be typed.")
    uri: str = Field(description="otpauth://..., to be shown as a QR code.")


class CodeProof(BaseModel):
    """A code that the app shows."""

    code: SecretStr = Field(max_length=40)


class RecoveryCodes(BaseModel):
    """Codes that stand in for the app, each once. Shown once."""

    recovery_codes: list[str]
