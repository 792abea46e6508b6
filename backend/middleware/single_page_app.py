"""A built browser application, served by the process whose API it calls. Plain ASGI, shared by both services.

Everything that no route answers comes here: files of the build, ``/config.js`` and, for every other page, the one
document that starts the application. Unknown paths of the API stay problem documents.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Receive, Scope, Send

NONCE_PLACEHOLDER = "__CSP_NONCE__"
ASSETS = "/assets/"
CONFIG = "/config.js"
_ONE_YEAR = "public, max-age=31536000, immutable"
#: As the build writes them: the better encoding first.
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
_READS = frozenset({"GET", "HEAD"})
_POLICY = "; ".join(
    line
    for line in Path(__file__).with_name("content_security_policy.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)
_NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>OpenReg</title></head><body>
<h1>The user interface is not built</h1>
<p>The API works. To build the interface, install Node.js 20.19 or newer and run <code>make ui</code> in the folder of
OpenReg; then load this page again.</p>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class SinglePageApp:
    """Where the build lies, and what the browser is told at run time."""

    folder: Path
    api_url: str
    #: First parts of paths that belong to the API, such as ``/api``: they never answer with a page.
    api_prefixes: tuple[str, ...]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request that no route has answered. Raises HTTPException."""
        if scope["type"] != "http":
            raise HTTPException(404)
        answer = self._answer(Request(scope, receive))
        await answer(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        path = request.url.path
        if request.method not in _READS or _is_below(path, self.api_prefixes):
            raise HTTPException(404)
        if path == CONFIG:
            return self._config()
        index = self.folder / "index.html"
        if not index.is_file():
            return HTMLResponse(_NOT_BUILT, 503, security_headers("default-src 'none'") | {"Cache-Control": "no-store"})
        file = self._file(path)
        if file is not None:
            return _static(file, request.headers, is_asset=path.startswith(ASSETS))
        if path.startswith(ASSETS):
            raise HTTPException(404)
        return self._page(index)

    def _config(self) -> Response:
        # Inside a script "<" could end it; as an escape it is the same JSON.
        text = json.dumps({"apiUrl": self.api_url}).replace("<", "\\u003c")
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(f"window.__OPENREG__={text};", media_type="text/javascript", headers=headers)

    def _file(self, path: str) -> Path | None:
        file = (self.folder / path.lstrip("/")).resolve()
        is_hidden = any(part.startswith(".") for part in path.split("/"))
        is_ours = file.is_relative_to(self.folder.resolve()) and not is_hidden
        return file if is_ours and file.is_file() and file.suffix in _MEDIA_TYPES else None

    def _page(self, index: Path) -> Response:
        nonce = secrets.token_urlsafe(18)
        page = index.read_text(encoding="utf-8").replace(NONCE_PLACEHOLDER, nonce)
        policy = content_security_policy(nonce, self.api_url)
        return HTMLResponse(page, headers=security_headers(policy) | {"Cache-Control": "no-cache"})


def mount_spa(app: Starlette, spa: SinglePageApp) -> None:
    """Let the application answer what no route matches; a known path with a wrong method stays a 405."""
    app.router.default = spa


def content_security_policy(nonce: str, api_url: str = "") -> str:
    """No script and no style but ours, no other origin but the API's."""
    return _POLICY.format(nonce=nonce, api=api_url).replace(" ;", ";")


def security_headers(policy: str) -> dict[str, str]:
    """What a browser is told about every page of ours."""
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def _static(file: Path, headers: Headers, *, is_asset: bool) -> Response:
    accepted = headers.get("accept-encoding", "")
    answer_headers = {
        "Cache-Control": _ONE_YEAR if is_asset else "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    media_type = _MEDIA_TYPES[file.suffix]
    for encoding, suffix in _ENCODINGS:
        compressed = file.with_name(file.name + suffix)
        if encoding in accepted and compressed.is_file():
            return FileResponse(
                compressed, media_type=media_type, headers=answer_headers | {"Content-Encoding": encoding}
            )
    return FileResponse(file, media_type=media_type, headers=answer_headers)


def _is_below(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)
