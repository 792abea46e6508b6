"""Sign-up, sessions, accounts, teams and keys of customers."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from backend.core.clock import utc_now
from backend.core.pagination import Page
from backend.core.tokens import BEARER
from backend.domain.api_versions import CURRENT_VERSION
from backend.domain.customers import (
    DEFAULT_OVERLAP_HOURS,
    MAX_OVERLAP_HOURS,
    MAX_RATE_PER_MINUTE,
    CustomerKeyState,
    CustomerRight,
    CustomerRole,
    CustomerState,
)
from backend.persistence.models.customer import CustomerAPIKey, CustomerLink, CustomerSession, CustomerUser, Plan
from backend.services.customer_keys import CustomerKeyTerms, key_state
from backend.services.customer_sessions import CustomerPrincipal
from backend.services.customer_sign_up import SignUp
from backend.services.customer_team import AccountView, TeamView

_NAME = r"^\S(.*\S)?$"


class SignUpRequest(BaseModel):
    """Who wants an account, and for which company."""

    company: str = Field(min_length=1, max_length=200, pattern=_NAME)
    full_name: str = Field(min_length=1, max_length=200, pattern=_NAME)
    email: str = Field(max_length=320)
    password: SecretStr = Field(max_length=1024)

    def wanted(self) -> SignUp:
        """What was asked for."""
        return SignUp(self.company, self.full_name, self.email, self.password)


class MailedAnswer(BaseModel):
    """The same for every address: whatever there is to say is in a mail."""

    status: str = "mailed"


class Proof(BaseModel):
    """The token of a link, and a password."""

    token: SecretStr = Field(max_length=200)
    password: SecretStr = Field(max_length=1024)


class InvitationAnswer(Proof):
    """Who joins."""

    full_name: str = Field(min_length=1, max_length=200, pattern=_NAME)


class AddressOnly(BaseModel):
    """Whose password is forgotten."""

    email: str = Field(max_length=320)


class CustomerSignIn(BaseModel):
    """What somebody signs in with."""

    email: str = Field(max_length=320)
    password: SecretStr = Field(max_length=1024)


class CustomerAccessToken(BaseModel):
    """A token for the Authorization header; the cookie beside it renews it."""

    access_token: str
    token_type: str = BEARER
    expires_in: int = Field(description="Seconds.")


class PlanAnswer(BaseModel):
    """What a plan gives."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    name: str
    description: str
    rate_limit_per_minute: int
    monthly_quota: int | None
    max_keys: int
    max_members: int
    scopes: list[str]
    regimes: list[str] | None


class PlanList(BaseModel):
    """All plans that are offered; nobody has pages of them."""

    items: list[PlanAnswer]


class CustomerAccount(BaseModel):
    """A company, the person who asks, and what they have."""

    customer_id: UUID
    company: str
    state: CustomerState
    plan: PlanAnswer | None
    plan_until: AwareDatetime | None
    open_keys: int
    user_id: UUID
    email: str
    full_name: str
    role: CustomerRole
    rights: list[CustomerRight]

    @classmethod
    def of(cls, view: AccountView, principal: CustomerPrincipal) -> Self:
        """The account as it is shown."""
        return cls(
            customer_id=view.customer.id,
            company=view.customer.name,
            state=CustomerState(view.customer.state),
            plan=None if view.plan is None else PlanAnswer.model_validate(view.plan),
            plan_until=view.customer.plan_until,
            open_keys=view.open_keys,
            user_id=principal.user_id,
            email=principal.email,
            full_name=principal.full_name,
            role=principal.role,
            rights=sorted(principal.rights),
        )


class AccountChange(BaseModel):
    """Another name of the company."""

    company: str = Field(min_length=1, max_length=200, pattern=_NAME)


class PasswordOnly(BaseModel):
    """The proof that it is the person who asks."""

    password: SecretStr = Field(max_length=1024)


class PasswordChange(BaseModel):
    """The password as it is and as it is to be."""

    current_password: SecretStr = Field(max_length=1024)
    new_password: SecretStr = Field(max_length=1024)


class CustomerSessionAnswer(BaseModel):
    """Where somebody is signed in; never the tokens."""

    id: UUID
    is_current: bool
    user_agent: str | None
    address: str | None
    created_at: AwareDatetime
    last_used_at: AwareDatetime
    expires_at: AwareDatetime

    @classmethod
    def of(cls, session: CustomerSession, current: UUID) -> Self:
        """A stored session."""
        return cls(
            id=session.id,
            is_current=session.id == current,
            user_agent=session.user_agent,
            address=session.address,
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            expires_at=session.expires_at,
        )


