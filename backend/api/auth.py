"""Signing in and out, and renewing a session by its cookie."""

from __future__ import annotations

from fastapi import Depends

from backend.api.account_services import Auth, CalledFrom, Sessions, public_limit
from backend.api.dependencies import Runtime
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.auth import AccessToken, SecondFactorAnswer, SignIn, SignInAnswer, SignInStatus
from backend.api.session_cookie import (
    CookieJar,
    Cookies,
    DeviceCookie,
    SessionCookie,
    from_our_pages,
    with_csrf_header,
)
from backend.core.problems import problems
from backend.core.tokens import BEARER
from backend.middleware.rate_limit import RateLimited
from backend.middleware.session_cookie import CsrfHeaderMissing, ForeignPage
from backend.services.auth import (
    CHALLENGE_LIFETIME,
    ChallengeExpired,
    SecondFactorWanted,
    SignedInNow,
    SignInAttempt,
    SignInRefused,
)
from backend.services.second_factors import SecondFactorRefused
from backend.services.sessions import SessionEnded
from backend.services.sign_in_throttle import SignInDelayed

router = ResourceRouter(prefix="/auth", tags=["auth"], dependencies=[Depends(public_limit("auth"))])
FromOurPages = Depends(from_our_pages)
WithCsrfHeader = Depends(with_csrf_header)


@router.post(
    "/login",
    dependencies=[FromOurPages],
    response_model_exclude_none=True,
    responses=problems(SignInRefused, SignInDelayed, RateLimited, ForeignPage),
)
async def login(
    body: SignIn, auth: Auth, caller: CalledFrom, cookies: Cookies, runtime: Runtime, device: DeviceCookie = None
) -> SignInAnswer:
    """Exchange e-mail address and password for a session, or for a challenge when there is a second factor."""
    outcome = await auth.sign_in(body.email, body.password.get_secret_value(), SignInAttempt(caller, device))
    if isinstance(outcome, SecondFactorWanted):
        return SignInAnswer(
            status=SignInStatus.SECOND_FACTOR_REQUIRED,
            challenge=outcome.challenge,
            expires_in=int(CHALLENGE_LIFETIME.total_seconds()),
        )
    return _signed_in(outcome, cookies, runtime)


@router.post(
    "/login/second-factor",
    dependencies=[FromOurPages],
    response_model_exclude_none=True,
    responses=problems(ChallengeExpired, SecondFactorRefused, SignInDelayed, RateLimited, ForeignPage),
)
async def answer_second_factor(
    body: SecondFactorAnswer,
    auth: Auth,
    caller: CalledFrom,
    cookies: Cookies,
    runtime: Runtime,
    device: DeviceCookie = None,
) -> SignInAnswer:
    """Finish a sign-in with a code of the authenticator app, or with a recovery code."""
    challenge, code = body.challenge.get_secret_value(), body.code.get_secret_value()
    return _signed_in(await auth.finish_sign_in(challenge, code, SignInAttempt(caller, device)), cookies, runtime)


@router.post(
    "/refresh",
    dependencies=[WithCsrfHeader],
    responses=problems(SessionEnded, RateLimited, ForeignPage, CsrfHeaderMissing),
)
async def refresh(
    sessions: Sessions, caller: CalledFrom, cookies: Cookies, runtime: Runtime, cookie: SessionCookie = None
) -> AccessToken:
    """A fresh access token for the session cookie, which is replaced. A cookie that was replaced before ends it."""
    tokens = await sessions.renew(cookie, caller)
    cookies.keep_session(tokens.refresh_token, tokens.expires_at)
    return AccessToken(access_token=tokens.access_token, expires_in=_lifetime(runtime))


@router.post(
    "/logout",
    status_code=204,
    dependencies=[WithCsrfHeader],
    responses=problems(RateLimited, ForeignPage, CsrfHeaderMissing),
)
async def logout(sessions: Sessions, caller: CalledFrom, cookies: Cookies, cookie: SessionCookie = None) -> None:
    """End the session of the cookie; without one there is nothing to do."""
    await sessions.sign_out(cookie, caller)
    cookies.drop_session()


@router.post(
    "/logout-all",
    status_code=204,
    dependencies=[WithCsrfHeader],
    responses=problems(SessionEnded, RateLimited, ForeignPage, CsrfHeaderMissing),
)
async def logout_all(sessions: Sessions, caller: CalledFrom, cookies: Cookies, cookie: SessionCookie = None) -> None:
    """End all sessions of the person the cookie belongs to."""
    await sessions.sign_out_everywhere(cookie, caller)
    cookies.drop_session()


def _signed_in(outcome: SignedInNow, cookies: CookieJar, runtime: Runtime) -> SignInAnswer:
    cookies.keep_session(outcome.tokens.refresh_token, outcome.tokens.expires_at)
    cookies.keep_device(outcome.device)
    return SignInAnswer(
        status=SignInStatus.SIGNED_IN,
        access_token=outcome.tokens.access_token,
        token_type=BEARER,
        expires_in=_lifetime(runtime),
    )


def _lifetime(runtime: Runtime) -> int:
    return int(runtime.signer.lifetime.total_seconds())
