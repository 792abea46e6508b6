"""Dependencies of the self-service of customers: the publisher, who is signed in, and what they may do.

Annotations are evaluated here, not kept as text: FastAPI could not see the right that a provider closes over.
"""

from datetime import timedelta
from typing import Annotated, ClassVar, Final

import structlog
from fastapi import Cookie, Depends, Header, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from backend.core.clock import utc_now
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId
from backend.core.problems import problems
from backend.core.tokens import TokenInvalid
from backend.domain.customers import CustomerRight
from backend.middleware.rate_limit import RateLimited
from backend.middleware.session_cookie import (
    CSRF_HEADER,
    CookieWriter,
    ForeignPage,
    check_csrf,
    check_page,
)
from backend.services.billing import BillingService
from backend.services.customer_keys import CustomerKeyService
from backend.services.customer_sessions import CustomerPrincipal, CustomerSessionService, CustomerTokenAccess
from backend.services.customer_sign_up import CustomerSignUpService
from backend.services.customer_team import CustomerInvitationAnswers, CustomerTeamService
from backend.services.idempotency import IdempotencyService
from backend.services.mail import PublicLinks
from backend.services.publishers import PublisherUnknown
from backend.services.scope import Caller, TenantScope
from backend.services.sessions import SessionTokens
from backend.services.subscription_books import SubscriptionBooks
from external_api.api.access import Runtime, client_address
from external_api.api.runtime import current_runtime

COOKIE: Final = "openreg_customer_session"
COOKIE_PATH: Final = "/external_api/v1/customers"
_bearer = HTTPBearer(auto_error=False, scheme_name="CustomerSession", description="The access token of a sign-in.")


class RightMissing(OpenRegError):
    """Your role does not include this."""

    code: ClassVar[str] = "right_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


PUBLIC_RESPONSES: Final = (PublisherUnknown, RateLimited, ForeignPage)
SIGNED_IN_RESPONSES: Final = problems(TokenInvalid, RightMissing, RateLimited)


async def called_from(request: Request) -> Caller:
    """Where a call comes from, signed in or not."""
    return Caller(
        client_address(request), request.headers.get("user-agent"), getattr(request.state, "request_id", None)
    )


CalledFrom = Annotated[Caller, Depends(called_from)]


async def from_our_pages(request: Request, runtime: Runtime) -> None:
    """Refuse what a browser sends for another site's page, and what one address sends too often."""
    check_page(request, runtime.settings.runtime.cors_origins)
    await runtime.public_limit.check(request, "customers")


async def with_csrf_header(
    _: Annotated[None, Depends(from_our_pages)], value: Annotated[str | None, Header(alias=CSRF_HEADER)] = None
) -> None:
    """Demand the header. Raises CsrfHeaderMissing."""
    check_csrf(value)


async def publisher(runtime: Runtime) -> TenantId:
    """Whose portal it is."""
    return await runtime.publishers.of_portal()


Publisher = Annotated[TenantId, Depends(publisher)]


async def session_service(tenant: Publisher, runtime: Runtime) -> CustomerSessionService:
    """Sessions of the publisher's customers."""
    lifetime = timedelta(days=runtime.settings.security.refresh_token_expire_days)
    return CustomerSessionService(runtime.database, tenant, runtime.signer, runtime.throttle, lifetime, utc_now)


async def sign_up_service(tenant: Publisher, runtime: Runtime, caller: CalledFrom) -> CustomerSignUpService:
    """Sign-up with the publisher."""
    links = PublicLinks(runtime.settings.publishing.portal_url)
    return CustomerSignUpService(
        runtime.database,
        tenant,
        runtime.adapters.box,
        links,
        runtime.throttle,
        runtime.buckets,
        caller,
        utc_now,
        runtime.settings.stripe,
    )


async def invitation_answers(tenant: Publisher, runtime: Runtime) -> CustomerInvitationAnswers:
    """Answers to invitations of the publisher's customers."""
    return CustomerInvitationAnswers(runtime.database, tenant, utc_now)


