"""SFTP servers, started once per test process."""

from collections.abc import Iterator

import pytest

from tests.services.sftp_servers import OpenSsh, open_ssh


@pytest.fixture(scope="session")
def running_ssh() -> Iterator[OpenSsh]:
    with open_ssh() as server:
        yield server


@pytest.fixture
def ssh(running_ssh: OpenSsh) -> Iterator[OpenSsh]:
    """A real sshd with an empty folder."""
    yield running_ssh
    running_ssh.folder.chmod(0o755)
    for path in running_ssh.folder.iterdir():
        path.unlink()
