"""The platform's HTTP API as the demo uses it: keeps itself signed in and turns problem documents into errors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

import httpx

from backend.core.ids import new_id
from backend.demo.errors import PlatformNotReachable, PlatformRefused

Answer = dict[str, Any]
_PREFIX: Final = "/api/v1"
_TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)
_UNAUTHENTICATED: Final = 401
_FIRST_ERROR_STATUS: Final = 400


class PlatformClient:
    """A signed-in caller of one platform. Every method raises PlatformNotReachable or PlatformRefused."""

    def __init__(self, api_url: str, email: str, password: str, transport: httpx.BaseTransport | None = None) -> None:
        # The platform is on this machine: no proxy of the environment may stand between.
        base = api_url.rstrip("/") + _PREFIX
        self._http = httpx.Client(base_url=base, timeout=_TIMEOUT, trust_env=False, transport=transport)
        self._credentials = {"email": email, "password": password}
        self._url = api_url

    def __enter__(self) -> Self:
        self.sign_in()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def sign_in(self) -> None:
        """Get a fresh access token."""
        with self._reaching():
            answer = self._http.post("/auth/login", json=self._credentials)
        token = _checked(answer, "sign in")["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str) -> Answer:
        """GET a JSON document."""
        return self._call("GET", path)

    def post(
        self, path: str, body: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """POST a JSON document."""
        return self._call("POST", path, json=body if body is not None else {}, headers=headers)

    def delete(self, path: str) -> None:
        """DELETE something."""
        self._call("DELETE", path)

    def upload(self, path: str, name: str, content: bytes) -> Answer:
        """POST a file as the multipart field ``file``."""
        return self._call("POST", path, files={"file": (name, content, "application/zip")})

    def send_file(self, path: str, name: str, content: BinaryIO) -> Answer:
        """POST a file of any size as the multipart field ``file``, and wait as long as it takes to be read."""
        with self._reaching():
            answer = self._http.post(path, files={"file": (name, content)}, timeout=httpx.Timeout(60.0, read=None))
        return _checked(answer, f"POST {path}")

    def upload_in_parts(self, path: str, file: Path, about: Mapping[str, object]) -> Answer:
        """Upload a file of any size: announced with its hash, sent part by part, completed."""
        with file.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
            content.seek(0)
            wanted = {"name": file.name, "size_bytes": file.stat().st_size, "sha256": sha256, **about}
            begun = self.post(path, wanted, headers={"Idempotency-Key": str(new_id())})
            own = f"{path}/{begun['id']}"
            offset = 0
            while part := content.read(int(begun["part_bytes"])):
                self._call("PATCH", own, content=part, headers={"Upload-Offset": str(offset)})
                offset += len(part)
        return self.post(f"{own}/complete")

    def download(self, path: str, target: Path) -> None:
        """Stream a file to disk."""
        with self._reaching(), self._http.stream("GET", path) as answer:
            if answer.status_code >= _FIRST_ERROR_STATUS:
                answer.read()
                _checked(answer, f"download {path}")
            with target.open("wb") as file:
                for block in answer.iter_bytes(1024 * 1024):
                    file.write(block)

    @contextmanager
    def stream_lines(self, path: str, headers: Mapping[str, str]) -> Iterator[Iterator[str]]:
        """The lines of a long answer as they come; no end of the reading time, the server sends a sign of life."""
        with self._http.stream("GET", path, headers=dict(headers), timeout=httpx.Timeout(60.0, connect=10.0)) as answer:
            if answer.status_code >= _FIRST_ERROR_STATUS:
                answer.read()
                _checked(answer, f"follow {path}")
            yield answer.iter_lines()

    def _call(self, method: str, path: str, **arguments: Any) -> Answer:
        with self._reaching():
            answer = self._http.request(method, path, **arguments)
            if answer.status_code == _UNAUTHENTICATED:
                self.sign_in()
                answer = self._http.request(method, path, **arguments)
        return _checked(answer, f"{method} {path}")

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise PlatformNotReachable(
                f"The platform at {self._url} does not answer: {error}",
                fix="Look at `openreg status` and `openreg logs backend`.",
            ) from error


def _checked(answer: httpx.Response, wish: str) -> Answer:
    if answer.status_code < _FIRST_ERROR_STATUS:
        return dict(answer.json()) if answer.content else {}
    try:
        problem = answer.json()
    except json.JSONDecodeError:
        problem = {}
    detail = problem.get("detail") or problem.get("title") or f"status {answer.status_code}"
    first = next(iter(problem.get("errors") or []), None)
    place = f" ({first.get('pointer')}: {first.get('detail')})" if isinstance(first, dict) else ""
    raise PlatformRefused(
        f"The platform refused to {wish}: {detail}{place}",
        fix=problem.get("fix") or "Look at `openreg logs backend`.",
        extra={"status": answer.status_code},
    )
