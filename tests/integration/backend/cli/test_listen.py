"""``openreg listen`` as a developer runs it: a process of its own, real requests, its lines and its exit status."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from backend.core.ids import new_id
from backend.domain.webhooks import WebhookEventType, WebhookMessage, new_signing_secret

BODY = b'{"type":"openreg.ping","data":{}}'
SECRET = new_signing_secret()
COMMAND = [sys.executable, "-m", "backend.cli", "listen"]


def signed(at: datetime | None = None) -> dict[str, str]:
    message = WebhookMessage(new_id(), WebhookEventType.OPENREG_PING, new_id(), BODY)
    return message.headers([SECRET], at=at or datetime.now(UTC))


@contextmanager
def listening(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Its address, and the process, which prints JSON lines."""
    command = [*COMMAND, "--on", "127.0.0.1:0", "--json", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield next_line(process)["listening"], process
        finally:
            process.kill()


def next_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


def test_it_verifies_answers_shows_and_passes_on() -> None:
    with (
        listening("--status", "202") as (behind, second),
        listening("--secret", SECRET.get_secret_value(), "--forward", behind, "--count", "3") as (url, first),
    ):
        assert url.startswith("http://127.0.0.1:")
        good = signed()
        assert httpx.post(url, content=BODY, headers=good).status_code == 202
        seen = next_line(first)
        assert (seen["verified"], seen["status"], seen["event"]) == (True, 202, json.loads(BODY))
        passed = next_line(second)
        assert (passed["verified"], passed["webhook_id"]) == (None, good["webhook-id"])
        for wrong, told in (
            (signed(datetime.now(UTC) - timedelta(seconds=310)), "seconds ago"),
            ({**signed(), "webhook-signature": "v1,AAAA"}, "another secret"),
        ):
            assert httpx.post(url, content=BODY, headers=wrong).status_code == 401
            refused = next_line(first)
            assert refused["verified"] is False
            assert told in refused["reason"]
        assert first.wait(timeout=20) == 0
        assert httpx.get(behind).status_code == 405
        assert httpx.post(behind, content=b"not json").status_code == 202
        assert next_line(second)["event"] is None, "what was refused was not passed on"


def test_what_cannot_be_is_said_in_one_line_with_a_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for arguments, told in (
            (["--on", f"127.0.0.1:{taken.getsockname()[1]}"], "Choose another one"),
            (["--on", "127.0.0.1"], "Choose another one"),
            (["--on", "127.0.0.1:99999"], "Choose another one"),
            (["--secret", "word"], "whsec_"),
            (["--forward", "localhost"], "Write it as http://"),
        ):
            done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=60)
            assert done.returncode == 1
            assert told in done.stderr
            assert "Traceback" not in done.stderr
