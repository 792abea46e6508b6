"""What can go wrong with an SSH server. Who uses one says it in words of its own errors."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError


class SshFact(StrEnum):
    """What happened."""

    NAME_UNKNOWN = "name_unknown"
    ADDRESS_REFUSED = "address_refused"
    CONNECTION_REFUSED = "connection_refused"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    PROTOCOL_WRONG = "protocol_wrong"
    CONNECTION_LOST = "connection_lost"
    HOST_KEY_UNKNOWN = "host_key_unknown"
    HOST_KEY_CHANGED = "host_key_changed"
    SIGN_IN_REFUSED = "sign_in_refused"
    PRIVATE_KEY_INVALID = "private_key_invalid"
    FORWARDING_REFUSED = "forwarding_refused"
    FAR_UNREACHABLE = "far_unreachable"


class SshFault(OpenRegError):
    """An SSH server could not be used."""

    code: ClassVar[str] = "ssh_fault"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE

    def __init__(
        self, fact: SshFact, message: str, *, fix: str | None = None, extra: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message, fix=fix, extra=extra)
        self.fact = fact
