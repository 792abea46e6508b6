"""Delivery by e-mail to a real SMTP server."""

import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import pytest

from backend.services.egress import EgressGuard, EgressPolicy
from backend.services.transfer import faults
from backend.services.transfer.contract import Transfer
from backend.services.transfer.factory import create_inbox, create_transfer
from tests.factories.delivered_files import NAME, Artifact, deliver
from tests.services.destinations import SENDERS, Destination
from tests.services.mail_servers import PASSWORD, USER, Mailbox, mail_server
from tests.services.obstacles import Between, make_between
from tests.services.senders import Senders

RECIPIENTS = ["desk@partner.example", "archive@partner.example"]
EGRESS = EgressGuard(EgressPolicy.OWN_NETWORK, (ip_network("127.0.0.0/8"), ip_network("::1/128")))


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Between:
    return make_between(tmp_path_factory.mktemp("tls"))


@dataclass(frozen=True)
class Post:
    mailbox: Mailbox
    port: int
    tls: Between

    def settings(self, **changed: object) -> dict[str, object]:
        told = {
            "host": "localhost",
            "port": self.port,
            "ca_certificate": self.tls.authority,
            "username": USER,
            "sender": "openreg@bank.example",
            "recipients": RECIPIENTS,
            "subject": "Report {name}",
            "operation_timeout_seconds": 10,
        }
        return {**told, **changed}

    def transfer(self, password: str = PASSWORD, **changed: object) -> Transfer:
        return create_transfer("email", self.settings(**changed), {"password": password}, EGRESS)


@pytest.fixture
def post(tls: Between) -> Iterator[Post]:
    mailbox = Mailbox()
    with mail_server(mailbox, tls) as port:
        yield Post(mailbox, port, tls)


@pytest.mark.parametrize("size", [0, 1, 57, 1_000_001])
def test_the_file_is_attached_whole(post: Post, size: int):
    artifact = Artifact(os.urandom(size))
    receipt = deliver(post.transfer(), artifact)
    (mail,) = post.mailbox.mails
    (attachment,) = mail.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == (NAME, artifact.content)
    assert mail["Subject"] == f"Report {NAME}"
    assert mail["Message-ID"] == receipt.remote_path == "<delivery-1@bank.example>"
    assert mail["Date"].datetime is not None
    assert post.mailbox.received[0].rcpt_tos == RECIPIENTS
    text = mail.get_body()
    assert text is not None
    assert artifact.sha256 in text.get_content()
    assert receipt.certificate_fingerprint is not None
    assert "mail.test" in receipt.server


def test_a_large_file_is_fetched_by_a_link(post: Post):
    artifact = Artifact(os.urandom(1001))
    link = "https://openreg.bank.example/deliveries/{delivery_id}?file={name}"
    deliver(post.transfer(max_attachment_bytes=1000, link=link), artifact)
    (mail,) = post.mailbox.mails
    assert list(mail.iter_attachments()) == []
    assert f"https://openreg.bank.example/deliveries/delivery-1?file={NAME}" in mail.get_content()
    assert artifact.sha256 in mail.get_content()
    assert artifact.offsets == []


def test_a_large_file_without_a_link_is_refused_before_anything_is_sent(post: Post):
    with pytest.raises(faults.FileTooLarge) as refused:
        deliver(post.transfer(max_attachment_bytes=1000))
    assert not refused.value.transient
    assert post.mailbox.received == []


def test_a_repeated_mail_has_the_same_id(post: Post):
    deliver(post.transfer(), Artifact(b"x"))
    deliver(post.transfer(), Artifact(b"x"))
    assert {mail["Message-ID"] for mail in post.mailbox.mails} == {"<delivery-1@bank.example>"}


def test_an_artifact_that_differs_is_never_sent(post: Post):
    with pytest.raises(faults.ArtifactDiffers):
        deliver(post.transfer(), sha256="0" * 64)
    assert post.mailbox.received == []


@pytest.mark.parametrize(
    ("answers", "fault", "transient"),
    [
        ({RECIPIENTS[1]: "550 no such mailbox"}, faults.DestinationPermissionDenied, False),
        ({RECIPIENTS[1]: "451 try later"}, faults.DestinationRefused, True),
        ({"DATA": "552 message too large"}, faults.FileTooLarge, False),
        ({"DATA": "452 no room"}, faults.DestinationRefused, True),
    ],
)
def test_a_refused_mail_reaches_nobody(
    post: Post, answers: dict[str, str], fault: type[faults.TransferError], transient: bool
):
    post.mailbox.answers = answers
    with pytest.raises(fault) as refused:
        deliver(post.transfer(), Artifact(b"content"))
    assert refused.value.transient is transient
    assert refused.value.fix
    assert post.mailbox.received == []


def test_a_wrong_password_is_told_and_not_repeated(post: Post):
    test = post.transfer("wrong-secret").test()
    assert (test.steps[-1].name, test.steps[-1].ok) == ("sign_in", False)
    assert "wrong-secret" not in str(test)
    with pytest.raises(faults.DestinationSignInRefused):
        deliver(post.transfer("wrong-secret"))