class CustomerSessionList(BaseModel):
    """All open sessions of a person; nobody has pages of them."""

    items: list[CustomerSessionAnswer]


class MemberAnswer(BaseModel):
    """Somebody of the team."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    full_name: str
    role: CustomerRole
    created_at: AwareDatetime

    @classmethod
    def of(cls, user: CustomerUser) -> Self:
        """Somebody as they are shown."""
        return cls.model_validate(user)


class TeamInvitation(BaseModel):
    """Somebody who is invited."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    role: CustomerRole
    expires_at: AwareDatetime

    @classmethod
    def of(cls, link: CustomerLink) -> Self:
        """An invitation as it is shown."""
        return cls.model_validate(link)


class TeamAnswer(BaseModel):
    """The whole team; a plan bounds it."""

    members: list[MemberAnswer]
    invitations: list[TeamInvitation]

    @classmethod
    def of(cls, view: TeamView) -> Self:
        """The team as it is shown."""
        return cls(
            members=[MemberAnswer.of(one) for one in view.members],
            invitations=[TeamInvitation.of(one) for one in view.invitations],
        )


class MemberInvite(BaseModel):
    """Whom to invite, as what."""

    email: str = Field(max_length=320)
    role: CustomerRole


class RoleChange(BaseModel):
    """What somebody may do from now on."""

    role: CustomerRole


class APIKeyCreate(BaseModel):
    """What a program may read, from where, how often and until when."""

    name: str = Field(min_length=1, max_length=100, pattern=_NAME)
    is_test: bool = False
    scopes: list[str] = Field(min_length=1, max_length=20, examples=[["reports:read", "usage:read"]])
    networks: list[str] = Field(
        default_factory=list, max_length=50, examples=[["192.0.2.0/24"]], description="None: from anywhere."
    )
    rate_limit_per_minute: int | None = Field(
        default=None, ge=1, le=MAX_RATE_PER_MINUTE, description="Below the plan's; null: the plan's."
    )
    expires_at: AwareDatetime | None = None
    api_version: str = Field(
        default=CURRENT_VERSION, max_length=10, description="What its calls get unless they send OpenReg-Version."
    )

    def terms(self) -> CustomerKeyTerms:
        """What was asked for."""
        return CustomerKeyTerms(
            self.name,
            self.is_test,
            self.scopes,
            self.networks,
            self.rate_limit_per_minute,
            self.expires_at,
            self.api_version,
        )


class APIKeyRotate(BaseModel):
    """How long the former secret goes on working."""

    overlap_hours: int = Field(default=DEFAULT_OVERLAP_HOURS, ge=0, le=MAX_OVERLAP_HOURS)


class APIKeyAnswer(BaseModel):
    """A key without its secret."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    is_test: bool
    prefix: str
    last_four: str
    scopes: list[str]
    networks: list[str]
    api_version: str
    rate_limit_per_minute: int | None
    expires_at: AwareDatetime | None
    created_at: AwareDatetime
    rotated_at: AwareDatetime | None
    previous_until: AwareDatetime | None = Field(description="Until then the secret before the rotation works too.")
    last_used_at: AwareDatetime | None
    last_used_address: str | None
    revoked_at: AwareDatetime | None
    state: CustomerKeyState = CustomerKeyState.ACTIVE

    @classmethod
    def of(cls, key: CustomerAPIKey) -> Self:
        """The key as it is shown."""
        return cls.model_validate(key).model_copy(update={"state": key_state(key, utc_now())})


class APIKeyMade(APIKeyAnswer):
    """A key with its secret, which is in this answer and nowhere else."""

    secret: str = ""

    @classmethod
    def with_secret(cls, key: CustomerAPIKey, secret: SecretStr) -> Self:
        """The key as it is shown this once."""
        return cls.of(key).model_copy(update={"secret": secret.get_secret_value()})


class APIKeyList(BaseModel):
    """One page, newest first."""

    items: list[APIKeyAnswer]
    next_cursor: str | None = Field(default=None, description="Give it as `cursor` to get the next page.")

    @classmethod
    def of(cls, page: Page[CustomerAPIKey]) -> Self:
        """A page of keys."""
        return cls(items=[APIKeyAnswer.of(one) for one in page.items], next_cursor=page.next_cursor)


def offered(plans: list[Plan]) -> PlanList:
    """Plans as customers see them."""
    return PlanList(items=[PlanAnswer.model_validate(one) for one in plans])
