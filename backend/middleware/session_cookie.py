"""Session cookies of both services, and who may send one: only pages of ours.

Calls with a bearer token cannot be forged by a foreign page; the cookie's own routes demand that the browser says
they come from here (``Origin``, ``Sec-Fetch-Site``), and a header that a plain form cannot send.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from backend.core.errors import ErrorKind, OpenRegError

CSRF_HEADER: Final = "X-OpenReg-CSRF"
_SAME_ORIGIN: Final = frozenset({"same-origin", "none"})


class ForeignPage(OpenRegError):
    """The call comes from a page of another site."""

    code: ClassVar[str] = "foreign_page"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


class CsrfHeaderMissing(OpenRegError):
    """The call needs the header X-OpenReg-CSRF: 1."""

    code: ClassVar[str] = "csrf_header_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


def check_page(request: Request, allowed_origins: Collection[str]) -> None:
    """Refuse what a browser sends for another site's page; programs send neither header. Raises ForeignPage."""
    origin = request.headers.get("origin")
    if origin is not None:
        # The scheme is not compared: a proxy that is not listed may have ended TLS.
        if origin not in allowed_origins and urlsplit(origin).netloc != request.headers.get("host"):
            raise ForeignPage(fix="Serve the page from the API's own address, or list its address in CORS_ORIGINS.")
    elif request.headers.get("sec-fetch-site", "none") not in _SAME_ORIGIN:
        raise ForeignPage


def check_csrf(value: str | None) -> None:
    """Demand the header. Raises CsrfHeaderMissing."""
    if value != "1":
        raise CsrfHeaderMissing(fix=f"Send {CSRF_HEADER}: 1.")


@dataclass(frozen=True, slots=True)
class CookieWriter:
    """Writes cookies that scripts cannot read, for the paths that need them, to one answer."""

    response: Response
    path: str
    is_secure: bool

    def write(self, name: str, value: str, seconds: int) -> None:
        """One cookie; no seconds take it away."""
        self.response.set_cookie(
            name, value, max_age=seconds, path=self.path, secure=self.is_secure, httponly=True, samesite="strict"
        )
