"""What an FTP server's answer means (RFC 959 section 4.2, RFC 2228 section 7, RFC 4217)."""

from __future__ import annotations

import ssl
from typing import Final

from backend.services.transfer import faults
from backend.services.transfer.remote_folder import denied, full, lost, refused, timed_out

_FULL_CODES: Final = frozenset({"452", "552"})
_LOST_CODES: Final = frozenset({"421", "425", "426"})
_SIGN_IN_CODES: Final = frozenset({"331", "332", "430", "530", "532"})
_ENCRYPTION_CODES: Final = frozenset({"431", "521", "522", "533", "534", "535", "536", "537"})
_UNKNOWN_CODES: Final = frozenset({"500", "501", "502", "504", "522"})
_NAME_CODES: Final = frozenset({"550", "553"})
_FULL_TEXTS: Final = ("no space", "disk full", "quota", "insufficient storage")
_DENIED_TEXTS: Final = ("permission", "denied", "not enough privileges", "not allowed", "forbidden", "read-only")
_ENCRYPTION_TEXTS: Final = ("tls", "ssl")


def code_of(error: BaseException) -> str:
    """The three digits of an answer, empty where there was none."""
    code = str(error)[:3]
    return code if code.isdecimal() else ""


def is_unknown_command(error: BaseException) -> bool:
    """Whether the server does not know a command."""
    return code_of(error) in _UNKNOWN_CODES


def is_missing(error: BaseException) -> bool:
    """Whether a name is not there; servers say no more than that it is not available."""
    return code_of(error) == "550" and not _says(error, _DENIED_TEXTS)


def ftp_fault(error: BaseException, action: str, folder: str) -> faults.TransferError:
    """The error under its name among destinations."""
    if isinstance(error, TimeoutError):
        return timed_out(action)
    code = code_of(error)
    if code in _FULL_CODES or (code and _says(error, _FULL_TEXTS)):
        return full(folder or "the folder")
    if code in _LOST_CODES or isinstance(error, EOFError | ConnectionError | ssl.SSLError):
        return lost()
    if code in _ENCRYPTION_CODES or (code[:1] == "5" and _says(error, _ENCRYPTION_TEXTS)):
        return _encryption_differs(error)
    return _refusal(error, action, folder, code)


def _refusal(error: BaseException, action: str, folder: str, code: str) -> faults.TransferError:
    if code in _SIGN_IN_CODES:
        return faults.DestinationSignInRefused(
            f"The server refused the sign-in: {_text(error)}",
            fix="Check the user name and the password, and whether this server lets the user in from here.",
        )
    if code in _NAME_CODES and _says(error, _DENIED_TEXTS):
        return denied(action, folder or "the folder")
    if code:
        return refused(action, _text(error))
    if isinstance(error, OSError):
        return lost()
    return faults.DestinationProtocolWrong(
        "What listens there does not answer as an FTP server does.",
        fix="Check the port, and whether encryption begins with the first byte (implicit) or later (explicit).",
    )


def _encryption_differs(error: BaseException) -> faults.DestinationProtocolWrong:
    return faults.DestinationProtocolWrong(
        f"The server wants another encryption than the destination is set to: {_text(error)}",
        fix="Set the destination's encryption to explicit, implicit or none, as the server's operator says.",
    )


def _says(error: BaseException, texts: tuple[str, ...]) -> bool:
    said = str(error).lower()
    return any(text in said for text in texts)


def _text(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
