"""Mails as they are written: every template renders, and no value gets out of its place."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from backend.core.ids import new_id
from backend.domain.mail import MailState
from backend.services.mail import MailTemplate, PublicLinks, render
from backend.services.mail_transport import KeptMails, MailMessage, MailServerUnavailable, email_of

AT = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
EVIL = "Eve\r\nBcc: everybody@example.test\r\n\r\nClick here: https://evil.example"
VALUES = {
    MailTemplate.INVITATION: {"tenant": "Acme", "inviter": "Ada", "expires": "tomorrow", "link": "https://x.test/#t"},
    MailTemplate.PASSWORD_RESET: {"email": "a@b.test", "expires": "soon", "link": "https://x.test/#t"},
    MailTemplate.NOTICE: {
        "tenant": "Acme",
        "title": "A run failed",
        "text": "The source is away.",
        "link": "https://x.test/runs/1",
        "preferences": "https://x.test/notices",
    },
    MailTemplate.NOTICE_DIGEST: {
        "tenant": "Acme",
        "count": "2",
        "titles": "One · Two",
        "link": "https://x.test/notices",
        "preferences": "https://x.test/notices",
    },
    MailTemplate.PAYMENT_FAILED: {"customer": "Acme", "until": "then", "link": "https://x.test/"},
    MailTemplate.SUBSCRIPTION_ENDED: {"customer": "Acme", "until": "then", "link": "https://x.test/"},
    MailTemplate.PASSWORD_CHANGED: {"email": "a@b.test", "at": "now", "link": "https://x.test/"},
}


def message(**changes: str) -> MailMessage:
    parts = {"recipient": "ada@example.test", "sender_name": "Acme", "subject": "Hello", "text": "A text.\n"}
    return MailMessage(id=new_id(), created_at=AT, **{**parts, **changes})


@pytest.mark.parametrize("template", VALUES)
def test_a_template_becomes_a_subject_and_a_text(template: MailTemplate) -> None:
    subject, text = render(template, VALUES[template])
    assert subject
    assert "$" not in subject + text
    assert VALUES[template]["link"] in text


@pytest.mark.parametrize("template", VALUES)
def test_no_value_writes_a_header_or_a_paragraph(template: MailTemplate) -> None:
    subject, text = render(template, dict.fromkeys(VALUES[template], EVIL))
    assert "\n" not in subject
    assert not any(line.startswith(("Bcc:", "Click here:")) for line in text.splitlines())


def test_every_mail_has_a_file_and_every_file_a_mail() -> None:
    folder = Path(__file__).parents[4] / "backend" / "services" / "mail_templates"
    files = {path.stem for path in folder.glob("*.txt")}
    assert {one.value for one in VALUES} <= files == {one.value for one in MailTemplate}


def test_a_mail_names_its_sender_and_can_be_recognised() -> None:
    one = message(sender_name="Acme, Söhne & Co")
    read = message_from_bytes(email_of(one, "openreg@example.test").as_bytes(), policy=default)
    assert read["From"].addresses[0].display_name == "Acme, Söhne & Co"
    assert (read["From"].addresses[0].addr_spec, read["To"]) == ("openreg@example.test", "ada@example.test")
    assert read["Message-ID"] == f"<{one.id}@example.test>"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read.get_content().splitlines() == ["A text."]


@pytest.mark.parametrize("place", ["sender_name", "subject"])
def test_headers_cannot_be_injected(place: str) -> None:
    read = message_from_bytes(email_of(message(**{place: EVIL}), "openreg@example.test").as_bytes(), policy=default)
    assert read["Bcc"] is None
    assert read.get_content().splitlines() == ["A text."]


def test_a_recipient_with_a_break_is_refused_by_the_library_too() -> None:
    with pytest.raises(ValueError, match="CR"):
        email_of(message(recipient="a@b.test\r\nBcc: c@d.test"), "openreg@example.test")


def test_a_token_stands_where_browsers_keep_it() -> None:
    links = PublicLinks("https://openreg.example.test/")
    assert links.invitation("t-1") == "https://openreg.example.test/accept-invitation#t-1"
    assert links.password_reset("t-2") == "https://openreg.example.test/reset-password#t-2"


async def test_without_a_server_mails_are_kept_and_written_for_the_owner_of_the_folder_only(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    assert await KeptMails("openreg@localhost", folder).hand_over(message()) is MailState.KEPT
    (written,) = folder.iterdir()
    assert written.suffix == ".eml"
    assert (folder.stat().st_mode & 0o777, written.stat().st_mode & 0o777) == (0o700, 0o600)
    assert message_from_bytes(written.read_bytes(), policy=default)["Subject"] == "Hello"
    assert await KeptMails("openreg@localhost", None).hand_over(message()) is MailState.KEPT


async def test_a_folder_that_cannot_be_written_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file in the way")
    with pytest.raises(MailServerUnavailable):
        await KeptMails("openreg@localhost", tmp_path / "outbox").hand_over(message())
