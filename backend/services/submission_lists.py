"""Submissions as people read them: lists, and one with its files, deliveries, day and history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from backend.core.ids import RunId
from backend.core.pagination import Page, PageRequest
from backend.domain.completeness import Completeness, completeness_of
from backend.domain.submissions import SubmissionEnvironment, SubmissionState
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.submission import SubmissionEvent, SubmissionFile
from backend.persistence.repositories.artifacts import ArtifactRepository
from backend.persistence.repositories.deliveries import DeliveryRepository, ListedDelivery
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.submission_lists import (
    ListedSubmission,
    SubmissionFilter,
    SubmissionListRepository,
)
from backend.persistence.repositories.submissions import SubmissionRepository
from backend.persistence.repositories.submitted_days import SubmittedDayRepository
from backend.services.scope import TenantScope
from backend.services.submission_decisions import may_approve
from backend.services.submission_history import is_unbroken
from backend.services.submissions import SubmissionNotFound


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """A submission with everything around it; ``day`` are all submissions of its report for its day, oldest first."""

    listed: ListedSubmission
    files: Sequence[tuple[SubmissionFile, Artifact]]
    deliveries: Sequence[ListedDelivery]
    day: Sequence[ListedSubmission]
    completeness: Completeness
    events: Sequence[SubmissionEvent]
    people: Mapping[UUID, str]
    may_approve: bool

    @property
    def is_history_whole(self) -> bool:
        """Whether the history is as it was written."""
        return is_unbroken(self.events)


@dataclass(frozen=True, slots=True)
class SubmissionListService:
    """Submissions of a tenant, read by one person."""

    scope: TenantScope

    async def page(self, wanted: SubmissionFilter, request: PageRequest) -> Page[ListedSubmission]:
        """One page, newest first."""
        async with self.scope.reading() as session:
            return await SubmissionListRepository(session, self.scope.tenant).page(wanted, request)

    async def counts(self, wanted: SubmissionFilter) -> Mapping[SubmissionState, int]:
        """Submissions by state."""
        async with self.scope.reading() as session:
            return await SubmissionListRepository(session, self.scope.tenant).counts(wanted)

    async def completeness(
        self, report_id: UUID, reporting_date: date, environment: SubmissionEnvironment | None = None
    ) -> Completeness:
        """What of a report's day is told and accepted; nothing of a report that there is not.

        Without an environment it is that of the day's newest submission, and production where there is none.
        """
        tenant = self.scope.tenant
        async with self.scope.reading() as session:
            if environment is None:
                day = await SubmissionListRepository(session, tenant).of_day(report_id, reporting_date)
                newest = day[-1].submission.environment if day else SubmissionEnvironment.PRODUCTION
                environment = SubmissionEnvironment(newest)
            told = await SubmittedDayRepository(session, tenant).find(report_id, reporting_date, environment.value)
        return completeness_of(told)

    async def view(self, submission_id: UUID) -> SubmissionView:
        """One submission. Raises SubmissionNotFound."""
        tenant = self.scope.tenant
        async with self.scope.reading() as session:
            lists, submissions = SubmissionListRepository(session, tenant), SubmissionRepository(session, tenant)
            listed = await lists.find(submission_id)
            if listed is None:
                raise SubmissionNotFound
            one = listed.submission
            run_id = RunId(one.run_id)
            artifacts = {each.id: each for each in await ArtifactRepository(session, tenant).of_run(run_id)}
            files = await submissions.files(submission_id)
            deliveries = await DeliveryRepository(session, tenant).listed_of_run(run_id)
            day = await lists.of_day(one.report_id, one.reporting_date)
            submitted = SubmittedDayRepository(session, tenant)
            told = await submitted.find(one.report_id, one.reporting_date, str(one.environment))
            events = await submissions.events(submission_id)
            people = {one.started_by, one.released_by, one.approved_by, one.overridden_by}
            names = await ReportRepository(session, tenant).names_of({each for each in people if each is not None})
        return SubmissionView(
            listed,
            [(file, artifacts[file.artifact_id]) for file in files],
            deliveries,
            day,
            completeness_of(told),
            events,
            names,
            may_approve(one, self.scope.user_id),
        )
