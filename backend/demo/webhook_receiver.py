"""The partner's webhook endpoint of the demo: receives, verifies both signature forms, records.

Own process: ``python -m backend.demo.webhook_receiver FOLDER ADDRESS``. FOLDER/secret holds the signing secret once it
is known, FOLDER/received.jsonl gets one line per request. Prints ``{"port": n}`` when ready, stops when standard input
closes. The two forms are checked by two different hands: the Standard Webhooks library, and the few lines below.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from standardwebhooks import Webhook, WebhookVerificationError

from backend.core.clock import utc_now

_TOLERANCE_SECONDS: Final = 300
_MAX_BODY: Final = 1024 * 1024


def is_standard_signature(secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether the Standard Webhooks headers sign the body, judged by that project's library."""
    try:
        Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})
    except WebhookVerificationError:
        return False
    return True


def is_openreg_signature(secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether ``X-OpenReg-Signature`` is the HMAC-SHA256 of ``<timestamp>.<body>`` and the timestamp is fresh."""
    given = {name.lower(): value for name, value in headers.items()}
    timestamp = given.get("x-openreg-timestamp", "")
    if not timestamp.isdigit() or abs(utc_now().timestamp() - int(timestamp)) > _TOLERANCE_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "sha256=" + hmac.new(key, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    # While a secret is being replaced, the signatures of both stand side by side.
    return any(hmac.compare_digest(wanted, one.strip()) for one in given.get("x-openreg-signature", "").split(","))


class _Receiver(ThreadingHTTPServer):
    """The server with its folder; records are appended under a lock."""

    def __init__(self, folder: Path, address: str) -> None:
        super().__init__((address, 0), _Endpoint)
        self.folder = folder
        self.writing = threading.Lock()

    def record(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Verify and write down one request; whether both signature forms were right."""
        secret = (self.folder / "secret").read_text(encoding="ascii").strip()
        line = {
            "standard": is_standard_signature(secret, body, headers),
            "openreg": is_openreg_signature(secret, body, headers),
            "event_header": headers.get("X-OpenReg-Event"),
            "delivery": headers.get("X-OpenReg-Delivery"),
            "event": json.loads(body),
        }
        with self.writing, (self.folder / "received.jsonl").open("a", encoding="utf-8") as received:
            received.write(json.dumps(line) + "\n")
        return bool(line["standard"] and line["openreg"])


class _Endpoint(BaseHTTPRequestHandler):
    """Answers 204 to an authentic event, 401 to any other, 503 (come again) while the secret is not known yet."""

    server: _Receiver

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        if length > _MAX_BODY:
            self._answer(413)
            return
        body = self.rfile.read(length)
        try:
            is_authentic = self.server.record(body, dict(self.headers.items()))
        except OSError:
            self._answer(503)
        except ValueError:
            self._answer(400)
        else:
            self._answer(204 if is_authentic else 401)

    def log_message(self, *_: object) -> None:
        """Standard output belongs to the ready line, and nobody reads a log of the demo's partner."""

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def main(folder: Path, address: str) -> None:
    """Serve until standard input closes."""
    receiver = _Receiver(folder, address)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    sys.stdout.write(json.dumps({"port": receiver.server_address[1]}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    receiver.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
