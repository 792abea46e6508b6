"""The demo's partners as real servers in processes of their own: SFTP of both kinds, and the webhook endpoint."""

import asyncio
import base64
import hashlib
import hmac
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import httpx
import psutil
import pytest
from standardwebhooks import Webhook

from backend.demo import sftp_server
from backend.demo.sftp_server import SftpServer, started_sftp_server
from backend.demo.webhook_partner import count_types, started_webhook_partner

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


@pytest.fixture(params=["OpenSSH sshd", "asyncssh"])
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each kind; the second one as on a machine without OpenSSH."""
    if request.param == "asyncssh":
        monkeypatch.setattr(sftp_server.shutil, "which", lambda *_, **__: None)
    return str(request.param)


async def _use(server: SftpServer) -> list[str]:
    key = asyncssh.import_private_key(server.private_key)
    async with (
        asyncssh.connect(
            server.host, server.port, username=server.username, client_keys=[key], known_hosts=None, config=None
        ) as connection,
        connection.start_sftp_client() as client,
    ):
        host_key = connection.get_server_host_key()
        assert host_key is not None
        assert host_key.get_fingerprint() == server.fingerprint
        async with client.open("report.tmp", "wb") as file:
            await file.write(b"content")
        await client.posix_rename("report.tmp", "report.zip")
        return [str(name) for name in await client.listdir(".") if name not in (".", "..")]


def test_a_file_can_be_put_under_another_name_first(program: str) -> None:
    with started_sftp_server() as server:
        assert server.program == program
        assert asyncio.run(_use(server)) == ["report.zip"]
        assert (server.folder / "report.zip").read_bytes() == b"content"


def test_nobody_else_gets_in(program: str) -> None:
    async def sign_in(server: SftpServer) -> None:
        stranger = asyncssh.generate_private_key("ssh-ed25519")
        await asyncssh.connect(
            server.host, server.port, username=server.username, client_keys=[stranger], known_hosts=None, config=None
        )

    with started_sftp_server() as server, pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(sign_in(server))


def test_nothing_is_left_of_a_server(program: str) -> None:
    # The test process has servers of its own, which live longer.
    before = set(psutil.Process().children(recursive=True))
    with started_sftp_server() as server:
        children = [child for child in psutil.Process().children(recursive=True) if child not in before]
        assert children
    assert not server.folder.parent.exists()
    psutil.wait_procs(children, timeout=5)
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def _signed(body: bytes) -> dict[str, str]:
    timestamp = str(int(time.time()))
    digest = hmac.new(b"k" * 32, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    standard = Webhook(SECRET).sign("msg_1", datetime.fromtimestamp(int(timestamp), UTC), body.decode())
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": timestamp,
        "webhook-signature": standard,
        "X-OpenReg-Timestamp": timestamp,
        "X-OpenReg-Signature": f"sha256={digest}",
        "X-OpenReg-Event": "run.completed",
        "X-OpenReg-Delivery": "1",
    }


def test_the_endpoint_asks_to_come_again_until_it_knows_the_secret_and_then_tells_true_from_false() -> None:
    body = b'{"id":"e1","type":"run.completed","data":{"run_id":"r1"}}'
    with started_webhook_partner() as partner, httpx.Client(trust_env=False) as sender:
        assert sender.post(partner.url, content=body, headers=_signed(body)).status_code == 503
        partner.learn_secret(SECRET)
        assert sender.post(partner.url, content=body, headers=_signed(body)).status_code == 204
        assert sender.post(partner.url, content=body, headers=_signed(body)).status_code == 204
        assert sender.post(partner.url, content=body + b" ", headers=_signed(body)).status_code == 401
        events = partner.received("r1")
        assert [event.is_authentic for event in events] == [True, True, False]
        assert count_types(events) == {"run.completed": 1}
        assert partner.received("another run") == []


def test_the_endpoint_ends_when_the_demo_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from backend.demo.webhook_partner import started_webhook_partner\n"
        "with started_webhook_partner() as partner:\n"
        "    print(partner.port, flush=True)\n"
        "    time.sleep(60)\n"
    )
    demo = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    port = int(demo.stdout.readline())
    children = psutil.Process(demo.pid).children()
    os.kill(demo.pid, signal.SIGKILL)
    demo.wait()
    demo.stdout.close()
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive
    with pytest.raises(httpx.ConnectError):
        httpx.post(f"http://127.0.0.1:{port}/", content=b"{}", trust_env=False)
