"""Data of events about exceptions: one event for a run and a step, whatever the number of records."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from backend.domain.event_catalogue.news import Count, Link, News, Part
from backend.domain.exceptions import ExceptionState

MAX_NAMED: Final = 100
"""So many exceptions are named one by one; of more only the number is told."""


class ExceptionLinks(Part):
    """Where they are listed."""

    exceptions: Link


class ExceptionNews(News):
    """Exceptions of one run that had the same done to them."""

    run_id: UUID
    report_id: UUID
    reporting_date: date
    exceptions: Count
    """How many."""
    states: dict[ExceptionState, Count]
    """How many of them are in which state now."""
    exception_ids: Annotated[list[UUID], Field(max_length=MAX_NAMED)]
    """Which ones; empty where there are more than a hundred, or a run has opened them."""
    supplemental_run_id: UUID | None
    """The run that reports them again, once there is one."""
    links: ExceptionLinks
