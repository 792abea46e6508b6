"""Which deliveries a list or a count is about."""

# Annotations are not put off here: FastAPI reads those of a class as they are.

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime

from backend.domain.deliveries import DeliveryState
from backend.persistence.repositories.delivery_lists import DeliveryFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQuery:
    """The filters of a request."""

    state: Annotated[tuple[DeliveryState, ...], Query(description="One or several.")] = ()
    destination_id: UUID | None = None
    report_id: UUID | None = None
    run_id: UUID | None = None
    reporting_from: Annotated[date | None, Query(description="The first reporting date.")] = None
    reporting_to: Annotated[date | None, Query(description="The last reporting date.")] = None
    since: Annotated[AwareDatetime | None, Query(description="Put into the line at or after.")] = None

    def filter(self) -> DeliveryFilter:
        """The same for the list."""
        days = (self.reporting_from, self.reporting_to)
        return DeliveryFilter(self.state, self.destination_id, self.report_id, self.run_id, *days, self.since)
