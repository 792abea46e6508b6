"""An embedded installation for the length of an operator's command, whether its platform runs or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from urllib.parse import quote

from backend.embedded.account import service_account
from backend.embedded.disk import refuse_full_disk
from backend.embedded.environment import ServiceAddresses, application_environment, migration_environment
from backend.embedded.errors import DataFolderEmpty, DataFolderInUse, PlatformNotRunning
from backend.embedded.folder import DataFolder, read_document, write_document
from backend.embedded.guardian import Guardian
from backend.embedded.output import ProcessOutput
from backend.embedded.ports import LOOPBACK
from backend.embedded.programs import installed_programs
from backend.embedded.reach import holds_data, service_home
from backend.embedded.secrets import InstallationSecrets, open_secrets, secrets_of
from backend.embedded.service_group import ServiceGroup
from backend.embedded.services.postgresql import PostgresqlServer
from backend.embedded.services.redis import RedisServer
from backend.embedded.services.s3 import S3Server
from backend.embedded.state import Stage

SERVICE_STOP_SECONDS = 10.0


@contextmanager
def operated(folder: DataFolder, *, may_create: bool = False) -> Iterator[dict[str, str]]:
    """The environment of a command that may sign in as the owner.

    The servers are those of the platform that runs on the folder; when none does they are started for the block.
    With ``may_create`` the folder may be a new one. Must be entered in the main thread. Raises EmbeddedError.
    """
    pid = folder.find_holder()
    if pid is None:
        if not may_create and not holds_data(folder.path):
            raise DataFolderEmpty(
                f"There is no installation in {folder.path}.",
                fix="Name its folder with --data-dir, or set DATABASE_URL and the other variables of .env.example.",
            )
        with _started(folder) as environment:
            yield environment
        return
    known, services = _running(folder, pid)
    yield _environment(folder, known, services)


def running_environment(folder: DataFolder) -> dict[str, str]:
    """The variables that the processes of the platform on a folder were started with. Raises PlatformNotRunning."""
    pid = folder.find_holder()
    if pid is None:
        raise PlatformNotRunning(
            f"OpenReg does not run on {folder.path}.",
            fix="Start it with `make up`, name another folder with --data-dir, or set DATABASE_URL and the other "
            "variables of .env.example for an installation elsewhere.",
        )
    known, services = _running(folder, pid)
    return application_environment(folder, known, services)


def _running(folder: DataFolder, pid: int) -> tuple[InstallationSecrets, ServiceAddresses]:
    state = folder.read_state()
    if state.get("stage") != Stage.RUNNING or state.get("pid") != pid:
        raise DataFolderInUse(f"The platform on {folder.path} is starting or stopping.", fix="Wait a moment.")
    known = open_secrets(folder, has_data=True)
    return known, _recorded_addresses(state, known)


def adopt_keys(folder: DataFolder, kept: Path) -> None:
    """Let an installation read what another one sealed: ``kept`` is the other's file of secrets."""
    theirs = _kept_secrets(kept).encryption_key.split(",")
    ours = open_secrets(folder, has_data=holds_data(folder.path))
    keys = list(dict.fromkeys([*theirs, *ours.encryption_key.split(",")]))
    write_document(folder.secrets_file, asdict(replace(ours, encryption_key=",".join(keys))))


def adopt_people(folder: DataFolder, kept: Path) -> None:
    """Remember the first passwords of the people who came with a backup."""
    theirs = _kept_secrets(kept)
    ours = open_secrets(folder, has_data=True)
    people = {
        name: value
        for name, value in asdict(theirs).items()
        if name.startswith(("administrator_", "author_", "approver_"))
    }
    write_document(folder.secrets_file, asdict(replace(ours, **people)))


def _kept_secrets(kept: Path) -> InstallationSecrets:
    fix = "Name the secrets.json of the installation that was backed up."
    return secrets_of(read_document(kept, fix=fix), kept, fix=fix)


@contextmanager
def _started(folder: DataFolder) -> Iterator[dict[str, str]]:
    account = service_account()
    refuse_full_disk(folder.path)
    folder.create(is_shared=account is not None)
    with folder.locked():
        known = open_secrets(folder, has_data=holds_data(folder.path))
        guardian = Guardian(folder.path / "watchdog.lock", known.installation_id)
        guardian.start()
        home = service_home(folder.path, known.installation_id, installed_programs(), account)
        ports = folder.read_state().get("service_ports")
        services = ServiceGroup(
            home,
            known,
            outputs=lambda name: ProcessOutput(folder.logs / f"{name}.log", hidden=known.hidden),
            account=account,
            ports=ports if isinstance(ports, dict) else {},
        )
        try:
            services.start(lambda service: guardian.watch(service.process.pid) if service.process else None)
            yield _environment(folder, known, services.addresses)
        finally:
            services.stop(SERVICE_STOP_SECONDS)
            guardian.dismiss()


def _environment(folder: DataFolder, known: InstallationSecrets, services: ServiceAddresses) -> dict[str, str]:
    return migration_environment(application_environment(folder, known, services), services, known)


def _recorded_addresses(state: dict[str, object], known: InstallationSecrets) -> ServiceAddresses:
    ports = state["service_ports"]
    by_name = ports if isinstance(ports, dict) else {}
    return ServiceAddresses(
        by_name[PostgresqlServer.name],
        f"redis://:{quote(known.redis, safe='')}@{LOOPBACK}:{by_name[RedisServer.name]}/0",
        f"{LOOPBACK}:{by_name[S3Server.name]}",
    )
