"""What staff are told of: the words of each notice, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import ReportId, TenantId
from backend.domain.datasets import DatasetKind
from backend.domain.notices import NoticeKind
from backend.domain.permissions import Permission
from backend.domain.quality import Indicator, QualitySeverity
from backend.domain.submissions import SubmissionHold
from backend.domain.webhook_certificates import EndingCertificate
from backend.persistence.models.connector import Connector
from backend.persistence.models.dataset import Dataset
from backend.persistence.models.deadline import Obligation
from backend.persistence.models.delivery import Destination
from backend.persistence.models.error_register import RegisterAction, RegisterEntry
from backend.persistence.models.feedback import FeedbackFile
from backend.persistence.models.quality import QualityDay
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.models.submission import Submission
from backend.persistence.models.trigger import Trigger
from backend.persistence.models.webhook import WebhookEndpoint
from backend.persistence.notices import NoticeBoard
from backend.persistence.repositories.held_records import OldHolds
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.services.scope import Actor

#: What a server shows otherwise than confirmed, by the code of the fault.
_OTHER_IDENTITY: Final = {"host_key_changed": "host key", "destination_certificate_changed": "certificate"}


async def announce_run_failed(session: AsyncSession, tenant: TenantId, run: Run, at: datetime) -> None:
    """A run has failed."""
    reason = run.reason or {}
    text = " ".join(str(part) for part in (reason.get("message"), reason.get("fix")) if part)
    title = f"{await _name_of(session, tenant, run)} failed"
    NoticeBoard(session, tenant).post(
        NoticeKind.RUN_FAILED, title=title, text=text, link=f"/runs/{run.id}", subject_id=run.id, at=at
    )


async def announce_run_held(session: AsyncSession, tenant: TenantId, run: Run, at: datetime) -> None:
    """A run waits for somebody to release its valid part."""
    title = f"{await _name_of(session, tenant, run)} is held"
    text = f"{run.set_aside:,} of {run.rows_in:,} records were set aside. Release the rest, or correct them first."
    NoticeBoard(session, tenant).post(
        NoticeKind.RUN_HELD, title=title, text=text, link=f"/runs/{run.id}", subject_id=run.id, at=at
    )


def announce_delivery_failed(
    session: AsyncSession, tenant: TenantId, destination: Destination, reason: dict[str, object], at: datetime
) -> None:
    """A file will not be delivered unless somebody does something."""
    other = _OTHER_IDENTITY.get(str(reason.get("code")))
    title = f"{destination.name} shows another {other}" if other else f"A delivery to {destination.name} failed"
    NoticeBoard(session, tenant).post(
        NoticeKind.HOST_KEY_CHANGED if other else NoticeKind.DELIVERY_FAILED,
        title=title,
        text=" ".join(str(part) for part in (reason.get("message"), reason.get("fix")) if part),
        link=f"/destinations/{destination.id}",
        subject_id=destination.id,
        at=at,
    )


def announce_endpoint_disabled(
    session: AsyncSession, tenant: TenantId, endpoint: WebhookEndpoint, at: datetime
) -> None:
    """Nothing is sent to a webhook endpoint any more."""
    NoticeBoard(session, tenant).post(
        NoticeKind.ENDPOINT_DISABLED,
        title=f"The webhook endpoint {endpoint.description or endpoint.id} was switched off",
        text=f"It {endpoint.disabled_reason}.",
        link=f"/webhook-endpoints/{endpoint.id}",
        subject_id=endpoint.id,
        at=at,
    )


def announce_endpoint_health(
    session: AsyncSession, tenant: TenantId, endpoint: WebhookEndpoint, kind: NoticeKind, text: str, at: datetime
) -> None:
    """A webhook endpoint fails, has lost an event, or works again."""
    said = {
        NoticeKind.ENDPOINT_FAILING: "does not take what is sent to it",
        NoticeKind.ENDPOINT_EXHAUSTED: "has missed an event",
        NoticeKind.ENDPOINT_RECOVERED: "works again",
    }[kind]
    NoticeBoard(session, tenant).post(
        kind,
        title=f"The webhook endpoint {endpoint.description or endpoint.id} {said}",
        text=text,
        link=f"/webhook-endpoints/{endpoint.id}",
        subject_id=endpoint.id,
        at=at,
    )


def announce_certificate_ending(
    session: AsyncSession, tenant: TenantId, endpoint: WebhookEndpoint, one: EndingCertificate, at: datetime
) -> None:
    """A certificate that is stored for a webhook endpoint ends soon, or has ended."""
    whose = "client certificate" if one.is_own else "trusted authority"
    ends, says = ("expires", "expires soon") if one.expires_at > at else ("expired", "has expired")
    NoticeBoard(session, tenant).post(
        NoticeKind.CERTIFICATE_ENDING,
        title=f"The {whose} of the webhook endpoint {endpoint.description or endpoint.id} {says}",
        text=f"{one.subject} {ends} on {one.expires_at:%Y-%m-%d}. Without another one nothing is sent any more.",
        link=f"/webhook-endpoints/{endpoint.id}",
        subject_id=endpoint.id,
        at=at,
    )


def announce_connector_failed(
    session: AsyncSession, connector: Connector, reason: str, fix: str | None, at: datetime, *, excluded: UUID | None
) -> None:
    """A connector that worked does not any more."""
    NoticeBoard(session, TenantId(connector.tenant_id)).post(
        NoticeKind.CONNECTOR_FAILED,
        title=f"The connector {connector.name} does not work",
        text=" ".join(part for part in (reason, fix) if part),
        link=f"/connectors/{connector.id}",
        subject_id=connector.id,
        at=at,
        excluded=excluded,
    )


def announce_connector_works(
    session: AsyncSession, connector: Connector, at: datetime, *, excluded: UUID | None
) -> None:
    """A connector that did not work does again."""
    NoticeBoard(session, TenantId(connector.tenant_id)).post(
        NoticeKind.CONNECTOR_WORKS,
        title=f"The connector {connector.name} works again",
        text="Every step of its test succeeded.",
        link=f"/connectors/{connector.id}",
        subject_id=connector.id,
        at=at,
        excluded=excluded,
    )


def announce_quality(
    session: AsyncSession,
    tenant: TenantId,
    report: Report,
    day: QualityDay,
    crossed: Mapping[Indicator, QualitySeverity],
    at: datetime,
) -> None:
    """A report's day has crossed limits of its quality."""
    named = ", ".join(f"{one.value.replace('_', ' ')} ({severity.value})" for one, severity in crossed.items())
    NoticeBoard(session, tenant).post(
        NoticeKind.QUALITY_LIMIT,
        title=f"Quality of {report.name} for {day.day.isoformat()}",
        text=f"Limits are crossed: {named}.",
        link=f"/quality?report={report.id}",
        subject_id=report.id,
        at=at,
    )


