"""The session cookie, and who may send it: only pages of ours.

Calls with a bearer token cannot be forged by a foreign page; the cookie's own routes demand that the browser says
they come from here (``Origin``, ``Sec-Fetch-Site``), and a header that a plain form cannot send.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from fastapi import Cookie, Depends, Header, Request, Response

from backend.api.dependencies import Runtime
from backend.config import Settings
from backend.core.clock import utc_now
from backend.core.errors import ErrorKind, OpenRegError
from backend.services.sign_in_throttle import DEVICE_LIFETIME

SESSION_COOKIE = "openreg_session"
DEVICE_COOKIE = "openreg_device"
COOKIE_PATH = "/api/v1/auth"
CSRF_HEADER = "X-OpenReg-CSRF"
_SAME_ORIGIN = frozenset({"same-origin", "none"})


class ForeignPage(OpenRegError):
    """The call comes from a page of another site."""

    code: ClassVar[str] = "foreign_page"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


class CsrfHeaderMissing(OpenRegError):
    """The call needs the header X-OpenReg-CSRF: 1."""

    code: ClassVar[str] = "csrf_header_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


async def from_our_pages(request: Request, runtime: Runtime) -> None:
    """Refuse what a browser sends for another site's page; programs send neither header. Raises ForeignPage."""
    origin = request.headers.get("origin")
    if origin is not None:
        if not _is_ours(origin, request, runtime.settings):
            raise ForeignPage(fix="Serve the page from the API's own address, or list its address in CORS_ORIGINS.")
    elif request.headers.get("sec-fetch-site", "none") not in _SAME_ORIGIN:
        raise ForeignPage


async def with_csrf_header(
    _: Annotated[None, Depends(from_our_pages)], value: Annotated[str | None, Header(alias=CSRF_HEADER)] = None
) -> None:
    """Demand the header. Raises CsrfHeaderMissing, ForeignPage."""
    if value != "1":
        raise CsrfHeaderMissing(fix=f"Send {CSRF_HEADER}: 1.")


def _is_ours(origin: str, request: Request, settings: Settings) -> bool:
    """The scheme is not compared: a proxy that is not listed may have ended TLS."""
    return origin in settings.runtime.cors_origins or urlsplit(origin).netloc == request.headers.get("host")


SessionCookie = Annotated[str | None, Cookie(alias=SESSION_COOKIE, max_length=200)]
DeviceCookie = Annotated[str | None, Cookie(alias=DEVICE_COOKIE, max_length=2000)]


class CookieJar:
    """Writes our cookies to an answer."""

    def __init__(self, request: Request, response: Response, runtime: Runtime) -> None:
        self._response = response
        self._is_secure = runtime.settings.runtime.is_production or request.url.scheme == "https"

    def keep_session(self, token: str, expires_at: datetime) -> None:
        """The browser renews its session with this."""
        self._set(SESSION_COOKIE, token, int((expires_at - utc_now()).total_seconds()))

    def keep_device(self, token: str) -> None:
        """The browser is known for the account."""
        self._set(DEVICE_COOKIE, token, int(DEVICE_LIFETIME.total_seconds()))

    def drop_session(self) -> None:
        """The browser has no session any more."""
        self._set(SESSION_COOKIE, "", 0)

    def _set(self, name: str, value: str, seconds: int) -> None:
        self._response.set_cookie(
            name, value, max_age=seconds, path=COOKIE_PATH, secure=self._is_secure, httponly=True, samesite="strict"
        )


Cookies = Annotated[CookieJar, Depends(CookieJar)]
