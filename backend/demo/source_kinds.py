"""The kinds of source the demo can report from: the same trades, kept in different ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from backend.demo.report import source_query, with_day

if TYPE_CHECKING:
    from backend.demo.platform_client import PlatformClient


class SourceKind(StrEnum):
    """What ``openreg demo --source`` offers."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    ODBC = "odbc"
    CSV = "csv"


def nothing_to_bring(platform: PlatformClient, connector_id: str) -> None:
    """For a source that the platform reads where it is."""


@dataclass(frozen=True, slots=True, repr=False)
class DemoSource:
    """A source that is there: what the platform is told of it, and where people find it.

    ``connector`` is the body of ``POST /connectors`` without a name; ``bring`` takes to the platform what it keeps
    itself, once the connector is there.
    """

    connector: Mapping[str, object]
    address: str
    query: str = field(default_factory=source_query)
    bring: Callable[[PlatformClient, str], None] = nothing_to_bring

    def document(self, reporting_date: date) -> dict[str, str]:
        """Where the rows are, and how any client of the source finds them."""
        return {
            "kind": str(self.connector["kind"]),
            "dsn": self.address,
            "query": with_day(self.query, reporting_date),
        }
