"""Servers of every protocol, started once per test process."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.services.destinations import Destination, folder_destination, s3_destination, sftp_destination
from tests.services.ftp_servers import FtpServers, ftp_servers
from tests.services.servers import S3Address
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


@pytest.fixture(scope="session")
def running_ftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FtpServers]:
    with ftp_servers(tmp_path_factory.mktemp("ftp")) as servers:
        yield servers


@pytest.fixture
def destination(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Destination]:
    """A destination of the kind a test asks for by indirect parameter, empty."""
    made = _made(request, tmp_path)
    yield made
    made.empty()


def _made(request: pytest.FixtureRequest, tmp_path: Path) -> Destination:
    kind = str(request.param)
    if kind == "folder":
        return folder_destination(tmp_path / "folder")
    if kind == "s3":
        server: S3Address = request.getfixturevalue("s3_server")
        services: Path = request.getfixturevalue("services_folder")
        return s3_destination(server, services / "s3" / "objects", f"partner-{uuid4().hex[:12]}")
    if kind == "sftp":
        return sftp_destination(request.getfixturevalue("running_ssh"))
    servers: FtpServers = request.getfixturevalue("running_ftp")
    return servers.destination(kind)
