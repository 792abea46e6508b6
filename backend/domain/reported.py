"""What counts as reported before a run: which earlier runs of its report, and what rules may ask of them.

A run has reported its written records when it ended well and is not held. A regular run of the same report, reporting
date and parameters is made in place of the ones before it: those count no more, unless a file of theirs has been
delivered, for a delivered report can only be cancelled. A supplemental run adds to what was reported and takes
nothing's place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from backend.domain.expressions.types import DATE, TEXT, DataType

REPORTED_STATUS: Final = "reported_status"
REPORTED_ON: Final = "reported_on"
#: Columns that rules of scope ``history`` read besides those of the target: status and reporting date of the last
#: report of the same record before this one, both NULL when there is none.
HISTORY_COLUMNS: Final[Mapping[str, DataType]] = MappingProxyType({REPORTED_STATUS: TEXT, REPORTED_ON: DATE})


@dataclass(frozen=True, slots=True)
class CompletedRun:
    """A run that ended well. ``occasion`` is the same for runs of one reporting date and parameters."""

    id: UUID
    occasion: tuple[date, str]
    is_supplemental: bool
    is_held: bool
    is_delivered: bool
    finished_at: datetime

    @property
    def reporting_date(self) -> date:
        """The day it is about."""
        return self.occasion[0]


def reported_before(
    occasion: tuple[date, str], completed: Iterable[CompletedRun], *, is_supplemental: bool
) -> Sequence[CompletedRun]:
    """The runs whose records count as reported for a run of this occasion, in the order in which they ended."""
    ordered = sorted(completed, key=lambda one: (one.finished_at, one.id))
    replaced_until = {one.occasion: one.finished_at for one in ordered if not one.is_supplemental}
    return [one for one in ordered if one.is_delivered or _stands(one, replaced_until, occasion, is_supplemental)]


def _stands(
    run: CompletedRun,
    replaced_until: Mapping[tuple[date, str], datetime],
    occasion: tuple[date, str],
    is_supplemental: bool,
) -> bool:
    if run.occasion == occasion and not is_supplemental:
        return False  # this run is made in its place
    return not run.is_held and run.finished_at >= replaced_until.get(run.occasion, run.finished_at)
