"""The stand-in for Stripe as tests start, ask and move it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

KEY, SECRET, OLD_SECRET = "sk_test_counterpart", "whsec_counterpart", "whsec_counterpart_old"
_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Counterpart:
    """Its address, and what can be done to it; see the package's docstring."""

    address: str
    client: httpx.Client

    def control(self, path: str, **wanted: Any) -> Any:
        """Do something to it; its answer."""
        answer = self.client.post(f"/_control/{path}", json=wanted)
        answer.raise_for_status()
        return answer.json()

    def state(self) -> dict[str, Any]:
        """All it knows."""
        found: dict[str, Any] = self.client.get("/_control/state").json()
        return found

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        """What has happened after the first events."""
        found: list[dict[str, Any]] = self.client.get("/_control/events", params={"after": after}).json()["events"]
        return found

    def count_events(self) -> int:
        """How much has happened."""
        return int(self.client.get("/_control/events", params={"after": 10**9}).json()["count"])

    def thing(self, name: str) -> dict[str, Any]:
        """One object as it is now."""
        found: dict[str, Any] = self.client.get(f"/_control/things/{name}").json()
        return found

    def things(self, kind: str) -> list[dict[str, Any]]:
        """Objects of a kind, oldest first."""
        return [one for one in self.state()["things"] if one["object"] == kind]


@contextmanager
def counterpart(*arguments: str) -> Iterator[Counterpart]:
    """A process of its own, until the block ends."""
    command = [sys.executable, "-m", "tests.services.stripe_counterpart", *arguments]
    with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        address = json.loads(process.stdout.readline())["address"]
        try:
            with httpx.Client(base_url=address, timeout=30) as client:
                yield Counterpart(address, client)
        finally:
            process.stdin.close()
            process.wait(10)
