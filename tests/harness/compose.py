"""A compose project as its operator uses it: commands, what services say, the demonstration inside of it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOOK_EVERY_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class ComposeProject:
    """A folder with docker-compose.yml and .env, and the environment that compose is called in."""

    folder: Path
    environment: Mapping[str, str]

    def compose(self, *arguments: str, timeout_seconds: float = 300) -> str:
        """What the command printed. Raises AssertionError with everything it said when it fails."""
        done = self._run(["docker", "compose", "--ansi", "never", *arguments], timeout_seconds)
        assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
        return done.stdout

    def setting(self, name: str) -> str:
        """A value of .env."""
        lines = (self.folder / ".env").read_text(encoding="utf-8").splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith(f"{name}="))

    def demo(self, rows: int = 100_000) -> dict[str, Any]:
        """The demonstration's own account of itself."""
        command = ["docker", "compose", "exec", "-T", "backend", "openreg", "demo", "--json", "--rows", str(rows)]
        done = self._run(command, 900)
        assert done.stdout, done.stderr[-4000:]
        account: dict[str, Any] = json.loads(done.stdout)
        return account

    def sql(self, statement: str) -> str:
        """Ask the database of the installation, as its superuser."""
        psql = ["psql", "-q", "-A", "-t", "-U", "postgres", "-d", "openreg", "-c", statement]
        return self.compose("exec", "-T", "postgres", *psql).strip()

    def containers(self, service: str) -> list[str]:
        """Ids of the running containers of a service."""
        return self.compose("ps", "--quiet", service).split()

    def refusal(self, service: str, **settings: str) -> tuple[int, str]:
        """Start a service alone under other settings: its exit status and what it said."""
        changed = [part for name, value in settings.items() for part in ("-e", f"{name}={value}")]
        done = self._run(["docker", "compose", "run", "--rm", "--no-deps", "-T", *changed, service], 120)
        return done.returncode, done.stdout + done.stderr

    def _run(self, command: list[str], timeout_seconds: float) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )


def waited(find: Callable[[], str | None], within_seconds: float) -> str:
    """What is looked for, once it is there. Raises TimeoutError."""
    deadline = time.monotonic() + within_seconds
    while (found := find()) is None:
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(LOOK_EVERY_SECONDS)
    return found
