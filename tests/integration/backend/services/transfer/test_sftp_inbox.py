"""Reading at a real sshd: what is there, what is not finished, and what is gone."""

import os
from datetime import UTC, datetime

import pytest

from backend.services.transfer import faults
from backend.services.transfer.factory import create_inbox, readable_kinds
from tests.services.sftp_servers import LOOPBACK, OpenSsh


def values(ssh: OpenSsh, **changed: object) -> dict[str, object]:
    return {**ssh.transfer().settings.model_dump(), **changed}


def test_files_are_listed_by_name_with_size_and_time(ssh: OpenSsh):
    ssh.place("b.xml", b"12345")
    ssh.place("a.xml", b"")
    os.utime(ssh.folder / "b.xml", (1_700_000_000, 1_700_000_000))
    with create_inbox("sftp", values(ssh), {"private_key": ssh.key("user")}, LOOPBACK) as inbox:
        first, second = inbox.list_files("")
        assert (first.name, first.size_bytes) == ("a.xml", 0)
        assert (second.name, second.size_bytes) == ("b.xml", 5)
        assert second.modified_at == datetime.fromtimestamp(1_700_000_000, UTC)
        assert [entry.name for entry in inbox.list_files("", limit=1)] == ["a.xml"]


def test_unfinished_files_links_and_folders_are_not_offered(ssh: OpenSsh):
    for name in (".hidden", "coming.part", "coming.tmp", "coming.filepart", "done.xml"):
        ssh.place(name, b"x")
    (ssh.folder / "link.xml").symlink_to("/etc/passwd")
    (ssh.home / "answers").mkdir(exist_ok=True)
    with create_inbox("sftp", values(ssh), {"private_key": ssh.key("user")}, LOOPBACK) as inbox:
        assert [entry.name for entry in inbox.list_files("")] == ["done.xml"]
        assert "answers" not in [entry.name for entry in inbox.list_files("..")]
        assert list(inbox.list_files("../answers")) == []


def test_a_file_is_read_whole_in_pieces(ssh: OpenSsh):
    content = os.urandom(20_000_001)  # more than one window of reading
    ssh.place("answer.xml", content)
    with create_inbox("sftp", values(ssh), {"private_key": ssh.key("user")}, LOOPBACK) as inbox:
        pieces = list(inbox.read("", "answer.xml"))
        assert b"".join(pieces) == content
        assert max(len(piece) for piece in pieces) <= 1_000_000
        assert b"".join(inbox.read(str(ssh.folder), "answer.xml")) == content


def test_what_is_not_there_is_told(ssh: OpenSsh):
    with create_inbox("sftp", values(ssh), {"private_key": ssh.key("user")}, LOOPBACK) as inbox:
        with pytest.raises(faults.RemoteFileMissing):
            list(inbox.read("", "gone.xml"))
        with pytest.raises(faults.DestinationFolderMissing):
            inbox.list_files("no/such/folder")
        with pytest.raises(faults.FileNameInvalid):
            inbox.read("", "../user")


def test_a_changed_host_key_stops_reading_too(ssh: OpenSsh):
    changed = values(ssh, host_key_fingerprint=ssh.fingerprint("other_host"))
    inbox = create_inbox("sftp", changed, {"private_key": ssh.key("user")}, LOOPBACK)
    with pytest.raises(faults.HostKeyChanged), inbox:
        pass


def test_kinds_that_can_be_read_are_told_apart():
    assert "sftp" in readable_kinds()
    with pytest.raises(faults.TransferKindUnknown):
        create_inbox("carrier pigeon", {}, {}, LOOPBACK)
