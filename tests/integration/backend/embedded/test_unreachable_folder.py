"""A checkout below a private folder: the services of root get a place they can reach, and nothing is opened up."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from backend.embedded.account import service_account
from backend.embedded.folder import DataFolder
from backend.embedded.platform import running_platform
from backend.embedded.programs import Programs, installed_programs
from backend.embedded.reach import can_reach, list_outside_homes, reachable_programs
from backend.embedded.stopping import remove_data
from tests.services.platform_run import PlatformRun, start_platform

Start = Callable[..., PlatformRun]


@pytest.fixture
def private_dir(data_dir: Path) -> Iterator[Path]:
    """A data folder below one that only its owner may enter."""
    data_dir.parent.chmod(0o700)
    yield data_dir
    for home in list_outside_homes(data_dir):
        shutil.rmtree(home)


def test_the_platform_runs_below_a_private_folder_and_opens_nothing_up(private_dir: Path):
    run = start_platform(private_dir)
    try:
        run.wait_until_running()
        state = running_platform(private_dir)
        with psycopg.connect(state.postgres_superuser_dsn) as superuser:
            cluster = Path(superuser.execute("show data_directory").fetchone()[0])
        assert private_dir.parent.stat().st_mode & 0o777 == 0o700
        # An ordinary user's own services can enter; those of root cannot and are given another place.
        homes = list_outside_homes(private_dir)
        assert cluster.is_relative_to(homes[0] if os.geteuid() == 0 else private_dir)
        assert str(cluster.parent.parent) in run.text
    finally:
        run.end()
    (private_dir / "secrets.json").rename(private_dir / "lost")
    lost = start_platform(private_dir)
    assert lost.process.wait(30) == 1
    assert "secrets.json is missing" in lost.text
    remove_data(DataFolder(private_dir))
    assert list_outside_homes(private_dir) == []
    assert not private_dir.exists()


def test_programs_below_a_private_folder_are_copied_and_run(data_dir: Path):
    account = service_account()
    installed = installed_programs()
    private = data_dir.parent / "private" / "package"
    shutil.copytree(installed.postgresql, private / installed.postgresql.name)
    private.parent.chmod(0o700)
    hidden = Programs(private / installed.postgresql.name, installed.redis, installed.rclone)
    found = reachable_programs(hidden, account, data_dir.parent / "programs")
    if account is None:
        assert found == hidden
        return
    assert not can_reach(account, hidden.postgresql / "bin" / "postgres")
    assert all(can_reach(account, file) for file in (found.postgresql / "bin" / "postgres", found.redis, found.rclone))
    version = subprocess.run(
        [found.postgresql / "bin" / "postgres", "--version"],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        check=True,
        capture_output=True,
        text=True,
    )
    assert " 18." in version.stdout
