"""Delivery by SFTP to a real sshd, and to a server that does everything wrong."""

import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncssh
import paramiko
import psutil
import pytest

from backend.services.egress import EgressGuard, EgressPolicy
from backend.services.transfer import faults
from backend.services.transfer.factory import create_sftp, create_transfer, settings_schema
from tests.factories.delivered_files import CONTENT, NAME, PART, Artifact, deliver
from tests.services.sftp_servers import PASSPHRASE, PASSWORD, Misbehaviour, OpenSsh, odd_server


class TestDelivery:
    def test_the_file_arrives_and_nothing_else(self, ssh: OpenSsh):
        receipt = deliver(ssh.transfer())
        assert ssh.names() == [NAME]
        assert (ssh.folder / NAME).read_bytes() == CONTENT
        assert receipt.sha256 == hashlib.sha256(CONTENT).hexdigest()
        assert receipt.size_bytes == len(CONTENT)
        assert receipt.remote_path == f"{ssh.folder}/{NAME}"
        assert receipt.host_key_fingerprint == ssh.fingerprint("host_ed25519")
        assert "OpenSSH" in receipt.server
        assert str(ssh.port) in receipt.server
        assert not receipt.was_already_there
        assert receipt.remote_modified_at is not None
        assert abs(datetime.now(UTC) - receipt.remote_modified_at) < timedelta(minutes=5)

    def test_an_empty_file_arrives(self, ssh: OpenSsh):
        deliver(ssh.transfer(), Artifact(b""))
        assert (ssh.folder / NAME).read_bytes() == b""

    def test_the_final_name_is_never_seen_incomplete(self, ssh: OpenSsh):
        seen: set[int] = set()
        done = threading.Event()

        def watch() -> None:
            while not done.is_set():
                with suppress(FileNotFoundError):
                    seen.add((ssh.folder / NAME).stat().st_size)

        watcher = threading.Thread(target=watch)
        watcher.start()
        deliver(ssh.transfer())
        done.set()
        watcher.join()
        assert seen <= {len(CONTENT)}

    def test_delivering_again_recognises_the_complete_file(self, ssh: OpenSsh):
        deliver(ssh.transfer())
        modified = (ssh.folder / NAME).stat().st_mtime_ns
        again = Artifact()
        receipt = deliver(ssh.transfer(), again)
        assert receipt.was_already_there
        assert again.offsets == []
        assert (ssh.folder / NAME).stat().st_mtime_ns == modified

    def test_a_complete_file_with_a_partial_one_beside_it_is_tidied_up(self, ssh: OpenSsh):
        ssh.place(NAME, CONTENT)
        ssh.place(PART, CONTENT[:100])
        assert deliver(ssh.transfer()).was_already_there
        assert ssh.names() == [NAME]

    @pytest.mark.parametrize("there", [b"another report", CONTENT[:-1], bytes(len(CONTENT)), b""])
    def test_another_file_with_the_name_is_left_alone(self, ssh: OpenSsh, there: bytes):
        ssh.place(NAME, there)
        with pytest.raises(faults.FileNameTaken) as taken:
            deliver(ssh.transfer())
        assert not taken.value.transient
        assert (ssh.folder / NAME).read_bytes() == there
        assert ssh.names() == [NAME]

    @pytest.mark.parametrize("size", [1, 300_000, 4_999_999, len(CONTENT)])
    def test_a_partial_file_that_is_a_beginning_is_continued(self, ssh: OpenSsh, size: int):
        ssh.place(PART, CONTENT[:size])
        artifact = Artifact()
        assert deliver(ssh.transfer(), artifact).resumed_at_bytes == size
        assert artifact.offsets == [0, size]
        assert (ssh.folder / NAME).read_bytes() == CONTENT
        assert ssh.names() == [NAME]

    @pytest.mark.parametrize("there", [b"x" + CONTENT[1:2_000_000], CONTENT + b"more", bytes(1000)])
    def test_a_partial_file_that_is_something_else_is_begun_again(self, ssh: OpenSsh, there: bytes):
        ssh.place(PART, there)
        assert deliver(ssh.transfer()).resumed_at_bytes == 0
        assert (ssh.folder / NAME).read_bytes() == CONTENT
        assert ssh.names() == [NAME]

    def test_partial_files_of_other_deliveries_are_not_touched(self, ssh: OpenSsh):
        ssh.place(f".{NAME}.delivery-2.part", b"theirs")
        deliver(ssh.transfer())
        assert (ssh.folder / f".{NAME}.delivery-2.part").read_bytes() == b"theirs"

    @pytest.mark.parametrize("changed", [{"sha256": "0" * 64}, {"size_bytes": len(CONTENT) + 1}, {"size_bytes": 10}])
    def test_an_artifact_that_is_not_what_was_recorded_is_not_delivered(self, ssh: OpenSsh, changed: dict[str, object]):
        with pytest.raises(faults.ArtifactDiffers):
            deliver(ssh.transfer(), **changed)
        assert ssh.names() == []

    @pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", "a\x00b", "a\nb", "x" * 201])
    def test_a_name_that_is_a_path_is_refused(self, ssh: OpenSsh, name: str):
        with pytest.raises(faults.FileNameInvalid):
            deliver(ssh.transfer(), name=name)

    def test_memory_does_not_grow_with_the_file(self, ssh: OpenSsh):
        piece = os.urandom(1_000_000)

        def pieces(offset: int) -> Iterator[bytes]:
            del offset
            for _ in range(200):
                yield piece

        digest = hashlib.sha256()
        for part in pieces(0):
            digest.update(part)
        before = psutil.Process().memory_info().rss
        peak = [before]
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.02):
                peak[0] = max(peak[0], psutil.Process().memory_info().rss)

        watcher = threading.Thread(target=watch)
        watcher.start()
        ssh.transfer().deliver(
            pieces, name="big.bin", size_bytes=200_000_000, sha256=digest.hexdigest(), delivery_id="delivery-1"
        )
        done.set()
        watcher.join()
        assert peak[0] - before < 64 * 1024 * 1024


