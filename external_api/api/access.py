"""Dependencies of the routes that keys open: whose key it is, what it may read, and how often.

Annotations are evaluated here, not kept as text: FastAPI could not see the scope that a provider closes over.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

import structlog
from fastapi import Depends, Header, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.call_admission import Verdict
from backend.core.clock import Clock, utc_now
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId
from backend.core.problems import problems
from backend.domain.api_versions import ApiVersion, ApiVersionUnknown, get_version
from backend.domain.customers import CustomerSuspended, KeyScope, PlanEnded, PlanMissing
from backend.middleware.rate_limit import RateLimited, note_quota, rate_limited
from backend.persistence.session import Database
from backend.services.api_keys import is_customer_key
from backend.services.customer_access import (
    APIKeyOutOfPlace,
    APIKeyRefused,
    APIKeyUnknown,
    CustomerCaller,
    CustomerKeyAccess,
)
from external_api.api.runtime import ExternalRuntime, current_runtime
from external_api.api.versions import HEADER, VersionedQuota

_bearer = HTTPBearer(auto_error=False, description="An API key, as openreg_live_… or openreg_test_…")
_api_key = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same, for clients without bearer tokens.")
Runtime = Annotated[ExternalRuntime, Depends(current_runtime)]
#: Where the middleware that counts calls finds who made one.
CALLER_STATE: Final = "customer_caller"
ADMITTED_STATE: Final = "customer_call_admitted"
_VERSION_STATE: Final = "customer_call_version"


class APIKeyMissing(OpenRegError):
    """The call has no API key."""

    code: ClassVar[str] = "api_key_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAUTHENTICATED


class ScopeMissing(OpenRegError):
    """The API key, or the plan of its customer, does not include this."""

    code: ClassVar[str] = "scope_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


class QuotaUsed(OpenRegError):
    """All calls of this month have been used."""

    code: ClassVar[str] = "quota_used"
    kind: ClassVar[ErrorKind] = ErrorKind.RATE_LIMITED


#: How any route that a key opens may refuse.
KEY_PROBLEMS: Final = (
    APIKeyMissing,
    APIKeyUnknown,
    APIKeyRefused,
    APIKeyOutOfPlace,
    CustomerSuspended,
    PlanMissing,
    PlanEnded,
    RateLimited,
    QuotaUsed,
    ApiVersionUnknown,
)
KEY_RESPONSES: Final = problems(*KEY_PROBLEMS, ScopeMissing)


def client_address(request: Request) -> str | None:
    """Where a call comes from: the peer, or what a proxy of ``TRUSTED_PROXIES`` says."""
    return request.client.host if request.client else None


async def key_caller(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    api_key: Annotated[str | None, Depends(_api_key)],
    asked: Annotated[
        str | None, Header(alias=HEADER, max_length=20, description="A version of the API; that of the key without it.")
    ] = None,
) -> CustomerCaller:
    """Whose key it is, the call counted. Raises what ``KEY_PROBLEMS`` lists."""
    runtime = await current_runtime(request)
    presented = credentials.credentials if credentials is not None else api_key
    if presented is None:
        raise APIKeyMissing(fix="Send the key as Authorization: Bearer, or as X-API-Key.")
    access = CustomerKeyAccess(runtime.database, runtime.system, runtime.known_keys, utc_now)
    try:
        caller = await access.authenticate(presented, client_address(request))
    except APIKeyUnknown:
        # What can be no key costs nothing; what can be one had to be looked for, and that an address may do so often.
        if is_customer_key(presented):
            await runtime.public_limit.check(request, "unknown-keys")
        raise
    setattr(request.state, CALLER_STATE, caller)
    structlog.contextvars.bind_contextvars(
        tenant_id=str(caller.tenant), customer_id=str(caller.customer_id), key_id=str(caller.key_id)
    )
    admission, quota = await runtime.limits.admit(caller)
    note_quota(request, quota)
    if admission.verdict is Verdict.TOO_FAST:
        raise rate_limited(admission.tightest.retry_after_seconds)
    if admission.verdict is Verdict.QUOTA_USED:
        raise QuotaUsed(
            fix="Wait for the next month, or choose a larger plan.",
            extra={"retry_after_seconds": quota.month_ends_in_seconds, "monthly_quota": caller.monthly_quota},
        )
    setattr(request.state, ADMITTED_STATE, True)
    version = get_version(asked or caller.api_version)
    setattr(request.state, _VERSION_STATE, version)
    note_quota(request, VersionedQuota(version, quota))
    return caller


def version_asked(request: Request) -> ApiVersion:
    """The version of a call whose caller is known."""
    version: ApiVersion = getattr(request.state, _VERSION_STATE)
    return version


KeyCaller = Annotated[CustomerCaller, Depends(key_caller)]


@dataclass(frozen=True, slots=True)
class CustomerScope:
    """What a read with a key is given: the publisher's database, for whom, and the clock."""

    database: Database
    caller: CustomerCaller
    now: Clock

    @property
    def tenant(self) -> TenantId:
        """The publisher."""
        return self.caller.tenant

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A transaction of the publisher's tenant that cannot write."""
        return self.database.reading(self.tenant)


class RequiresScope:
    """A dependency that gives the publisher's content to a key that has the scope, and to no other."""

    def __init__(self, scope: KeyScope) -> None:
        self.scope = scope

    async def __call__(self, caller: KeyCaller, runtime: Runtime) -> CustomerScope:
        """Raises ScopeMissing."""
        if self.scope.value not in caller.scopes:
            raise ScopeMissing(f"This needs the scope {self.scope.value}.", extra={"scope": self.scope.value})
        return CustomerScope(runtime.database, caller, utc_now)
