"""``openreg listen``: a receiver on this machine that shows webhooks, and says whether they are to be believed."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import urlsplit

import httpx
import typer
from pydantic import SecretStr
from rich.console import Console
from rich.text import Text

from backend.core.clock import utc_now
from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.webhook_checks import WebhookNotAuthentic, check_request
from backend.domain.webhooks import MAX_BODY_BYTES, read_signing_secret

console = Console(highlight=False, soft_wrap=True)
_FORWARD_SECONDS: Final = 15.0
#: What is not passed on: it belongs to the connection.
_OF_THE_HOP: Final = frozenset({"host", "connection", "content-length", "accept-encoding", "transfer-encoding"})
_WRONG_METHOD, _NO_LENGTH, _TOO_LARGE, _NOT_BELIEVED, _NOT_FORWARDED = 405, 411, 413, 401, 502


class ListenFailed(OpenRegError):
    """No receiver could be started here."""

    code: ClassVar[str] = "listen_failed"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


class ForwardAddressInvalid(OpenRegError):
    """Requests cannot be passed on to that address."""

    code: ClassVar[str] = "forward_address_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class ListenSettings:
    """``secrets``: any of them may have signed; without one nothing is verified. ``count``: stop after so many."""

    secrets: Sequence[SecretStr]
    status: int
    forward: str | None
    count: int | None
    is_json: bool


def listen(
    *,
    secret: Annotated[
        list[str] | None,
        typer.Option(
            envvar="OPENREG_WEBHOOK_SECRET",
            help="Signing secret of the webhook, whsec_…; more than one while it is replaced.",
        ),
    ] = None,
    on: Annotated[str, typer.Option(help="Address and port to listen on; port 0 is a free one.")] = "127.0.0.1:8999",
    status: Annotated[int, typer.Option(min=200, max=599, help="What is answered to what is believed.")] = 204,
    forward: Annotated[str | None, typer.Option(help="Pass requests on to this URL, answer what it answers.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many requests.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Receive webhooks on this machine and show them. Ctrl-C ends it.

    With --secret both signatures are verified, what is more than 300 seconds old or ahead is refused, and whatever is
    not believed is answered 401 and not passed on.
    """
    secrets = [SecretStr(one) for one in secret or []]
    for one in secrets:
        read_signing_secret(one)
    if forward is not None and (urlsplit(forward).scheme not in {"http", "https"} or not urlsplit(forward).hostname):
        raise ForwardAddressInvalid(
            f"{forward} is no address to pass requests on to.", fix="Write it as http://127.0.0.1:3000/hook."
        )
    settings = ListenSettings(secrets, status, forward, count, as_json)
    host, _, port = on.rpartition(":")
    try:
        server = _Server(host, int(port), settings)
    except (OSError, OverflowError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no address and port"
        raise ListenFailed(
            f"Nothing can listen on {on}: {reason}.",
            fix="Choose another one, such as --on 127.0.0.1:0 for a free port, or stop what listens there.",
        ) from error
    server.tell_ready()
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


class _Server(ThreadingHTTPServer):
    """Shows requests one after the other, however many come at once."""

    daemon_threads = True

    def __init__(self, host: str, port: int, settings: ListenSettings) -> None:
        super().__init__((host, port), _Receiver)
        self.settings = settings
        self._showing = threading.Lock()
        self._shown = 0

    @property
    def url(self) -> str:
        """Where webhooks are to be sent."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}/"

    def tell_ready(self) -> None:
        """Say where, and what is done with what comes."""
        if self.settings.is_json:
            _line({"listening": self.url, "verifies": bool(self.settings.secrets)})
            return
        console.print(Text.assemble("Listening on ", (self.url, "bold"), ". Ctrl-C ends it."))
        if not self.settings.secrets:
            console.print(Text("Signatures are not verified: give --secret with the signing secret.", style="yellow"))
        if self.settings.forward is not None:
            console.print(f"Requests are passed on to {self.settings.forward}.")

    def show(self, seen: _Seen) -> None:
        """Print one request; stop when it was the last."""
        with self._showing:
            _line(seen.document()) if self.settings.is_json else seen.print()
            self._shown += 1
            if self._shown == self.settings.count:
                threading.Thread(target=self.shutdown, daemon=True).start()


@dataclass(frozen=True, slots=True)
class _Seen:
    """A request and what became of it; ``is_verified`` is None when nobody asked."""

    at: datetime
    headers: Mapping[str, str]
    body: bytes
    status: int
    is_verified: bool | None
    reason: str | None

    @property
    def event(self) -> Any:
        """What the body says; None when it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def document(self) -> dict[str, object]:
        """For machines."""
        return {
            "received_at": self.at.isoformat(),
            "webhook_id": self.headers.get("webhook-id"),
            "delivery_id": self.headers.get("x-openreg-delivery"),
            "verified": self.is_verified,
            "reason": self.reason,
            "status": self.status,
            "event": self.event,
        }

    def print(self) -> None:
        """For people."""
        event = self.event
        kind = event.get("type") if isinstance(event, dict) else None
        words = {True: ("verified", "green"), False: ("NOT BELIEVED", "red"), None: ("not verified", "yellow")}
        console.print(
            Text.assemble(
                (f"{self.at.astimezone():%H:%M:%S}  ", "dim"),
                (str(kind or "no event of ours"), "bold"),
                f"  answered {self.status}  ",
                words[self.is_verified],
                (f"  webhook-id {self.headers.get('webhook-id', 'missing')}", "dim"),
            )
        )
        if self.reason is not None:
            console.print(Text(f"          {self.reason}", style="red"))
        shown = json.dumps(event, indent=2, ensure_ascii=False) if event is not None else repr(self.body[:200])
        console.print(Text("\n".join(f"          {line}" for line in shown.splitlines())))


class _Receiver(BaseHTTPRequestHandler):
    """Answers one request."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self) -> None:
        """A webhook, or what claims to be one."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            self._answer(_NO_LENGTH)
        elif int(length) > 2 * MAX_BODY_BYTES:
            self._answer(_TOO_LARGE)
        else:
            self._take(self.rfile.read(int(length)))

    def do_GET(self) -> None:
        """People open the address in a browser."""
        self._answer(_WRONG_METHOD, b"Webhooks are POST requests. This receiver is up.\n")

    def log_message(self, *_: object) -> None:
        """What came is shown by the server."""

    def _take(self, body: bytes) -> None:
        settings, at = self.server.settings, utc_now()
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, is_verified, reason = settings.status, None, None
        if settings.secrets:
            try:
                check_request(headers, body, settings.secrets, at)
                is_verified = True
            except WebhookNotAuthentic as error:
                status, is_verified, reason = _NOT_BELIEVED, False, f"{error.message} {error.fix or ''}".rstrip()
        if settings.forward is not None and is_verified is not False:
            status, reason = _passed_on(settings.forward, headers, body)
        self._answer(status)
        self.server.show(_Seen(at, headers, body, status, is_verified, reason))

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True


def _passed_on(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str | None]:
    kept = {name: value for name, value in headers.items() if name not in _OF_THE_HOP}
    try:
        response = httpx.post(url, content=body, headers=kept, timeout=_FORWARD_SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        return _NOT_FORWARDED, f"{url} did not answer: {error or type(error).__name__}."
    return response.status_code, None


def _line(document: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    sys.stdout.flush()
