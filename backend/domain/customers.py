"""Customers of the external API: their people and roles, what a plan gives, and what a key may read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from backend.core.errors import ErrorKind, OpenRegError

#: Calls a minute: what a plan gives where nobody says otherwise, and the most that one may give.
DEFAULT_RATE_PER_MINUTE: Final = 100
MAX_RATE_PER_MINUTE: Final = 2000
DEFAULT_OVERLAP_HOURS: Final = 24
MAX_OVERLAP_HOURS: Final = 30 * 24
#: Shares of a month's calls at which the customer is told, in percent.
QUOTA_NOTICES: Final = (80, 100)


class CustomerState(StrEnum):
    """Whether a customer can use anything."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETED = "deleted"


class CustomerRole(StrEnum):
    """What somebody may do for their company."""

    OWNER = "owner"
    ADMIN = "admin"
    DEVELOPER = "developer"
    BILLING = "billing"
    VIEWER = "viewer"


class CustomerRight(StrEnum):
    """What can be done in the self-service of a customer."""

    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    ACCOUNT_DELETE = "account:delete"
    TEAM_READ = "team:read"
    TEAM_WRITE = "team:write"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    USAGE_READ = "usage:read"
    BILLING_READ = "billing:read"
    BILLING_WRITE = "billing:write"


_SEES: Final = frozenset(
    {CustomerRight.ACCOUNT_READ, CustomerRight.TEAM_READ, CustomerRight.KEYS_READ, CustomerRight.USAGE_READ}
)
RIGHTS: Final[Mapping[CustomerRole, frozenset[CustomerRight]]] = {
    CustomerRole.OWNER: frozenset(CustomerRight),
    CustomerRole.ADMIN: frozenset(CustomerRight) - {CustomerRight.ACCOUNT_DELETE},
    CustomerRole.DEVELOPER: _SEES | {CustomerRight.KEYS_WRITE},
    CustomerRole.BILLING: _SEES | {CustomerRight.BILLING_READ, CustomerRight.BILLING_WRITE},
    CustomerRole.VIEWER: _SEES,
}


class KeyScope(StrEnum):
    """What a key may read."""

    REPORTS_READ = "reports:read"
    RULES_READ = "rules:read"
    REFERENCE_READ = "reference:read"
    SCHEDULES_READ = "schedules:read"
    SCHEMAS_READ = "schemas:read"
    CHANGES_READ = "changes:read"
    USAGE_READ = "usage:read"


class CustomerKeyState(StrEnum):
    """Whether a key opens anything by itself; whether its customer may read is another question."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class CustomerSuspended(OpenRegError):
    """The customer has been suspended by the publisher."""

    code: ClassVar[str] = "customer_suspended"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


class PlanMissing(OpenRegError):
    """The customer has no plan, so its keys open nothing."""

    code: ClassVar[str] = "plan_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


class PlanEnded(OpenRegError):
    """The plan of the customer has ended, and its keys with it."""

    code: ClassVar[str] = "plan_ended"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


class KeyScopeUnknown(OpenRegError):
    """There is no such scope."""

    code: ClassVar[str] = "key_scope_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What the plan of a customer gives, and until when; None in what narrows it means all that is published."""

    plan: str
    scopes: frozenset[str]
    regimes: frozenset[str] | None
    kinds: frozenset[str] | None
    publications: frozenset[UUID] | None
    rate_per_minute: int
    monthly_quota: int | None
    until: datetime | None
    version: str


def check_entitled(state: CustomerState, entitlement: Entitlement | None, now: datetime) -> Entitlement:
    """What a customer may use now: computed from what is stored, whenever it is asked for.

    Raises CustomerSuspended, PlanMissing, PlanEnded.
    """
    if state is not CustomerState.ACTIVE:
        raise CustomerSuspended(fix="Ask the publisher why.")
    if entitlement is None:
        raise PlanMissing(fix="Choose a plan.")
    if entitlement.until is not None and entitlement.until <= now:
        raise PlanEnded(fix="Renew the plan.")
    return entitlement


def check_scopes(scopes: Iterable[str]) -> list[str]:
    """Scopes, each once and in order. Raises KeyScopeUnknown."""
    chosen = frozenset(scopes)
    unknown = sorted(chosen - {one.value for one in KeyScope})
    if unknown:
        raise KeyScopeUnknown(f"There is no scope {unknown[0]!r}.", extra={"unknown": unknown})
    return sorted(chosen)


def month_of(moment: datetime) -> str:
    """The month that a call counts to, by UTC."""
    return f"{moment:%Y-%m}"


def next_month(moment: datetime) -> datetime:
    """When the next month begins."""
    first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
