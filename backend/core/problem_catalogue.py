"""Every refusal that has a code: what it means, its HTTP status, and whether the same call may succeed later."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from backend.core.errors import OpenRegError
from backend.core.problems import STATUS_OF_KIND


@dataclass(frozen=True, slots=True)
class KnownProblem:
    """What can be said of a refusal before it happens."""

    code: str
    status: int
    meaning: str
    may_pass: bool

    @classmethod
    def of(cls, error: type[OpenRegError]) -> KnownProblem:
        """The meaning is the first line of the error's docstring, which is also its default message."""
        meaning = (error.__doc__ or "").strip().partition("\n")[0]
        return cls(error.code, STATUS_OF_KIND[error.kind].value, meaning, error.transient)


def loaded_errors(packages: Collection[str]) -> frozenset[type[OpenRegError]]:
    """Errors with a code of their own that modules of these packages define and that are imported by now."""
    return frozenset(
        error
        for error in _below(OpenRegError)
        # Whoever has OpenReg imported may have made errors of their own below it.
        if "code" in vars(error) and error.__module__.partition(".")[0] in packages
    )


def known_problems(packages: Collection[str]) -> Mapping[str, KnownProblem]:
    """Code → problem, in order, of the errors that are loaded."""
    found = {error.code: KnownProblem.of(error) for error in loaded_errors(packages)}
    return dict(sorted(found.items()))


def _below(error: type[OpenRegError]) -> Iterator[type[OpenRegError]]:
    for narrower in error.__subclasses__():
        yield narrower
        yield from _below(narrower)