SENDER = """
import sys
from tests.services.sftp_servers import LOOPBACK
from backend.services.transfer.factory import create_sftp
settings = dict(host="127.0.0.1", port=int(sys.argv[1]), username=sys.argv[2], folder=sys.argv[3],
    host_key_fingerprint=sys.argv[4])
transfer = create_sftp(settings, {"private_key": open(sys.argv[5]).read()}, LOOPBACK)
def pieces(offset):
    with open(sys.argv[6], "rb") as file:
        file.seek(offset)
        while piece := file.read(65536):
            yield piece
print("ready", flush=True)
transfer.deliver(pieces, name=sys.argv[7], size_bytes=int(sys.argv[8]), sha256=sys.argv[9], delivery_id="delivery-1")
print("done", flush=True)
"""


class TestKilledSenders:
    def test_a_sender_killed_at_any_byte_is_completed_by_the_next(self, ssh: OpenSsh, tmp_path: Path):
        content = os.urandom(30_000_000)
        source = tmp_path / "artifact"
        source.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        arguments = [
            *(str(ssh.port), ssh.username, str(ssh.folder), ssh.fingerprint("host_ed25519"), str(ssh.home / "user")),
            *(str(source), NAME, str(len(content)), sha256),
        ]
        draw = random.Random(11)
        kills = 0
        for _ in range(6):
            process = subprocess.Popen([sys.executable, "-c", SENDER, *arguments], stdout=subprocess.PIPE, text=True)
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            target = draw.randrange(len(content))
            while process.poll() is None and self._size(ssh) < target:
                time.sleep(0.001)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                kills += 1
            process.communicate()
            assert ssh.names() in ([PART], [NAME], [])
            if NAME in ssh.names():
                assert (ssh.folder / NAME).read_bytes() == content
        assert kills >= 3
        receipt = deliver(ssh.transfer(), Artifact(content))
        assert receipt.sha256 == sha256
        assert ssh.names() == [NAME]
        assert (ssh.folder / NAME).read_bytes() == content

    @staticmethod
    def _size(ssh: OpenSsh) -> int:
        try:
            return (ssh.folder / PART).stat().st_size
        except FileNotFoundError:
            return 0


