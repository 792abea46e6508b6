"""Mail: states of an outgoing mail, and addresses that can be written to."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError

MAX_ADDRESS_LENGTH: Final = 254
#: One mailbox: no display name, no comment, no quoting, no control character, and a host with a name.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class MailState(StrEnum):
    """Where a mail stands; ``kept`` is the end where no mail server is configured."""

    PENDING = "pending"
    SENDING = "sending"
    RETRYING = "retrying"
    SENT = "sent"
    FAILED = "failed"
    KEPT = "kept"


class EmailAddressInvalid(OpenRegError):
    """The e-mail address does not have a form that mail can be sent to."""

    code: ClassVar[str] = "email_address_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


def email_address(text: str) -> str:
    """The address in lower case, as accounts have it. Raises EmailAddressInvalid."""
    address = text.strip()
    if len(address) > MAX_ADDRESS_LENGTH or not _ADDRESS.fullmatch(address) or ".." in address:
        raise EmailAddressInvalid(fix="Give one address such as name@example.com.")
    return address.lower()


def one_line(text: str) -> str:
    """A text without any line break: what goes into a header or a sentence."""
    return _BREAKS.sub(" ", text).strip()
