"""What can go wrong in a demonstration, each with the next step."""

from __future__ import annotations

from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError


class DemoSourceUnavailable(OpenRegError):
    """The demo's source database could not be built."""

    code: ClassVar[str] = "demo_source_unavailable"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


class DemoServerNotStarted(OpenRegError):
    """A server of the demo could not be started."""

    code: ClassVar[str] = "demo_server_not_started"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


class PlatformNotReachable(OpenRegError):
    """The platform does not answer."""

    code: ClassVar[str] = "platform_not_reachable"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


class PlatformRefused(OpenRegError):
    """The platform refused a request of the demo."""

    code: ClassVar[str] = "platform_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class DemoTookTooLong(OpenRegError):
    """Something the demo waits for did not happen in time."""

    code: ClassVar[str] = "demo_took_too_long"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


class DemoRunFailed(OpenRegError):
    """The demo's run produced no file."""

    code: ClassVar[str] = "demo_run_failed"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
