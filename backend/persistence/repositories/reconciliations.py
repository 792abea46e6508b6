"""Reconciliations: one by one and in lists, what they are compared with, and their differences, loaded together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Select, delete, func, select, text, update

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.reconciliation import (
    SENT,
    DifferenceKind,
    DifferenceState,
    Period,
    ReconciliationState,
    Standing,
)
from backend.domain.submissions import SubmissionEnvironment
from backend.persistence.models.exception import RunException
from backend.persistence.models.reconciliation import (
    Reconciliation,
    ReconciliationDifference,
    ReconciliationMapping,
)
from backend.persistence.models.report import Report
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.tenant_scope import TenantRepository, as_part

#: The columns of a difference in the order they are copied; ``submission`` is its place among those compared.
COPIED: Final = (
    "position",
    "kind",
    "standing",
    "record_key",
    "field",
    "ours",
    "theirs",
    "submission",
    "row_number",
    "file_row",
)
_STAGE: Final = (
    "CREATE TEMPORARY TABLE staged_differences (position bigint, kind text, standing text, record_key text, "
    "field text, ours text, theirs text, submission integer, row_number bigint, file_row bigint) ON COMMIT DROP"
)
_TAKE: Final = text(
    "INSERT INTO reconciliation_differences (reconciliation_id, tenant_id, position, kind, standing, record_key, "
    "field, ours, theirs, submission_id, run_id, row_number, file_row, state) SELECT :reconciliation, :tenant, "
    "position, kind, standing, record_key, field, ours, theirs, (CAST(:submissions AS uuid[]))[submission + 1], "
    "(CAST(:runs AS uuid[]))[submission + 1], row_number, file_row, :state FROM staged_differences"
)


class ReconciliationFilter(NamedTuple):
    """Which reconciliations are wanted; ``name`` is a part of the extract's."""

    states: Collection[ReconciliationState] = ()
    report_id: UUID | None = None
    name: str | None = None


class DifferenceFilter(NamedTuple):
    """Which differences of one are wanted; ``record`` is a part of its key."""

    kinds: Collection[DifferenceKind] = ()
    standings: Collection[Standing] = ()
    states: Collection[DifferenceState] = ()
    field: str | None = None
    record: str | None = None


@dataclass(frozen=True, slots=True)
class ListedReconciliation:
    """A reconciliation with the name of its report."""

    reconciliation: Reconciliation
    report_name: str