def test_a_certificate_nobody_vouches_for_stops_before_sign_in(post: Post):
    with pytest.raises(faults.DestinationCertificateWrong) as wrong:
        deliver(post.transfer(ca_certificate=None))
    assert not wrong.value.transient
    assert post.transfer(ca_certificate=None).test().steps[-1].name == "encryption"


def test_another_certificate_than_the_confirmed_one_stops_before_sign_in(post: Post):
    shown = deliver(post.transfer()).certificate_fingerprint
    assert deliver(post.transfer(ca_certificate=None, certificate_fingerprint=shown)).certificate_fingerprint == shown
    post.mailbox.received.clear()
    other = post.transfer(certificate_fingerprint="00" * 32)
    with pytest.raises(faults.DestinationCertificateChanged) as changed:
        deliver(other)
    assert changed.value.extra["fingerprint"] == shown
    assert other.test().unconfirmed_certificate == shown
    assert post.mailbox.received == []
    with pytest.raises(faults.TransferSettingsInvalid):
        post.transfer(security="none", certificate_fingerprint="00" * 32)


def test_a_test_walks_up_to_the_recipients_and_sends_nothing(post: Post):
    test = post.transfer().test()
    assert test.ok, test
    assert [step.name for step in test.steps] == ["dns", "tcp", "encryption", "sign_in", "recipients"]
    assert post.mailbox.received == []


def test_nothing_can_be_read_by_mail(post: Post):
    with pytest.raises(faults.TransferKindUnknown):
        create_inbox("email", post.settings(), {"password": PASSWORD}, EGRESS)


@pytest.fixture(scope="module")
def senders() -> Iterator[Senders]:
    with Senders.started(SENDERS) as running:
        yield running


class TestKilledSenders:
    """A mail that breaks off is not there; only one that was sent to its last line can come twice, known by its id."""

    def test_a_mail_that_was_broken_off_is_not_there_and_its_repeat_comes_once(
        self, post: Post, senders: Senders, tmp_path: Path
    ):
        self.kill(post, senders, tmp_path, 8, 900_000)

    @pytest.mark.long
    def test_a_hundred_times(self, post: Post, senders: Senders, tmp_path: Path):
        self.kill(post, senders, tmp_path, 100, 3_000_000)

    def kill(self, post: Post, senders: Senders, folder: Path, count: int, size: int) -> None:
        draw = random.Random(12)
        killed, broken = 0, 0
        for number in range(count):
            content = os.urandom(size)
            identifier = f"<delivery-{number}@bank.example>"
            killed += self.kill_one(post, senders, folder, content, number, draw.randrange(size))
            copies = post.mailbox.identifiers.count(identifier)
            assert copies == 1 or (copies == 2 and senders.read_bytes == size)
            assert all(next(mail.iter_attachments()).get_content() == content for mail in post.mailbox.mails)
            broken += senders.read_bytes < size
            post.mailbox.received.clear()
        assert killed >= count * 3 // 4
        assert broken >= count // 8

    @staticmethod
    def kill_one(post: Post, senders: Senders, folder: Path, content: bytes, number: int, at: int) -> bool:
        """Whether the first sender was killed; one that had not read the whole file has sent no mail."""
        source = folder / "artifact"
        source.write_bytes(content)
        artifact = Artifact(content)
        destination = Destination("email", post.settings(), {"password": PASSWORD}, folder)
        file = {"name": NAME, "size_bytes": len(content), "sha256": artifact.sha256}
        was_killed = senders.kill_at(destination.order(source, **file, delivery_id=f"delivery-{number}"), at)
        assert senders.read_bytes == len(content) or post.mailbox.received == []
        deliver(post.transfer(), artifact, delivery_id=f"delivery-{number}")
        return was_killed

    def test_killed_before_it_heard_the_servers_yes_it_sends_again_what_a_receiver_knows_by_its_id(
        self, post: Post, senders: Senders, tmp_path: Path
    ):
        post.mailbox.answer_after_seconds = 60
        source = tmp_path / "artifact"
        source.write_bytes(content := os.urandom(1000))
        artifact = Artifact(content)
        destination = Destination("email", post.settings(), {"password": PASSWORD}, tmp_path)
        file = {"name": NAME, "size_bytes": len(content), "sha256": artifact.sha256, "delivery_id": "delivery-1"}
        with senders.at_work(destination.order(source, **file)) as sender:
            while not post.mailbox.received:
                time.sleep(0.01)
            os.kill(sender, signal.SIGKILL)
        post.mailbox.answer_after_seconds = 0
        deliver(post.transfer(), artifact)
        assert post.mailbox.identifiers == ["<delivery-1@bank.example>"] * 2
        first, second = (next(mail.iter_attachments()).get_content() for mail in post.mailbox.mails)
        assert first == second == content


def test_the_answer_to_a_whole_mail_is_waited_for_longer_than_any_other(post: Post):
    post.mailbox.answer_after_seconds = 7
    deliver(post.transfer(operation_timeout_seconds=5), Artifact(b"x"))
    assert len(post.mailbox.received) == 1
