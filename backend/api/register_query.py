"""Which entries of the error register a list is about."""

# Annotations are not put off here: FastAPI reads those of a class as they are.

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from backend.domain.error_register import EntryKind, EntryState, FoundBy, LinkKind, RootCause
from backend.persistence.repositories.error_register import EntryFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryQuery:
    """The filters of a request."""

    q: Annotated[str | None, Query(min_length=1, max_length=120, description="Part of reference or title.")] = None
    state: Annotated[tuple[EntryState, ...], Query(description="One or several.")] = ()
    kind: EntryKind | None = None
    root_cause: RootCause | None = None
    found_by: FoundBy | None = None
    report_id: UUID | None = None
    discovered_from: Annotated[date | None, Query(description="Discovered on this day or later.")] = None
    discovered_to: Annotated[date | None, Query(description="Discovered on this day or earlier.")] = None
    link_kind: Annotated[LinkKind | None, Query(description="With `link_id`: what the entry is about.")] = None
    link_id: UUID | None = None
    is_overdue: Annotated[bool | None, Query(description="Whether an action of it is overdue.")] = None

    def filter(self, at: datetime) -> EntryFilter:
        """The same for the list as it is at a moment."""
        return EntryFilter(
            now=at,
            text=self.q,
            states=self.state,
            kind=self.kind,
            root_cause=self.root_cause,
            found_by=self.found_by,
            report_id=self.report_id,
            discovered_from=self.discovered_from,
            discovered_to=self.discovered_to,
            link_kind=self.link_kind,
            link_id=self.link_id,
            is_overdue=self.is_overdue,
        )
