"""Feedback: its files one by one and in lists, and what they say of records, loaded by the million."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, text

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.feedback import AdviceState, FeedbackFormat, FeedbackSource, FeedbackState
from backend.persistence.models.exception import RunException
from backend.persistence.models.feedback import FeedbackFile, RecordAdvice
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.tenant_scope import TenantRepository, as_part

#: The columns of an advice that differ from row to row, in the order they are copied.
COPIED: Final = (
    "position",
    "submission_id",
    "record_id",
    "row_number",
    "entity",
    "action",
    "reported_at",
    "code",
    "state",
    "rules",
)
_STAGE: Final = (
    "CREATE TEMPORARY TABLE staged_advices (position bigint, submission_id uuid, record_id text, row_number bigint, "
    "entity text, action text, reported_at text, code text, state text, rules jsonb) ON COMMIT DROP"
)
#: Of a file that is not applied the advices are kept to be looked at, and belong to no submission.
_TAKE: Final = text(
    "INSERT INTO record_advices (feedback_id, tenant_id, at, position, submission_id, record_id, row_number, entity, "
    "action, reported_at, code, state, rules) SELECT :feedback, :tenant, :at, position, "
    "CASE WHEN :is_applied THEN submission_id END, record_id, row_number, entity, action, reported_at, code, state, "
    "rules FROM staged_advices"
)
_COUNT: Final = (
    "SELECT state, count(*) AS number FROM (SELECT DISTINCT ON (row_number) row_number, state FROM record_advices "
    "WHERE tenant_id = :tenant AND submission_id = :submission AND row_number IS NOT NULL "
    "ORDER BY row_number, feedback_id DESC, position DESC) newest {of_rows} GROUP BY state"
)
_COUNT_ALL: Final = text(_COUNT.format(of_rows=""))
_COUNT_SPANS: Final = text(
    _COUNT.format(
        of_rows="WHERE EXISTS (SELECT 1 FROM unnest(CAST(:firsts AS bigint[]), CAST(:lasts AS bigint[])) "
        "AS span(first_row, last_row) WHERE newest.row_number BETWEEN span.first_row AND span.last_row)"
    )
)
#: Rejected records by rule; who names no rule rejects by none.
_REJECTED: Final = text(
    "SELECT rule->>'id' AS rule_id, max(rule->>'text') AS said, count(DISTINCT row_number) AS records FROM ("
    "SELECT DISTINCT ON (row_number) row_number, state, rules FROM record_advices "
    "WHERE tenant_id = :tenant AND submission_id = :submission AND row_number IS NOT NULL "
    "ORDER BY row_number, feedback_id DESC, position DESC) newest "
    "LEFT JOIN jsonb_array_elements(rules) AS rule ON true "
    "WHERE state = 'rejected' GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT :most"
)


class RejectingRule(NamedTuple):
    """A rule of the regulator, its words, and how many records it rejects; None where it names none."""

    rule_id: str | None
    text: str | None
    records: int


class FeedbackFilter(NamedTuple):
    """Which files are wanted; ``name`` is a part of it."""

    states: Collection[FeedbackState] = ()
    format: FeedbackFormat | None = None
    source: FeedbackSource | None = None
    submission_id: UUID | None = None
    destination_id: UUID | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ListedFeedback:
    """A file with the reference of the submission it is about."""

    file: FeedbackFile
    reference: str | None


class AdviceFilter(NamedTuple):
    """Which advices of a file are wanted."""

    states: Collection[AdviceState] = ()
    is_orphan: bool = False


class FeedbackRepository(TenantRepository):
    """Feedback of one tenant in one transaction."""

    async def find(self, feedback_id: UUID, *, for_update: bool = False) -> FeedbackFile | None:
        """The file, or None."""
        return await self._find(FeedbackFile, feedback_id, for_update=for_update)

    async def find_hash(self, sha256: str) -> FeedbackFile | None:
        """The file with these bytes, or None."""
        found: FeedbackFile | None = await self._session.scalar(
            self._select(FeedbackFile).where(FeedbackFile.sha256 == sha256)
        )
        return found

    async def find_applied_content(self, content_sha256: str) -> FeedbackFile | None:
        """The file that was applied and says this, whatever its bytes are, or None."""
        says = FeedbackFile.totals.contains({"content_sha256": content_sha256})
        query = self._select(FeedbackFile).where(FeedbackFile.state == FeedbackState.APPLIED, says)
        found: FeedbackFile | None = await self._session.scalar(query.order_by(FeedbackFile.id).limit(1))
        return found

    async def find_fenced(self, feedback_id: UUID, fencing_token: int) -> FeedbackFile | None:
        """The file under a row lock while it is still this worker's, or None."""
        query = self._select(FeedbackFile).where(
            FeedbackFile.id == feedback_id,
            FeedbackFile.fencing_token == fencing_token,
            FeedbackFile.state == FeedbackState.PARSING,
        )
        found: FeedbackFile | None = await self._session.scalar(query.with_for_update())
        return found

    async def waits_for_earlier(self, feedback_id: UUID) -> bool:
        """Whether a file that came before is not read yet: the last word about a record is that of the last file."""
        unread = FeedbackFile.state.in_([FeedbackState.RECEIVED, FeedbackState.PARSING])
        query = self._select(FeedbackFile).where(FeedbackFile.id < feedback_id, unread).limit(1)
        return await self._session.scalar(query) is not None

    async def listed(self, feedback_id: UUID) -> ListedFeedback | None:
        """A file as lists show it."""
        row = (await self._session.execute(self._listed().where(FeedbackFile.id == feedback_id))).first()
        return None if row is None else ListedFeedback(*row)

    async def page(self, wanted: FeedbackFilter, request: PageRequest) -> Page[ListedFeedback]:
        """Files, newest first."""
        query = self._listed()
        if wanted.states:
            query = query.where(FeedbackFile.state.in_(list(wanted.states)))
        for column, value in (
            (FeedbackFile.format, wanted.format),
            (FeedbackFile.source, wanted.source),
            (FeedbackFile.destination_id, wanted.destination_id),
        ):
            if value is not None:
                query = query.where(column == value)
        if wanted.submission_id is not None:
            query = query.where(
                or_(FeedbackFile.submission_id == wanted.submission_id, _tells_of(wanted.submission_id))
            )
        if wanted.name:
            query = query.where(FeedbackFile.name.icontains(as_part(wanted.name), escape="/"))
        if request.after is not None:
            query = query.where(FeedbackFile.id < request.after)
        query = query.order_by(FeedbackFile.id.desc()).limit(request.limit + 1)
        rows = [ListedFeedback(*row) for row in (await self._session.execute(query)).all()]
        return page_of(rows, request, lambda one: one.file.id)

    async def stage(self, lines: IO[bytes]) -> None:
        """Take advices in, as CSV in the order of ``COPIED``; COPY does not write where row-level security is."""
        await self._session.execute(text(_STAGE))
        raw: Any = (await (await self._session.connection()).get_raw_connection()).driver_connection
        await raw.copy_to_table("staged_advices", source=lines, columns=list(COPIED), format="csv")

    async def take_staged(self, feedback_id: UUID, at: datetime, *, is_applied: bool) -> None:
        """Make the staged advices those of the file, in the place of any it had."""
        await self.forget_advices(feedback_id)
        values = {"feedback": feedback_id, "tenant": self.tenant, "at": at, "is_applied": is_applied}
        await self._session.execute(_TAKE, values)

    async def forget_advices(self, feedback_id: UUID) -> None:
        """Remove the advices of a file that is read again."""
        mine = and_(RecordAdvice.tenant_id == self.tenant, RecordAdvice.feedback_id == feedback_id)
        await self._session.execute(delete(RecordAdvice).where(mine))

    async def newest_states(self, submission_id: UUID) -> Mapping[AdviceState, int]:
        """Records of a submission by what the newest advice says of them."""
        rows = await self._session.execute(_COUNT_ALL, {"tenant": self.tenant, "submission": submission_id})
        return {AdviceState(state): int(number) for state, number in rows}

    async def newest_states_within(
        self, submission_id: UUID, spans: Sequence[tuple[int, int]]
    ) -> Mapping[AdviceState, int]:
        """The same of the rows in these spans, both ends included."""
        firsts, lasts = ([span[end] for span in spans] for end in (0, 1))
        values = {"tenant": self.tenant, "submission": submission_id, "firsts": firsts, "lasts": lasts}
        rows = await self._session.execute(_COUNT_SPANS, values)
        return {AdviceState(state): int(number) for state, number in rows}

    async def said_of(self, submission_id: UUID) -> Sequence[Mapping[str, Any]]:
        """What applied files say of the messages of a submission, in the order in which they were read."""
        query = self._select(FeedbackFile).where(FeedbackFile.state == FeedbackState.APPLIED, _tells_of(submission_id))
        files = await self._all(query.order_by(FeedbackFile.applied_at.nulls_last(), FeedbackFile.id))
        messages = [_messages(file) for file in files]
        return [one for said in messages for one in said if one.get("submission_id") == str(submission_id)]

    async def rejecting_rules(self, submission_id: UUID, most: int) -> Sequence[RejectingRule]:
        """The rules that reject records of a submission by the newest advices, the most frequent first."""
        values = {"tenant": self.tenant, "submission": submission_id, "most": most}
        return [RejectingRule(*row) for row in await self._session.execute(_REJECTED, values)]

    async def infers_accepted(self, submission_id: UUID) -> bool:
        """Whether a file has said, with counts that agree, that what it does not list is accepted."""
        said = {"messages": [{"submission_id": str(submission_id), "infers_accepted": True}]}
        query = select(func.count()).select_from(FeedbackFile)
        query = query.where(FeedbackFile.tenant_id == self.tenant, FeedbackFile.state == FeedbackState.APPLIED)
        return bool(await self._session.scalar(query.where(FeedbackFile.totals.contains(said))))

    async def advices(self, feedback_id: UUID, wanted: AdviceFilter, after: int, limit: int) -> Sequence[RecordAdvice]:
        """Advices of a file after a position."""
        query = select(RecordAdvice).where(
            RecordAdvice.tenant_id == self.tenant,
            RecordAdvice.feedback_id == feedback_id,
            RecordAdvice.position > after,
        )
        if wanted.states:
            query = query.where(RecordAdvice.state.in_(list(wanted.states)))
        if wanted.is_orphan:
            query = query.where(RecordAdvice.submission_id.is_not(None), RecordAdvice.row_number.is_(None))
        return (await self._session.scalars(query.order_by(RecordAdvice.position).limit(limit))).all()

    async def exceptions_of(self, advices: Sequence[RecordAdvice]) -> Mapping[int, UUID]:
        """The exceptions of the records that advices of one file mean, by position."""
        if not advices:
            return {}
        query = (
            select(RecordAdvice.position, RunException.id)
            .join(Submission, Submission.id == RecordAdvice.submission_id)
            .join(
                RunException,
                and_(RunException.run_id == Submission.run_id, RunException.row_number == RecordAdvice.row_number),
            )
            .where(
                RecordAdvice.tenant_id == self.tenant,
                RecordAdvice.feedback_id == advices[0].feedback_id,
                RecordAdvice.position.in_([one.position for one in advices]),
            )
        )
        return {int(position): identity for position, identity in await self._session.execute(query)}

    async def of_record(self, run_id: UUID, row_number: int) -> Sequence[RecordAdvice]:
        """What was said of a record of a run, the newest first."""
        query = (
            select(RecordAdvice)
            .join(Submission, Submission.id == RecordAdvice.submission_id)
            .where(
                RecordAdvice.tenant_id == self.tenant,
                Submission.run_id == run_id,
                RecordAdvice.row_number == row_number,
            )
        )
        return (
            await self._session.scalars(
                query.order_by(RecordAdvice.feedback_id.desc(), RecordAdvice.position.desc()).limit(100)
            )
        ).all()

    async def newest_of_rows(self, submission_id: UUID, rows: Collection[int]) -> Mapping[int, RecordAdvice]:
        """The newest advice of each of these records."""
        query = select(RecordAdvice).where(
            RecordAdvice.tenant_id == self.tenant,
            RecordAdvice.submission_id == submission_id,
            RecordAdvice.row_number.in_(list(rows)),
        )
        found = (await self._session.scalars(query.order_by(RecordAdvice.feedback_id, RecordAdvice.position))).all()
        return {int(one.row_number): one for one in found if one.row_number is not None}

    def _listed(self) -> Select[FeedbackFile, str | None]:
        query = select(FeedbackFile, Submission.reference)
        query = query.join(Submission, Submission.id == FeedbackFile.submission_id, isouter=True)
        return query.where(FeedbackFile.tenant_id == self.tenant)


def _tells_of(submission_id: UUID) -> ColumnElement[bool]:
    """Whether one of the messages that a file is about is of a submission; other messages may be of others."""
    return FeedbackFile.totals.contains({"messages": [{"submission_id": str(submission_id)}]})


def _messages(file: FeedbackFile) -> Sequence[Mapping[str, Any]]:
    said = file.totals.get("messages")
    return said if isinstance(said, list) else []
