"""Signing up, in and out, proving an address, and a new password."""

from __future__ import annotations

from fastapi import APIRouter, Depends, status

from backend.core.problems import problems
from backend.domain.mail import EmailAddressInvalid
from backend.domain.passwords import PasswordTooWeak
from backend.middleware.session_cookie import CsrfHeaderMissing
from backend.services.auth import SignInRefused
from backend.services.customer_sessions import EmailNotVerified
from backend.services.customer_sign_up import AddressTaken, CustomerLinkNotValid
from backend.services.sessions import SessionEnded, SessionTokens
from backend.services.sign_in_throttle import SignInDelayed
from external_api.api.access import Runtime
from external_api.api.people import (
    PUBLIC_RESPONSES,
    CalledFrom,
    Cookies,
    InvitationAnswers,
    SessionCookie,
    SessionCookies,
    Sessions,
    SignUps,
    from_our_pages,
    with_csrf_header,
)
from external_api.api.runtime import ExternalRuntime
from external_api.api.schemas.customers import (
    AddressOnly,
    CustomerAccessToken,
    CustomerSignIn,
    InvitationAnswer,
    MailedAnswer,
    Proof,
    SignUpRequest,
)

router = APIRouter(prefix="/customers", tags=["customers: sign-in"])
FromOurPages = Depends(from_our_pages)
WithCsrfHeader = Depends(with_csrf_header)


@router.post(
    "/sign-up",
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[FromOurPages],
    responses=problems(*PUBLIC_RESPONSES, EmailAddressInvalid, PasswordTooWeak),
)
async def sign_up(body: SignUpRequest, sign_ups: SignUps, runtime: Runtime) -> MailedAnswer:
    """Ask for an account; a link to finish it is mailed. Whether the address is known is told to nobody."""
    wanted = body.wanted()
    hashed = await sign_ups.check(wanted)
    runtime.afterwards.start(sign_ups.register(wanted, hashed))
    return MailedAnswer()


@router.post(
    "/verify",
    dependencies=[FromOurPages],
    responses=problems(*PUBLIC_RESPONSES, CustomerLinkNotValid, SignInDelayed),
)
async def verify(
    body: Proof, sign_ups: SignUps, sessions: Sessions, caller: CalledFrom, cookies: Cookies, runtime: Runtime
) -> CustomerAccessToken:
    """Finish a sign-up with the link and the password, and be signed in."""
    user = await sign_ups.verify(body.token.get_secret_value(), body.password.get_secret_value())
    return _signed_in(await sessions.start(user, caller), cookies, runtime)


@router.post(
    "/sign-in",
    dependencies=[FromOurPages],
    responses=problems(*PUBLIC_RESPONSES, SignInRefused, SignInDelayed, EmailNotVerified),
)
async def sign_in(
    body: CustomerSignIn, sessions: Sessions, caller: CalledFrom, cookies: Cookies, runtime: Runtime
) -> CustomerAccessToken:
    """Exchange e-mail address and password for a session."""
    tokens = await sessions.sign_in(body.email, body.password.get_secret_value(), caller)
    return _signed_in(tokens, cookies, runtime)


@router.post(
    "/refresh",
    dependencies=[WithCsrfHeader],
    responses=problems(*PUBLIC_RESPONSES, SessionEnded, CsrfHeaderMissing),
)
async def refresh(
    sessions: Sessions, cookies: Cookies, runtime: Runtime, cookie: SessionCookie = None
) -> CustomerAccessToken:
    """A fresh access token for the session cookie, which is replaced. A cookie that was replaced before ends it."""
    return _signed_in(await sessions.renew(cookie), cookies, runtime)


@router.post(
    "/sign-out",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[WithCsrfHeader],
    responses=problems(*PUBLIC_RESPONSES, CsrfHeaderMissing),
)
async def sign_out(sessions: Sessions, cookies: Cookies, cookie: SessionCookie = None) -> None:
    """End the session of the cookie; without one there is nothing to do."""
    await sessions.sign_out(cookie)
    cookies.drop()


@router.post(
    "/forgot-password",
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[FromOurPages],
    responses=problems(*PUBLIC_RESPONSES),
)
async def forgot_password(body: AddressOnly, sign_ups: SignUps, runtime: Runtime) -> MailedAnswer:
    """A link to choose another password is mailed, if there is such an account."""
    runtime.afterwards.start(sign_ups.send_reset(body.email))
    return MailedAnswer()


@router.post(
    "/reset-password",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[FromOurPages],
    responses=problems(*PUBLIC_RESPONSES, CustomerLinkNotValid, PasswordTooWeak),
)
async def reset_password(body: Proof, sign_ups: SignUps) -> None:
    """Choose another password with the link; every session ends."""
    await sign_ups.reset(body.token.get_secret_value(), body.password.get_secret_value())


@router.post(
    "/accept-invitation",
    dependencies=[FromOurPages],
    responses=problems(*PUBLIC_RESPONSES, CustomerLinkNotValid, PasswordTooWeak, AddressTaken),
)
async def accept_invitation(
    body: InvitationAnswer,
    invitations: InvitationAnswers,
    sessions: Sessions,
    caller: CalledFrom,
    cookies: Cookies,
    runtime: Runtime,
) -> CustomerAccessToken:
    """Join a team with the link of an invitation, and be signed in."""
    user = await invitations.accept(body.token.get_secret_value(), body.full_name, body.password.get_secret_value())
    return _signed_in(await sessions.start(user, caller), cookies, runtime)


def _signed_in(tokens: SessionTokens, cookies: SessionCookies, runtime: ExternalRuntime) -> CustomerAccessToken:
    cookies.keep(tokens)
    return CustomerAccessToken(
        access_token=tokens.access_token, expires_in=int(runtime.signer.lifetime.total_seconds())
    )
