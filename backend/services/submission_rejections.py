"""Why a regulator rejects records of a submission: its rules in its words, our name of the field, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.core.ids import ReportVersionId, RunId
from backend.domain.regulations.model import Field
from backend.persistence.repositories.feedback import FeedbackRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.runs import RunRepository
from backend.persistence.repositories.submissions import SubmissionRepository
from backend.services.regulator_rules import field_of
from backend.services.reports import find_pack, read_document
from backend.services.scope import TenantScope
from backend.services.submissions import SubmissionNotFound

#: Rules that are told of one submission.
MOST_RULES: Final = 100


@dataclass(frozen=True, slots=True)
class Rejection:
    """A rule that rejects so many records; without an identifier where the regulator names none."""

    rule_id: str | None
    text: str | None
    field: Field | None
    records: int


@dataclass(frozen=True, slots=True)
class SubmissionRejections:
    """Rejections of a tenant's submissions."""

    scope: TenantScope

    async def find(self, submission_id: UUID) -> Sequence[Rejection]:
        """The rules, the most frequent first. Raises SubmissionNotFound."""
        tenant = self.scope.tenant
        async with self.scope.reading() as session:
            submission = await SubmissionRepository(session, tenant).find(submission_id)
            if submission is None:
                raise SubmissionNotFound
            rules = await FeedbackRepository(session, tenant).rejecting_rules(submission_id, MOST_RULES)
            run = await RunRepository(session, tenant).find(RunId(submission.run_id)) if rules else None
            version = None
            if run is not None:
                version = await ReportRepository(session, tenant).find_version(ReportVersionId(run.report_version_id))
        pack = None if version is None else find_pack(read_document(dict(version.document)))
        return [
            Rejection(one.rule_id, one.text, field_of(one.rule_id, pack) if one.rule_id else None, one.records)
            for one in rules
        ]
