"""What must have happened before the processes start: migrations, and the first administrator."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence

from backend.embedded.child import start_child, stop_child
from backend.embedded.environment import ServiceAddresses, migration_environment, seed_environment
from backend.embedded.errors import CommandFailed, with_last_lines
from backend.embedded.folder import PROJECT_FOLDER, DataFolder
from backend.embedded.guardian import Guardian
from backend.embedded.output import ProcessOutput
from backend.embedded.plan import PlatformPlan
from backend.embedded.secrets import InstallationSecrets, record_people

TIMEOUT_SECONDS = 300.0
_PEOPLE = ("email", "author_email", "approver_email")


class Preparation:
    """Runs the preparing commands of a plan, one after the other."""

    def __init__(
        self, folder: DataFolder, plan: PlatformPlan, outputs: Callable[[str], ProcessOutput], guardian: Guardian
    ) -> None:
        """``outputs`` gives each command its log."""
        self._folder = folder
        self._plan = plan
        self._outputs = outputs
        self._guardian = guardian

    def migrate(self, environment: Mapping[str, str], services: ServiceAddresses, known: InstallationSecrets) -> None:
        """Bring the database to this version; on every start, because the code may be newer. Raises CommandFailed."""
        self._run("migrate", self._plan.migrate, migration_environment(environment, services, known))

    def seed(self, environment: Mapping[str, str], known: InstallationSecrets) -> InstallationSecrets:
        """Create tenant and people once, and remember their e-mail addresses. Raises CommandFailed."""
        if known.administrator_email and known.author_email and known.approver_email:
            return known
        printed = self._run("seed", self._plan.seed, seed_environment(environment, known))
        people = _created_people(printed)
        return record_people(
            self._folder,
            known,
            administrator=people["email"],
            author=people["author_email"],
            approver=people["approver_email"],
        )

    def _run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> list[str]:
        output = self._outputs(name)
        process = start_child(command, folder=PROJECT_FOLDER, environment=environment, output=subprocess.PIPE)
        self._guardian.watch(process.pid)
        if process.stdout is not None:
            output.follow(process.stdout)
        started_at = time.monotonic()
        try:
            status = process.wait(TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            # Also when Ctrl-C interrupts the waiting.
            stop_child(process, stop_signal=signal.SIGTERM, timeout_seconds=2)
        output.finish()
        lines = output.last_lines()
        if status != 0:
            how = f"failed with status {status}" if status is not None else "did not end"
            raise CommandFailed(
                with_last_lines(f"`openreg {name}` {how} after {time.monotonic() - started_at:.0f} s.", lines),
                fix="Read the lines above. The data is as it was before; start again when the reason is removed.",
            )
        return lines


def _created_people(lines: Sequence[str]) -> dict[str, str]:
    """The e-mail addresses in the JSON object that the seed prints after whatever it logs."""
    for line in reversed(lines):
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if isinstance(document, dict) and all(isinstance(document.get(name), str) for name in _PEOPLE):
            return {name: str(document[name]) for name in _PEOPLE}
    raise CommandFailed(
        with_last_lines("`openreg seed` did not say whom it created.", lines), fix="Start again; this is a defect."
    )
