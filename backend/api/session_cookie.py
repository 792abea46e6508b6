"""The session cookie of staff, and who may send it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Cookie, Depends, Header, Request, Response

from backend.api.dependencies import Runtime
from backend.core.clock import utc_now
from backend.middleware.session_cookie import CSRF_HEADER, CookieWriter, check_csrf, check_page
from backend.services.sign_in_throttle import DEVICE_LIFETIME

SESSION_COOKIE = "openreg_session"
DEVICE_COOKIE = "openreg_device"
COOKIE_PATH = "/api/v1/auth"


async def from_our_pages(request: Request, runtime: Runtime) -> None:
    """Refuse what a browser sends for another site's page; programs send neither header. Raises ForeignPage."""
    check_page(request, runtime.settings.runtime.cors_origins)


async def with_csrf_header(
    _: Annotated[None, Depends(from_our_pages)], value: Annotated[str | None, Header(alias=CSRF_HEADER)] = None
) -> None:
    """Demand the header. Raises CsrfHeaderMissing, ForeignPage."""
    check_csrf(value)


SessionCookie = Annotated[str | None, Cookie(alias=SESSION_COOKIE, max_length=200)]
DeviceCookie = Annotated[str | None, Cookie(alias=DEVICE_COOKIE, max_length=2000)]


class CookieJar:
    """Writes our cookies to an answer."""

    def __init__(self, request: Request, response: Response, runtime: Runtime) -> None:
        is_secure = runtime.settings.runtime.is_production or request.url.scheme == "https"
        self._writer = CookieWriter(response, COOKIE_PATH, is_secure)

    def keep_session(self, token: str, expires_at: datetime) -> None:
        """The browser renews its session with this."""
        self._writer.write(SESSION_COOKIE, token, int((expires_at - utc_now()).total_seconds()))

    def keep_device(self, token: str) -> None:
        """The browser is known for the account."""
        self._writer.write(DEVICE_COOKIE, token, int(DEVICE_LIFETIME.total_seconds()))

    def drop_session(self) -> None:
        """The browser has no session any more."""
        self._writer.write(SESSION_COOKIE, "", 0)


Cookies = Annotated[CookieJar, Depends(CookieJar)]
