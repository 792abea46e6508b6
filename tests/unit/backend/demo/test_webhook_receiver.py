"""The receiver's two checks, against signatures made by another library and by hand."""

import base64
import hashlib
import hmac
import time
from datetime import UTC, datetime

import pytest
from svix.webhooks import Webhook

from backend.demo.webhook_receiver import is_openreg_signature, is_standard_signature

KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
BODY = b'{"type":"run.completed"}'


def _openreg(body: bytes = BODY, key: bytes = KEY, age: int = 0) -> dict[str, str]:
    timestamp = str(int(time.time()) - age)
    signature = hmac.new(key, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-OpenReg-Timestamp": timestamp, "X-OpenReg-Signature": f"sha256={signature}"}


def _standard(body: bytes = BODY) -> dict[str, str]:
    at = datetime.now(UTC)
    signature = Webhook(SECRET).sign("msg_1", at, body.decode())
    return {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(int(at.timestamp())), "Webhook-Signature": signature}


def test_right_signatures_are_accepted_whatever_the_case_of_headers() -> None:
    assert is_standard_signature(SECRET, BODY, _standard())
    assert is_openreg_signature(SECRET, BODY, _openreg())
    assert is_openreg_signature(SECRET, BODY, {name.lower(): value for name, value in _openreg().items()})


def test_a_changed_body_is_refused_by_both() -> None:
    assert not is_standard_signature(SECRET, BODY + b" ", _standard())
    assert not is_openreg_signature(SECRET, BODY + b" ", _openreg())


@pytest.mark.parametrize(
    "headers", [{}, _openreg(key=b"another"), _openreg(age=301), {**_openreg(), "X-OpenReg-Timestamp": "x"}]
)
def test_missing_foreign_old_and_garbled_signatures_are_refused(headers: dict[str, str]) -> None:
    assert not is_openreg_signature(SECRET, BODY, headers)
    assert not is_standard_signature(SECRET, BODY, headers)


def test_one_of_two_signatures_is_enough_while_a_secret_is_replaced() -> None:
    old = _openreg(key=b"the former secret")
    new = _openreg()
    both = {**new, "X-OpenReg-Signature": f"{old['X-OpenReg-Signature']},{new['X-OpenReg-Signature']}"}
    assert is_openreg_signature(SECRET, BODY, both)
