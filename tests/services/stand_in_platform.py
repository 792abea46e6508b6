"""The real supervisor over stand-in commands, so that its tests need nothing but itself.

Usage: ``python -m tests.services.stand_in_platform <data dir> <api port> <external port> [kind of further process]``;
a kind written ``<kind>!`` is restarted when it dies, ``migrate=<kind>`` replaces the migration.
"""

import sys
from pathlib import Path

from rich.console import Console

from backend.cli import show_error
from backend.core.errors import OpenRegError
from backend.embedded.console import PlatformConsole
from backend.embedded.folder import DataFolder
from backend.embedded.plan import PlatformPlan, ProcessSpec
from backend.embedded.supervisor import Supervisor


def stand_in(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "tests.services.stand_in_process", *arguments)


def main(data_dir: str, api_port: str, external_port: str, *kinds: str) -> int:
    migrations = [kind.removeprefix("migrate=") for kind in kinds if kind.startswith("migrate=")]
    further = [kind for kind in kinds if not kind.startswith("migrate=")]
    plan = PlatformPlan(
        migrate=stand_in(*(migrations or ["migrate"])),
        seed=stand_in("seed"),
        processes=(
            ProcessSpec("backend", stand_in("serve", api_port), port=int(api_port)),
            ProcessSpec("external_api", stand_in("serve", external_port), port=int(external_port)),
            *(
                ProcessSpec(
                    f"worker-{kind.rstrip('!')}",
                    stand_in(kind.rstrip("!")),
                    ready_words="ready.",
                    restarts=kind.endswith("!"),
                )
                for kind in further
            ),
        ),
        api_port=int(api_port),
        external_api_port=int(external_port),
    )
    try:
        Supervisor(DataFolder(Path(data_dir)), plan, PlatformConsole(Console(highlight=False, width=200))).run()
    except OpenRegError as error:
        show_error(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
