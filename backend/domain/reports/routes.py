"""Where the files of a report go: each route names a destination, what it takes, and what that means there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BeforeValidator, Field, TypeAdapter
from pydantic_core import PydanticCustomError

from backend.domain.deliveries import DeliveryRole, DestinationEnvironment
from backend.domain.reports.outputs import Output
from backend.domain.reports.part import DocumentPart, Name, is_absent

MAX_ROUTES: Final = 50


class RouteRecords(StrEnum):
    """Which files a route takes: those with records, or those of a day without any (NIL)."""

    SOME = "some"
    NONE = "none"


class RouteCondition(DocumentPart):
    """When a route takes a file; everything that is said must hold.

    ``environment`` is that of the run: made-up records, and all runs of a sandbox, are ``test``. In ``file_name`` a
    ``*`` stands for any characters and a ``?`` for one. ``part`` is the number of a file of a split output.
    """

    environment: DestinationEnvironment | None = Field(default=None, exclude_if=is_absent)
    file_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._*?-]{1,150}$")] | None = Field(
        default=None, exclude_if=is_absent
    )
    part: Annotated[int, Field(ge=1)] | None = Field(default=None, exclude_if=is_absent)
    records: RouteRecords | None = Field(default=None, exclude_if=is_absent)


@dataclass(frozen=True, slots=True)
class RoutedFile:
    """What a route looks at: the output and the part that a file is, its name, and how many records it has."""

    output_number: int
    part: int
    name: str
    records: int


class Route(DocumentPart):
    """Files that go to a destination: those of all outputs, or of the outputs that are named."""

    destination_id: UUID
    role: DeliveryRole = DeliveryRole.SUBMISSION
    outputs: tuple[Name, ...] = Field(default=(), exclude_if=lambda value: not value)
    when: RouteCondition | None = Field(default=None, exclude_if=lambda value: value in (None, RouteCondition()))

    def names(self, output: Output) -> bool:
        """Whether files of an output are meant."""
        return not self.outputs or output.name in self.outputs

    def runs_in(self, environment: DestinationEnvironment) -> bool:
        """Whether runs of an environment are meant."""
        return self.when is None or self.when.environment in (None, environment)

    def takes(self, file: RoutedFile, output: Output, environment: DestinationEnvironment) -> bool:
        """Whether a file goes this way."""
        if not (self.names(output) and self.runs_in(environment)):
            return False
        when = self.when
        return when is None or (
            (when.file_name is None or matches(when.file_name, file.name))
            and when.part in (None, file.part)
            and (when.records is None or (when.records is RouteRecords.SOME) is (file.records > 0))
        )


def _of_an_identifier(value: object) -> object:
    """Documents once listed identifiers of destinations: all files went there, and were the submission."""
    if isinstance(value, UUID):
        return {"destination_id": value}
    if not isinstance(value, str):
        return value
    try:
        return {"destination_id": UUID(value)}
    except ValueError as error:
        raise PydanticCustomError("uuid_parsing", "A destination is named by its identifier, a UUID.") from error


#: A route as documents hold it: also the identifier of a destination alone, the form of older documents.
WrittenRoute = Annotated[Route, BeforeValidator(_of_an_identifier, json_schema_input_type=Route | UUID)]
_ROUTES: Final[TypeAdapter[list[Route]]] = TypeAdapter(list[WrittenRoute])


def routes_written_out(listed: Sequence[object]) -> list[dict[str, Any]]:
    """The routes of a stored document as objects, also those of an older one."""
    return [one.model_dump(mode="json") for one in _ROUTES.validate_python(list(listed))]


def different_routes(routes: tuple[Route, ...]) -> tuple[Route, ...]:
    """The routes, when no two of them say the same; raises ValueError."""
    if any(one in routes[:number] for number, one in enumerate(routes)):
        raise ValueError("deliver_to has the same route twice")
    return routes


def destinations_of(
    routes: tuple[Route, ...], file: RoutedFile, output: Output, environment: DestinationEnvironment
) -> Mapping[UUID, DeliveryRole]:
    """Where a file goes, each destination once; what is the submission by one route is no mere copy by another."""
    found: dict[UUID, DeliveryRole] = {}
    for route in routes:
        if route.takes(file, output, environment) and found.get(route.destination_id) is not DeliveryRole.SUBMISSION:
            found[route.destination_id] = route.role
    return found


def matches(pattern: str, name: str) -> bool:
    """Whether a file name is as the pattern says."""
    return _compiled(pattern).fullmatch(name) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    said = {"*": ".*", "?": "."}
    return re.compile("".join(said.get(one, re.escape(one)) for one in pattern))