class ReconciliationRepository(TenantRepository):
    """Reconciliations of one tenant in one transaction."""

    async def find(self, reconciliation_id: UUID, *, for_update: bool = False) -> Reconciliation | None:
        """The reconciliation, or None."""
        return await self._find(Reconciliation, reconciliation_id, for_update=for_update)

    async def find_fenced(self, reconciliation_id: UUID, fencing_token: int) -> Reconciliation | None:
        """The reconciliation under a row lock while it is still this worker's, or None."""
        query = self._select(Reconciliation).where(
            Reconciliation.id == reconciliation_id,
            Reconciliation.fencing_token == fencing_token,
            Reconciliation.state == ReconciliationState.RUNNING,
        )
        found: Reconciliation | None = await self._session.scalar(query.with_for_update())
        return found

    async def listed(self, reconciliation_id: UUID) -> ListedReconciliation | None:
        """A reconciliation as lists show it."""
        row = (await self._session.execute(self._listed().where(Reconciliation.id == reconciliation_id))).first()
        return None if row is None else ListedReconciliation(*row)

    async def page(self, wanted: ReconciliationFilter, request: PageRequest) -> Page[ListedReconciliation]:
        """Reconciliations, newest first."""
        query = self._listed()
        if wanted.states:
            query = query.where(Reconciliation.state.in_(list(wanted.states)))
        if wanted.report_id is not None:
            query = query.where(Reconciliation.report_id == wanted.report_id)
        if wanted.name:
            query = query.where(Reconciliation.name.icontains(as_part(wanted.name), escape="/"))
        if request.after is not None:
            query = query.where(Reconciliation.id < request.after)
        query = query.order_by(Reconciliation.id.desc()).limit(request.limit + 1)
        rows = [ListedReconciliation(*row) for row in (await self._session.execute(query)).all()]
        return page_of(rows, request, lambda one: one.reconciliation.id)

    async def submissions(
        self, report_id: UUID, period: Period, environment: SubmissionEnvironment
    ) -> Sequence[Submission]:
        """What was sent for the dates of a period, in the order of sending."""
        query = self._select(Submission).where(
            Submission.report_id == report_id,
            Submission.reporting_date.between(period.first, period.last),
            Submission.environment == environment,
            Submission.state.in_(SENT),
        )
        return await self._all(query.order_by(Submission.sent_at, Submission.id))

    async def write_newest_advices(self, submission_id: UUID, target: Path) -> None:
        """The newest advice of each record of a submission as lines ``row number,state``, sorted."""
        query = (
            "SELECT DISTINCT ON (row_number) row_number, state FROM record_advices WHERE tenant_id = $1 AND "
            "submission_id = $2 AND row_number IS NOT NULL ORDER BY row_number, feedback_id DESC, position DESC"
        )
        await (await self._driver()).copy_from_query(query, self.tenant, submission_id, output=target, format="csv")

    async def stage(self, lines: IO[bytes]) -> None:
        """Take differences in, as CSV in the order of ``COPIED``; COPY does not write where row-level security is."""
        await self._session.execute(text(_STAGE))
        driver = await self._driver()
        await driver.copy_to_table("staged_differences", source=lines, columns=list(COPIED), format="csv", null="\\N")

    async def take_staged(self, reconciliation_id: UUID, submissions: Sequence[Submission]) -> None:
        """Make the staged differences those of the reconciliation, in the place of any it had."""
        mine = (ReconciliationDifference.tenant_id == self.tenant) & (
            ReconciliationDifference.reconciliation_id == reconciliation_id
        )
        await self._session.execute(delete(ReconciliationDifference).where(mine))
        values = {
            "reconciliation": reconciliation_id,
            "tenant": self.tenant,
            "submissions": [one.id for one in submissions],
            "runs": [one.run_id for one in submissions],
            "state": DifferenceState.OPEN.value,
        }
        await self._session.execute(_TAKE, values)

    async def differences(
        self, reconciliation_id: UUID, wanted: DifferenceFilter, after: int, limit: int
    ) -> Sequence[ReconciliationDifference]:
        """Differences after a position."""
        query = self._of(reconciliation_id).where(ReconciliationDifference.position > after)
        for column, values in (
            (ReconciliationDifference.kind, wanted.kinds),
            (ReconciliationDifference.standing, wanted.standings),
            (ReconciliationDifference.state, wanted.states),
        ):
            if values:
                query = query.where(column.in_(list(values)))
        if wanted.field is not None:
            query = query.where(ReconciliationDifference.field == wanted.field)
        if wanted.record:
            query = query.where(ReconciliationDifference.record_key.icontains(as_part(wanted.record), escape="/"))
        return await self._all(query.order_by(ReconciliationDifference.position).limit(limit))

    async def named(self, reconciliation_id: UUID, positions: Collection[int]) -> Sequence[ReconciliationDifference]:
        """Those of these differences that are kept."""
        query = self._of(reconciliation_id).where(ReconciliationDifference.position.in_(list(positions)))
        return await self._all(query.order_by(ReconciliationDifference.position))

    async def explain(
        self, reconciliation_id: UUID, positions: Collection[int], comment: str | None, by: UUID, at: datetime
    ) -> int:
        """Note how differences came, or take that back where there is no comment; how many were changed."""
        is_explained = comment is not None
        statement = (
            update(ReconciliationDifference)
            .where(
                ReconciliationDifference.tenant_id == self.tenant,
                ReconciliationDifference.reconciliation_id == reconciliation_id,
                ReconciliationDifference.position.in_(list(positions)),
            )
            .values(
                state=DifferenceState.EXPLAINED if is_explained else DifferenceState.OPEN,
                comment=comment,
                explained_by=by if is_explained else None,
                explained_at=at if is_explained else None,
            )
            .returning(ReconciliationDifference.position)
        )
        return len((await self._session.scalars(statement)).all())

    async def count_explained(self, reconciliation_id: UUID) -> int:
        """How many of the kept differences are explained."""
        query = (
            select(func.count())
            .select_from(ReconciliationDifference)
            .where(
                ReconciliationDifference.tenant_id == self.tenant,
                ReconciliationDifference.reconciliation_id == reconciliation_id,
                ReconciliationDifference.state == DifferenceState.EXPLAINED,
            )
        )
        return int(await self._session.scalar(query) or 0)

    async def exceptions_of(self, differences: Sequence[ReconciliationDifference]) -> Mapping[int, UUID]:
        """The exceptions of the records that differences of one reconciliation are about, by position."""
        runs = {one.run_id for one in differences if one.run_id is not None}
        rows = {one.row_number for one in differences if one.row_number is not None}
        if not runs:
            return {}
        query = select(RunException.run_id, RunException.row_number, RunException.id).where(
            RunException.tenant_id == self.tenant, RunException.run_id.in_(runs), RunException.row_number.in_(rows)
        )
        found: dict[tuple[UUID | None, int | None], UUID] = {
            (run, row): identity for run, row, identity in await self._session.execute(query)
        }
        places = {one.position: found.get((one.run_id, one.row_number)) for one in differences}
        return {position: identity for position, identity in places.items() if identity is not None}

    async def mappings(self, report_id: UUID | None) -> Sequence[ReconciliationMapping]:
        """Saved mappings, of one report or all, by name."""
        query = self._select(ReconciliationMapping)
        if report_id is not None:
            query = query.where(ReconciliationMapping.report_id == report_id)
        return await self._all(query.order_by(ReconciliationMapping.name, ReconciliationMapping.id).limit(500))

    async def find_mapping(self, mapping_id: UUID) -> ReconciliationMapping | None:
        """The mapping, or None."""
        return await self._find(ReconciliationMapping, mapping_id, for_update=True)

    async def find_mapping_named(self, report_id: UUID, name: str) -> ReconciliationMapping | None:
        """The mapping of a report with this name under a row lock, or None."""
        query = self._select(ReconciliationMapping).where(
            ReconciliationMapping.report_id == report_id, ReconciliationMapping.name == name
        )
        found: ReconciliationMapping | None = await self._session.scalar(query.with_for_update())
        return found

    async def _driver(self) -> Any:
        return (await (await self._session.connection()).get_raw_connection()).driver_connection

    def _of(self, reconciliation_id: UUID) -> Select[ReconciliationDifference]:
        return self._select(ReconciliationDifference).where(
            ReconciliationDifference.reconciliation_id == reconciliation_id
        )

    def _listed(self) -> Select[Reconciliation, str]:
        query = select(Reconciliation, Report.name).join(Report, Report.id == Reconciliation.report_id)
        return query.where(Reconciliation.tenant_id == self.tenant)