class TestHostKeys:
    def test_the_fingerprint_fetched_is_what_openssh_prints(self, ssh: OpenSsh):
        key = ssh.transfer(host_key_fingerprint=None).fetch_host_key()
        assert (key.type, key.fingerprint) == ("ssh-ed25519", ssh.fingerprint("host_ed25519"))

    def test_a_key_that_was_never_confirmed_stops_before_sign_in(self, ssh: OpenSsh):
        with pytest.raises(faults.HostKeyUnknown) as unknown:
            deliver(ssh.transfer(host_key_fingerprint=None))
        assert unknown.value.extra["fingerprint"] == ssh.fingerprint("host_ed25519")
        assert ssh.names() == []

    def test_a_changed_key_stops_and_names_both(self, ssh: OpenSsh):
        other = ssh.fingerprint("other_host")
        with pytest.raises(faults.HostKeyChanged) as changed:
            deliver(ssh.transfer(host_key_fingerprint=other))
        assert other in changed.value.message
        assert ssh.fingerprint("host_ed25519") in changed.value.message
        assert not changed.value.transient
        assert ssh.names() == []

    def test_no_password_is_sent_to_a_server_with_a_changed_key(self, tmp_path: Path, ssh: OpenSsh):
        with odd_server(tmp_path, Misbehaviour()) as impostor:
            seen: list[str] = []
            transfer = impostor.transfer(host_key_fingerprint=ssh.fingerprint("host_ed25519"))
            original = paramiko.Transport.auth_password

            def watched(self: paramiko.Transport, username: str, password: str) -> list[str]:
                seen.append(password)
                return original(self, username, password)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(paramiko.Transport, "auth_password", watched)
                with pytest.raises(faults.HostKeyChanged):
                    deliver(transfer)
            assert seen == []

    def test_the_confirmed_key_may_be_any_of_the_servers_keys(self, ssh: OpenSsh):
        receipt = deliver(ssh.transfer(host_key_fingerprint=ssh.fingerprint("host_rsa")))
        assert receipt.host_key_fingerprint == ssh.fingerprint("host_rsa")

    def test_a_fingerprint_with_padding_is_the_same(self, ssh: OpenSsh):
        assert deliver(ssh.transfer(host_key_fingerprint=ssh.fingerprint("host_ed25519") + "="))


class TestSignIn:
    @pytest.mark.parametrize("key", ["user", "user_rsa", "user_ecdsa"])
    def test_keys_of_each_type_open(self, ssh: OpenSsh, key: str):
        assert ssh.transfer(credentials={"private_key": ssh.key(key)}).test().ok

    def test_a_protected_key_opens_with_its_passphrase(self, ssh: OpenSsh):
        credentials = {"private_key": ssh.key("user_protected"), "passphrase": PASSPHRASE}
        assert ssh.transfer(credentials=credentials).test().ok

    @pytest.mark.parametrize("passphrase", [None, "wrong"])
    def test_a_protected_key_without_its_passphrase_is_told(self, ssh: OpenSsh, passphrase: str | None):
        credentials = {"private_key": ssh.key("user_protected"), "passphrase": passphrase}
        with pytest.raises(faults.PrivateKeyInvalid) as invalid:
            deliver(ssh.transfer(credentials=credentials))
        assert "PRIVATE" not in invalid.value.message

    @pytest.mark.parametrize(
        "text", ["", "not a key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"]
    )
    def test_what_is_no_key_is_told(self, ssh: OpenSsh, text: str):
        with pytest.raises(faults.PrivateKeyInvalid):
            deliver(ssh.transfer(credentials={"private_key": text}))

    @pytest.mark.parametrize("credentials", [{"password": "x"}, "stranger"])
    def test_refused_credentials_are_told(self, ssh: OpenSsh, credentials: object):
        given = credentials if isinstance(credentials, dict) else {"private_key": ssh.key(str(credentials))}
        with pytest.raises(faults.DestinationSignInRefused) as refused:
            deliver(ssh.transfer(credentials=given))
        assert not refused.value.transient

    def test_a_password_opens_and_a_wrong_one_does_not(self, tmp_path: Path):
        with odd_server(tmp_path, Misbehaviour()) as server:
            assert server.transfer().test().ok
            test = server.transfer(credentials={"password": "wrong-secret"}).test()
        assert (test.steps[-1].name, test.steps[-1].ok) == ("sign_in", False)
        assert "wrong-secret" not in str(test)


