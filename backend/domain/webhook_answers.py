"""What endpoints answer, in the few classes that are counted and filtered by."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class AnswerClass(StrEnum):
    """The first digit of a status, or why there was none."""

    SUCCESS = "2xx"
    REDIRECT = "3xx"
    CLIENT_ERROR = "4xx"
    SERVER_ERROR = "5xx"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    TLS = "tls"
    UNREACHABLE = "unreachable"
    INVALID = "invalid"


class StatusClass(StrEnum):
    """What a delivery was answered last."""

    SUCCESS = "2xx"
    REDIRECT = "3xx"
    CLIENT_ERROR = "4xx"
    SERVER_ERROR = "5xx"
    NONE = "none"


_BY_DIGIT: Final = {
    2: AnswerClass.SUCCESS,
    3: AnswerClass.REDIRECT,
    4: AnswerClass.CLIENT_ERROR,
    5: AnswerClass.SERVER_ERROR,
}
#: By the code of the error that stands in the log of attempts.
_BY_CODE: Final[Mapping[str, AnswerClass]] = {
    "webhook_timed_out": AnswerClass.TIMEOUT,
    "webhook_refused": AnswerClass.REFUSED,
    "webhook_tls_failed": AnswerClass.TLS,
    "webhook_unreachable": AnswerClass.UNREACHABLE,
}


def answer_class(status: int | None, code: str | None) -> AnswerClass:
    """The class of an attempt that was answered with a status, or ended with an error of this code."""
    if status is not None:
        return _BY_DIGIT.get(status // 100, AnswerClass.INVALID)
    return _BY_CODE.get(code or "", AnswerClass.INVALID)


#: What would let its reader in somewhere.
_NOT_KEPT: Final = frozenset({"set-cookie", "authorization", "proxy-authenticate", "www-authenticate"})
_MAX_HEADERS: Final = 50
_MAX_HEADER_LENGTH: Final = 1_000


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of an answer as they stand in the log: without cookies and challenges, and no more than 50."""
    kept = [(name, value) for name, value in headers.items() if name.lower() not in _NOT_KEPT]
    return {
        name[:_MAX_HEADER_LENGTH].replace("\x00", ""): value[:_MAX_HEADER_LENGTH].replace("\x00", "")
        for name, value in kept[:_MAX_HEADERS]
    }