def announce_old_holds(session: AsyncSession, tenant: TenantId, holds: OldHolds, days: int, at: datetime) -> None:
    """Records of a report have been held for long."""
    counted = "1 record has" if holds.records == 1 else f"{holds.records:,} records have"
    NoticeBoard(session, tenant).post(
        NoticeKind.RECORDS_WAIT,
        title=f"Held records of {holds.report_name} wait",
        text=f"{counted} waited for {days} days or longer, the oldest since {holds.oldest.date().isoformat()}.",
        link=f"/held-records?state=held&report_id={holds.report_id}",
        subject_id=holds.report_id,
        at=at,
    )


def announce_deadline(
    session: AsyncSession, tenant: TenantId, obligation: Obligation, report_name: str, at: datetime, *, is_missed: bool
) -> None:
    """A report may come too late, or is too late."""
    due = obligation.due_at.astimezone(ZoneInfo(obligation.time_zone))
    what = "has missed its deadline" if is_missed else "is at risk"
    said = f"{due:%Y-%m-%d %H:%M} ({obligation.time_zone})"
    NoticeBoard(session, tenant).post(
        NoticeKind.DEADLINE_BREACHED if is_missed else NoticeKind.DEADLINE_AT_RISK,
        title=f"{report_name} for {obligation.reporting_date} {what}",
        text=f"It was due at {said}." if is_missed else f"It is due at {said} and has not arrived yet.",
        link=f"/deadlines?report_id={obligation.report_id}",
        subject_id=obligation.id,
        at=at,
    )


def announce_overdue_action(
    session: AsyncSession,
    tenant: TenantId,
    entry: RegisterEntry,
    action: RegisterAction,
    at: datetime,
    *,
    is_owner_here: bool,
) -> None:
    """What somebody was to do about an error or omission is overdue; everybody is told where its owner has left."""
    NoticeBoard(session, tenant).post(
        NoticeKind.ACTION_OVERDUE,
        title=f"An action of {entry.reference} is overdue",
        text=f"{action.text} (due on {action.due_at:%Y-%m-%d})",
        link=f"/error-register/{entry.id}",
        subject_id=action.id,
        at=at,
        recipients=[action.owner_id] if is_owner_here else None,
    )


def announce_trigger_failed(session: AsyncSession, trigger: Trigger, title: str, reason: str, at: datetime) -> None:
    """A trigger cannot look, or could not start a run."""
    NoticeBoard(session, TenantId(trigger.tenant_id)).post(
        NoticeKind.TRIGGER_FAILED,
        title=title,
        text=reason,
        link=f"/triggers/{trigger.id}",
        subject_id=trigger.id,
        at=at,
    )


async def announce_stale_dataset(session: AsyncSession, tenant: TenantId, dataset: Dataset, at: datetime) -> None:
    """The data of a dataset or mapping set have become older than they may be."""
    is_mapping, as_at = dataset.kind == DatasetKind.MAPPING_SET, dataset.as_at
    permission = Permission.MAPPING_SETS_WRITE if is_mapping else Permission.DATASETS_WRITE
    NoticeBoard(session, tenant).post(
        NoticeKind.REFERENCE_STALE,
        title=f"{dataset.title} is out of date",
        text=f"Its data are of {as_at:%Y-%m-%d} and are to be renewed every {dataset.stale_after_days} days.",
        link=f"/{'mapping-sets' if is_mapping else 'datasets'}/{dataset.id}",
        subject_id=dataset.id,
        at=at,
        recipients=await MemberRepository(session, tenant).holders_of(permission.value),
    )