# The odd server does not close its files when a connection ends in the middle.
leaves_files_open = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)


class TestTrouble:
    def test_a_good_destination_passes_every_step_and_keeps_nothing(self, ssh: OpenSsh):
        test = ssh.transfer().test()
        assert test.ok
        assert [step.name for step in test.steps] == ["dns", "tcp", "host_key", "sign_in", "folder", "write"]
        assert ssh.names() == []

    @pytest.mark.parametrize(
        ("change", "step", "fault"),
        [
            ({"host": "nothing.invalid"}, "dns", faults.DestinationNameUnknown),
            ({"host": "169.254.169.254"}, "dns", faults.DestinationAddressRefused),
            ({"folder": "/no/such/folder"}, "folder", faults.DestinationFolderMissing),
            ({"username": "nobody_at_all"}, "sign_in", faults.DestinationSignInRefused),
        ],
    )
    def test_each_failing_step_is_told_apart(
        self, ssh: OpenSsh, change: dict[str, object], step: str, fault: type[faults.TransferError]
    ):
        transfer = ssh.transfer(**change)
        last = transfer.test().steps[-1]
        assert (last.name, last.ok) == (step, False)
        assert last.fix
        with pytest.raises(fault):
            deliver(transfer)

    def test_a_folder_without_permission_is_told(self, ssh: OpenSsh):
        transfer = ssh.transfer(folder="/etc")
        assert transfer.test().steps[-1].name == "write"
        with pytest.raises(faults.DestinationPermissionDenied) as denied:
            deliver(transfer)
        assert not denied.value.transient

    def test_loopback_is_refused_when_it_is_not_listed(self, ssh: OpenSsh):
        settings = ssh.transfer().settings.model_dump()
        transfer = create_sftp(settings, {"password": "x"}, EgressGuard(EgressPolicy.OWN_NETWORK))
        with pytest.raises(faults.DestinationAddressRefused):
            deliver(transfer)

    def test_nothing_listening_may_be_tried_again(self, ssh: OpenSsh):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        with pytest.raises(faults.DestinationConnectionRefused) as refused:
            deliver(ssh.transfer(port=port))
        assert refused.value.transient
        assert ssh.transfer(port=port).test().steps[-1].name == "tcp"

    def test_a_server_that_says_nothing_is_given_up(self, ssh: OpenSsh):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            started = time.monotonic()
            with pytest.raises(faults.DestinationUnreachable) as gone:
                deliver(ssh.transfer(port=silent.getsockname()[1], connect_timeout_seconds=2))
            assert time.monotonic() - started < 8
        assert gone.value.transient

    def test_a_server_of_another_kind_is_told(self, ssh: OpenSsh):
        with socket.create_server(("127.0.0.1", 0)) as server:

            def greet() -> None:
                client, _ = server.accept()
                with client:
                    client.sendall(b"SSH-1.3-ancient\r\n")
                    client.recv(100)

            threading.Thread(target=greet, daemon=True).start()
            with pytest.raises(faults.DestinationProtocolWrong) as wrong:
                deliver(ssh.transfer(port=server.getsockname()[1], connect_timeout_seconds=2))
        assert not wrong.value.transient

    def test_a_server_without_sftp_is_told(self, tmp_path: Path):
        with (
            odd_server(tmp_path, Misbehaviour(has_sftp=False)) as server,
            pytest.raises(faults.DestinationProtocolWrong),
        ):
            deliver(server.transfer())

    @leaves_files_open
    def test_a_full_disk_is_told_and_may_be_tried_again(self, tmp_path: Path):
        with odd_server(tmp_path, Misbehaviour(fail_write_after_bytes=1_000_000)) as server:
            with pytest.raises(faults.DestinationFull) as full:
                deliver(server.transfer())
            assert full.value.transient
            server.misbehaviour.fail_write_after_bytes = None
            deliver(server.transfer())
        assert (tmp_path / NAME).read_bytes() == CONTENT
        assert sorted(path.name for path in tmp_path.iterdir()) == [NAME]

    @leaves_files_open
    def test_a_line_that_breaks_is_told_and_continued(self, tmp_path: Path):
        with odd_server(tmp_path, Misbehaviour(hang_up_after_bytes=2_000_000)) as server:
            with pytest.raises(faults.DestinationConnectionLost) as lost:
                deliver(server.transfer())
            assert lost.value.transient
            assert [path.name for path in tmp_path.iterdir()] == [PART]
            server.misbehaviour.hang_up_after_bytes = None
            receipt = deliver(server.transfer())
        assert 0 < receipt.resumed_at_bytes < len(CONTENT)
        assert (tmp_path / NAME).read_bytes() == CONTENT

    @leaves_files_open
    def test_a_server_that_stops_answering_is_given_up(self, tmp_path: Path):
        with odd_server(tmp_path, Misbehaviour(stop_answering_after_bytes=1_000_000)) as server:
            started = time.monotonic()
            with pytest.raises(faults.DestinationTimedOut) as timed_out:
                deliver(server.transfer())
            assert time.monotonic() - started < 20
        assert timed_out.value.transient

    def test_a_server_that_stores_something_else_is_caught(self, tmp_path: Path):
        with odd_server(tmp_path, Misbehaviour(corrupts=True)) as server, pytest.raises(faults.RemoteFileDiffers):
            deliver(server.transfer())
        assert list(tmp_path.iterdir()) == []

    def test_a_server_without_atomic_rename_is_served_by_the_plain_one(self, tmp_path: Path):
        with odd_server(tmp_path, Misbehaviour(lacks_posix_rename=True)) as server:
            deliver(server.transfer())
        assert [path.name for path in tmp_path.iterdir()] == [NAME]

    @pytest.mark.parametrize(
        ("error", "fault"),
        [
            (lambda: asyncssh.SFTPPermissionDenied("no"), faults.DestinationPermissionDenied),
            (lambda: asyncssh.SFTPFailure("policy"), faults.DestinationRefused),
        ],
    )
    def test_a_refused_rename_leaves_no_final_file(
        self, tmp_path: Path, error: Callable[[], Exception], fault: type[faults.TransferError]
    ):
        with odd_server(tmp_path, Misbehaviour(rename_error=error)) as server, pytest.raises(fault):
            deliver(server.transfer())
        assert [path.name for path in tmp_path.iterdir()] == [PART]


