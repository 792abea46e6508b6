"""What FTP and FTPS servers refuse, and what is told of it."""

import hashlib
import socket
import threading
from collections.abc import Iterator

import pytest

from backend.services.egress import EgressGuard, EgressPolicy
from backend.services.transfer import faults
from backend.services.transfer.factory import create_transfer
from backend.services.transfer.ftp_connection import FtpSession
from tests.factories.delivered_files import CONTENT, NAME, PART, Artifact, deliver
from tests.services.destinations import Destination
from tests.services.ftp_servers import PASSWORD, FtpServers


@pytest.fixture
def ftp(running_ftp: FtpServers) -> Iterator[Destination]:
    destination = running_ftp.destination("ftp")
    yield destination
    destination.empty()


@pytest.fixture
def ftps(running_ftp: FtpServers) -> Iterator[Destination]:
    destination = running_ftp.destination("ftps")
    yield destination
    destination.empty()


@pytest.mark.parametrize("name", ["nospace.zip", "quota.zip"])
def test_a_full_server_is_told_and_tried_again(ftp: Destination, name: str):
    with pytest.raises(faults.DestinationFull) as full:
        deliver(ftp.transfer(), name=name)
    assert full.value.transient
    assert full.value.fix


def test_a_refused_rename_leaves_no_visible_file_and_is_completed_later(ftp: Destination):
    with pytest.raises(faults.DestinationRefused) as refused:
        deliver(ftp.transfer(), name="norename.zip")
    assert "Rename not done" in refused.value.message
    assert ftp.names() == [".norename.zip.delivery-1.part"]


def test_a_server_that_does_not_continue_files_begins_again(ftp: Destination):
    (ftp.place / "norest").touch()
    (ftp.place / PART).write_bytes(CONTENT[:1000])
    with pytest.raises(faults.DestinationRefused) as refused:
        deliver(ftp.transfer())
    assert refused.value.transient
    assert deliver(ftp.transfer()).resumed_at_bytes == 0
    assert (ftp.place / NAME).read_bytes() == CONTENT


def test_a_line_that_breaks_is_told_and_continued(ftp: Destination):
    (ftp.place / "cut").touch()
    with pytest.raises(faults.DestinationConnectionLost) as lost:
        deliver(ftp.transfer())
    assert lost.value.transient
    assert NAME not in ftp.names()
    receipt = deliver(ftp.transfer())
    assert 0 < receipt.resumed_at_bytes < len(CONTENT)
    assert (ftp.place / NAME).read_bytes() == CONTENT
    assert ftp.names() == [NAME]


def test_a_wrong_password_is_told_and_not_repeated(ftps: Destination):
    with pytest.raises(faults.DestinationSignInRefused) as refused:
        deliver(ftps.transfer(credentials={"password": "wrong-secret"}))
    assert not refused.value.transient
    assert "wrong-secret" not in refused.value.message


def test_a_user_who_may_only_read_is_told(ftps: Destination):
    test = ftps.transfer(username="reader").test()
    assert (test.steps[-1].name, test.steps[-1].ok) == ("write", False)
    with pytest.raises(faults.DestinationPermissionDenied):
        deliver(ftps.transfer(username="reader"))


@pytest.mark.parametrize(
    ("kind", "change", "step"),
    [
        ("ftps", {"host": "nothing.invalid"}, "dns"),
        ("ftps", {"host": "169.254.169.254"}, "dns"),
        ("ftps", {"ca_certificate": None}, "encryption"),
        ("ftps", {"security": "none", "ca_certificate": None}, "sign_in"),
        ("ftp", {"security": "explicit"}, "encryption"),
        ("ftp", {"security": "implicit"}, "encryption"),
        ("ftps", {"folder": "no/such/folder"}, "folder"),
    ],
)
def test_each_failing_step_is_told_apart(running_ftp: FtpServers, kind: str, change: dict[str, object], step: str):
    last = running_ftp.destination(kind).transfer(**change).test().steps[-1]
    assert (last.name, last.ok) == (step, False)
    assert last.fix


class TestCertificates:
    def test_the_confirmed_one_opens_whoever_signed_it(self, ftps: Destination):
        fingerprint = deliver(ftps.transfer()).certificate_fingerprint
        assert fingerprint is not None
        receipt = deliver(ftps.transfer(ca_certificate=None, certificate_fingerprint=fingerprint))
        assert receipt.certificate_fingerprint == fingerprint

    def test_another_one_stops_before_sign_in(self, ftps: Destination, monkeypatch: pytest.MonkeyPatch):
        signed_in: list[object] = []
        monkeypatch.setattr(FtpSession, "sign_in", lambda *_: signed_in.append(1))
        other = hashlib.sha256(b"another certificate").hexdigest()
        with pytest.raises(faults.DestinationCertificateChanged) as changed:
            deliver(ftps.transfer(certificate_fingerprint=other))
        assert not changed.value.transient
        assert changed.value.extra["fingerprint"] != changed.value.extra["confirmed_fingerprint"]
        assert signed_in == []
        assert ftps.names() == []

    def test_a_test_shows_what_the_server_has_to_be_compared(self, ftps: Destination):
        shown = deliver(ftps.transfer()).certificate_fingerprint
        test = ftps.transfer(certificate_fingerprint=hashlib.sha256(b"another").hexdigest()).test()
        assert (test.steps[-1].name, test.steps[-1].ok) == ("encryption", False)
        assert (test.unconfirmed_certificate, test.unconfirmed_host_key) == (shown, None)
        assert ftps.transfer(certificate_fingerprint=shown).test().unconfirmed_certificate is None

    def test_a_name_the_certificate_does_not_have_is_refused(self, ftps: Destination):
        with pytest.raises(faults.DestinationCertificateWrong):
            deliver(ftps.transfer(host="127.0.0.1"))


def test_loopback_is_refused_when_it_is_not_listed(ftp: Destination):
    transfer = create_transfer("ftp", ftp.settings, {"password": PASSWORD}, EgressGuard(EgressPolicy.OWN_NETWORK))
    with pytest.raises(faults.DestinationAddressRefused):
        deliver(transfer)


def test_a_server_that_says_nothing_is_given_up(ftp: Destination):
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(faults.DestinationTimedOut) as gone,
    ):
        deliver(ftp.transfer(port=silent.getsockname()[1], connect_timeout_seconds=2))
    assert gone.value.transient


def test_what_is_no_ftp_server_is_told(ftp: Destination):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            client, _ = server.accept()
            with client:
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n")
                client.recv(100)

        threading.Thread(target=greet, daemon=True).start()
        with pytest.raises(faults.DestinationProtocolWrong):
            deliver(ftp.transfer(port=server.getsockname()[1], connect_timeout_seconds=2))


@pytest.mark.parametrize("changed", [{"certificate_fingerprint": "00"}, {"folder": "a\nb"}, {"security": "sometimes"}])
def test_wrong_settings_are_refused(ftps: Destination, changed: dict[str, object]):
    with pytest.raises(faults.TransferSettingsInvalid):
        ftps.transfer(**changed)


def test_an_empty_artifact_and_names_with_spaces_arrive(ftps: Destination):
    deliver(ftps.transfer(), Artifact(b""), name="Bericht für März.xml")
    assert ftps.names() == ["Bericht für März.xml"]
