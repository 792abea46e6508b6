"""Dependencies of the routes about accounts: where a call comes from, sign-in, sessions, one's own account.

Annotations are evaluated here, not kept as text, for the same reason as in ``backend.api.dependencies``.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, ClassVar

from fastapi import Depends, Request

from backend.api.dependencies import Runtime, SignedIn, auth_service, client_address, scope_of, session_service
from backend.core.errors import ErrorKind, OpenRegError
from backend.services.accounts import AccountService
from backend.services.auth import AuthService
from backend.services.scope import Caller
from backend.services.second_factors import SecondFactorService
from backend.services.sessions import SessionService


class PersonMissing(OpenRegError):
    """Only a person who signed in has an account page; a service key has none."""

    code: ClassVar[str] = "person_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


async def called_from(request: Request) -> Caller:
    """Where a call comes from, signed in or not."""
    user_agent = request.headers.get("user-agent")
    return Caller(client_address(request), user_agent, getattr(request.state, "request_id", None))


def public_limit(group: str) -> Callable[..., Awaitable[None]]:
    """A dependency that limits how often one address calls a group of public routes."""

    async def check(request: Request, runtime: Runtime) -> None:
        await runtime.limits.addresses.check(request, group)

    return check


async def account_service(request: Request, principal: SignedIn, runtime: Runtime) -> AccountService:
    """The account of the person who is signed in. Raises PersonMissing."""
    if principal.session_id is None:
        raise PersonMissing
    scope = scope_of(request, principal, runtime)
    return AccountService(scope, principal.session_id, runtime.system, runtime.throttle)


async def second_factor_service(
    account: Annotated[AccountService, Depends(account_service)], runtime: Runtime
) -> SecondFactorService:
    """The second factor of the person who is signed in."""
    return SecondFactorService(account.scope, runtime.adapters.box)


CalledFrom = Annotated[Caller, Depends(called_from)]
Auth = Annotated[AuthService, Depends(auth_service)]
Sessions = Annotated[SessionService, Depends(session_service)]
Account = Annotated[AccountService, Depends(account_service)]
SecondFactors = Annotated[SecondFactorService, Depends(second_factor_service)]
