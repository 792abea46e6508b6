"""Versions of the customers' API by the day of their release, below the version of its paths.

A key is pinned to the version that was current when it was made; a call may ask for another one. A version is added
when an answer changes in a way that a program could stumble over, and goes when its sunset has come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError


class ApiVersionUnknown(OpenRegError):
    """There is no such version of the API."""

    code: ClassVar[str] = "api_version_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class ApiVersion:
    """A version; ``deprecated_on`` is the day from which another one should be used, ``sunset_on`` its last."""

    released_on: date
    deprecated_on: date | None = None
    sunset_on: date | None = None

    @property
    def name(self) -> str:
        """As ``OpenReg-Version`` has it."""
        return self.released_on.isoformat()


#: From the oldest to the current one.
API_VERSIONS: Final[Sequence[ApiVersion]] = (ApiVersion(date(2026, 11, 28)),)
CURRENT_VERSION: Final = API_VERSIONS[-1].name


def get_version(name: str, versions: Sequence[ApiVersion] = API_VERSIONS) -> ApiVersion:
    """The version of a name. Raises ApiVersionUnknown."""
    for one in versions:
        if one.name == name:
            return one
    known = [one.name for one in versions]
    raise ApiVersionUnknown(
        f"There is no version {name!r} of the API.",
        fix=f"Use {known[-1]}, or leave OpenReg-Version away to get the version of the key.",
        extra={"versions": known},
    )