def announce_approval_waiting(
    session: AsyncSession, tenant: TenantId, report: Report, version: ReportVersion, submitter: Actor, at: datetime
) -> None:
    """A version waits for somebody other than its author."""
    NoticeBoard(session, tenant).post(
        NoticeKind.APPROVAL_WAITING,
        title=f"{report.name} {version.number} waits for approval",
        text=f"Submitted by {submitter.label}.",
        link=f"/reports/{report.id}/versions/{version.id}",
        subject_id=version.id,
        at=at,
        excluded=submitter.user_id,
    )


async def announce_submission_waiting(
    session: AsyncSession, tenant: TenantId, submission: Submission, at: datetime
) -> None:
    """A submission waits for somebody who may let it go out."""
    is_duplicate = submission.hold == SubmissionHold.DUPLICATE
    permission = Permission.SUBMISSIONS_OVERRIDE if is_duplicate else Permission.SUBMISSIONS_APPROVE
    NoticeBoard(session, tenant).post(
        NoticeKind.APPROVAL_WAITING,
        title=f"The submission {submission.reference} waits{'' if is_duplicate else ' for approval'}",
        text="The day has an original already. Nothing is sent unless somebody says why." if is_duplicate else "",
        link=f"/submissions/{submission.id}",
        subject_id=submission.id,
        at=at,
        recipients=await MemberRepository(session, tenant).holders_of(permission.value),
        excluded=None if is_duplicate else submission.started_by,
    )


def announce_rejection(session: AsyncSession, tenant: TenantId, submission: Submission, at: datetime) -> None:
    """The regulator has rejected records of a submission, or all of it."""
    rejected = submission.rejected_count
    told = f"{rejected:,} of {submission.record_count:,} records were rejected."
    NoticeBoard(session, tenant).post(
        NoticeKind.REJECTION_RECEIVED,
        title=f"The regulator rejects {'records of ' if submission.accepted_count else ''}{submission.reference}",
        text=told if rejected else f"The file was not processed: {submission.file_status}.",
        link=f"/submissions/{submission.id}",
        subject_id=submission.id,
        at=at,
    )


def announce_part_unprocessed(
    session: AsyncSession,
    tenant: TenantId,
    submission: Submission,
    file_name: str,
    status: str | None,
    at: datetime,
) -> None:
    """The regulator could not process one of several files of a submission."""
    NoticeBoard(session, tenant).post(
        NoticeKind.REJECTION_RECEIVED,
        title=f"The regulator could not process a file of {submission.reference}",
        text=f"{file_name} was not processed: {status}. Send it once more; its other files are settled by themselves.",
        link=f"/submissions/{submission.id}",
        subject_id=submission.id,
        at=at,
    )


def announce_feedback_waiting(session: AsyncSession, tenant: TenantId, file: FeedbackFile, at: datetime) -> None:
    """A regulator's answer could not be applied; somebody has to look at it."""
    NoticeBoard(session, tenant).post(
        NoticeKind.REJECTION_RECEIVED,
        title=f"The feedback {file.name} is {file.state}",
        text=file.reason or "Nothing of it was applied.",
        link=f"/feedback/{file.id}",
        subject_id=file.id,
        at=at,
    )


def announce_exceptions_assigned(
    session: AsyncSession, tenant: TenantId, assignee: UUID, exceptions: Sequence[UUID], assigner: Actor, at: datetime
) -> None:
    """Somebody has given exceptions to a colleague."""
    is_one = len(exceptions) == 1
    NoticeBoard(session, tenant).post(
        NoticeKind.EXCEPTION_ASSIGNED,
        title="An exception was given to you" if is_one else f"{len(exceptions)} exceptions were given to you",
        text=f"By {assigner.label}.",
        link=f"/exceptions/{exceptions[0]}" if is_one else f"/exceptions?assignee={assignee}",
        subject_id=exceptions[0],
        at=at,
        recipients=[assignee],
    )


def announce_acceptance_waiting(
    session: AsyncSession, tenant: TenantId, exceptions: Sequence[UUID], proposer: Actor, at: datetime
) -> None:
    """Somebody wants records to stay out, and a second person has to agree."""
    is_one = len(exceptions) == 1
    NoticeBoard(session, tenant).post(
        NoticeKind.ACCEPTANCE_WAITING,
        title="The acceptance of an exception waits" if is_one else f"{len(exceptions)} acceptances wait",
        text=f"Asked for by {proposer.label}.",
        link=f"/exceptions/{exceptions[0]}" if is_one else "/exceptions?proposed=true",
        subject_id=exceptions[0],
        at=at,
        excluded=proposer.user_id,
    )


async def _name_of(session: AsyncSession, tenant: TenantId, run: Run) -> str:
    report = await ReportRepository(session, tenant).find(ReportId(run.report_id))
    return f"{report.name if report else 'The run'} for {run.reporting_date.isoformat()} (run {run.sequence})"