class TestFactory:
    SETTINGS = {"host": "sftp.arm.example", "username": "bank"}  # noqa: RUF012 - a constant of these tests
    GUARD = EgressGuard(EgressPolicy.OWN_NETWORK)

    def test_sftp_is_offered(self):
        transfer = create_transfer("sftp", self.SETTINGS, {"password": PASSWORD}, self.GUARD)
        assert PASSWORD not in repr(transfer)
        assert "host_key_fingerprint" in settings_schema("sftp")["properties"]

    def test_another_kind_is_refused_and_the_known_ones_named(self):
        with pytest.raises(faults.TransferKindUnknown) as unknown:
            create_transfer("carrier pigeon", self.SETTINGS, {"password": PASSWORD}, self.GUARD)
        assert "sftp" in (unknown.value.fix or "")

    @pytest.mark.parametrize(
        ("settings", "credentials"),
        [
            ({"host": ""}, {}),
            ({"port": 0}, {}),
            ({"host_key_fingerprint": "MD5:00"}, {}),
            ({"password": "hunter2"}, {}),
            ({}, {"password": None}),
            ({}, {"passwort": "hunter2"}),
        ],
    )
    def test_wrong_values_are_refused_without_being_repeated(
        self, settings: dict[str, object], credentials: dict[str, object]
    ):
        with pytest.raises(faults.TransferSettingsInvalid) as refused:
            create_transfer("sftp", {**self.SETTINGS, **settings}, {"password": PASSWORD, **credentials}, self.GUARD)
        assert "hunter2" not in str(refused.value.extra)
        assert PASSWORD not in str(refused.value.extra)