Sessions = Annotated[CustomerSessionService, Depends(session_service)]
SignUps = Annotated[CustomerSignUpService, Depends(sign_up_service)]
InvitationAnswers = Annotated[CustomerInvitationAnswers, Depends(invitation_answers)]


async def signed_in(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> CustomerPrincipal:
    """Somebody of a customer. Raises TokenInvalid, RateLimited."""
    runtime = await current_runtime(request)
    if credentials is None:
        raise TokenInvalid("Sign in first.", fix="Send the access token as Authorization: Bearer.")
    principal = await CustomerTokenAccess(runtime.database, runtime.signer, utc_now).authenticate(
        credentials.credentials
    )
    structlog.contextvars.bind_contextvars(tenant_id=str(principal.tenant), customer_id=str(principal.customer_id))
    await runtime.people_limit.check(request, f"customer-user:{principal.user_id}")
    return principal


SignedIn = Annotated[CustomerPrincipal, Depends(signed_in)]


class RequiresRight:
    """A dependency that lets somebody work on their customer's account who has the right, and nobody else."""

    def __init__(self, right: CustomerRight) -> None:
        self.right = right

    async def __call__(self, principal: SignedIn, runtime: Runtime, caller: CalledFrom) -> TenantScope:
        """The publisher's tenant in their name. Raises RightMissing."""
        if self.right not in principal.rights:
            raise RightMissing(f"This needs the right {self.right.value}.", extra={"right": self.right.value})
        return principal.scope(runtime.database, caller, utc_now)


def team_service(right: CustomerRight) -> object:
    """The account of whoever has the right."""

    async def provide(
        scope: Annotated[TenantScope, Depends(RequiresRight(right))], principal: SignedIn, runtime: Runtime
    ) -> CustomerTeamService:
        links = PublicLinks(runtime.settings.publishing.portal_url)
        return CustomerTeamService(scope, principal, runtime.adapters.box, links, runtime.throttle)

    return Depends(provide)


def key_service(right: CustomerRight) -> object:
    """The keys of the customer of whoever has the right."""

    async def provide(
        scope: Annotated[TenantScope, Depends(RequiresRight(right))], principal: SignedIn
    ) -> CustomerKeyService:
        return CustomerKeyService(scope, principal.customer_id)

    return Depends(provide)


def billing_service(right: CustomerRight) -> object:
    """The payments of the customer of whoever has the right."""

    async def provide(
        scope: Annotated[TenantScope, Depends(RequiresRight(right))], principal: SignedIn, runtime: Runtime
    ) -> BillingService:
        stripe, links = runtime.settings.stripe, PublicLinks(runtime.settings.publishing.portal_url)
        books = SubscriptionBooks(
            runtime.database, scope.tenant, runtime.adapters.box, links, stripe.price_id, runtime.now
        )
        return BillingService(scope, principal, runtime.gateway, books, stripe, links)

    return Depends(provide)


SessionCookie = Annotated[str | None, Cookie(alias=COOKIE, max_length=200)]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]


def idempotency_of(runtime: Runtime, scope: TenantScope) -> IdempotencyService:
    """Answers of POSTs of the publisher's customers."""
    return IdempotencyService(scope, runtime.settings.security.secret_key, runtime.adapters.box)


def customers_own(key: str | None, principal: CustomerPrincipal) -> str | None:
    """A key of one customer is never that of another, whatever both call it."""
    return None if key is None else f"{principal.customer_id}/{key}"


class SessionCookies:
    """Writes the session cookie to an answer."""

    def __init__(self, request: Request, response: Response, runtime: Runtime) -> None:
        is_secure = runtime.settings.runtime.is_production or request.url.scheme == "https"
        self._writer = CookieWriter(response, COOKIE_PATH, is_secure)

    def keep(self, tokens: SessionTokens) -> None:
        """The browser renews its session with this."""
        seconds = int((tokens.expires_at - utc_now()).total_seconds())
        self._writer.write(COOKIE, tokens.refresh_token, seconds)

    def drop(self) -> None:
        """The browser has no session any more."""
        self._writer.write(COOKIE, "", 0)


Cookies = Annotated[SessionCookies, Depends(SessionCookies)]
