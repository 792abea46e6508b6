"""A sample of every event, as a partner would receive it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from backend.domain.artifacts import SchemaStatus
from backend.domain.datasets import DatasetKind
from backend.domain.deadlines import ObligationState
from backend.domain.deliveries import DeliveryState, DestinationEnvironment
from backend.domain.error_register import EntryKind, EntryState, RootCause
from backend.domain.event_catalogue.catalogue import CATALOGUE
from backend.domain.event_catalogue.deliveries import DeliveryLinks, DeliveryNews, Receipt
from backend.domain.event_catalogue.endpoints import EndpointHealthNews, EndpointLinks, PingNews
from backend.domain.event_catalogue.exceptions import ExceptionLinks, ExceptionNews
from backend.domain.event_catalogue.governance import (
    DatasetLinks,
    DatasetNews,
    RegisterEntryNews,
    RegisterLinks,
    ReportLinks,
    ReportVersionNews,
    RuleSetLinks,
    RuleSetNews,
)
from backend.domain.event_catalogue.news import News, Refusal
from backend.domain.event_catalogue.runs import ArtifactLinks, ArtifactNews, RecordTally, RunLinks, RunNews
from backend.domain.event_catalogue.schedules import MissedFireNews, ObligationLinks, ObligationNews, ScheduleLinks
from backend.domain.event_catalogue.submissions import (
    FeedbackLinks,
    FeedbackNews,
    SubmissionLinks,
    SubmissionNews,
    SubmittedRecords,
)
from backend.domain.exceptions import ExceptionState
from backend.domain.feedback import FeedbackFormat, FeedbackSource, FeedbackState
from backend.domain.reports.versions import ReportVersionState
from backend.domain.runs import RunKind, RunState
from backend.domain.schedules.fires import FireState
from backend.domain.submissions import SubmissionEnvironment, SubmissionHold, SubmissionKind, SubmissionState
from backend.domain.webhooks import WebhookEvent, WebhookEventType


def _id(number: int) -> UUID:
    return UUID(f"0199c0de-0000-7000-8000-{number:012x}")


_EVENT, _TENANT, _RUN, _REPORT, _VERSION, _ARTIFACT, _DELIVERY = (_id(number) for number in range(1, 8))
_DESTINATION, _SUBMISSION, _FEEDBACK, _EXCEPTION, _RERUN, _SCHEDULE = (_id(number) for number in range(8, 14))
_OBLIGATION, _ENTRY, _RULE_SET, _DATASET, _ENDPOINT = (_id(number) for number in range(14, 19))
_AT: Final = datetime(2026, 3, 3, 5, 0, 2, 417000, tzinfo=UTC)
_DAY: Final = date(2026, 3, 2)
_FILE: Final = "TREX_2026-03-02_0001.xml"
_SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0bb822cd15d6c15b0f00a0"
_RUN_LINK, _WEBHOOK_LINK = f"/api/v1/runs/{_RUN}", f"/api/v1/webhooks/{_ENDPOINT}"

_RUN_DATA: Final = RunNews(
    run_id=_RUN,
    report_id=_REPORT,
    report_version_id=_VERSION,
    reporting_date=_DAY,
    sequence=1,
    kind=RunKind.REGULAR,
    parent_run_id=None,
    state=RunState.PARTIAL,
    is_held=False,
    counts=RecordTally(rows_in=120_000, rows_out=119_993, set_aside=7, filtered=0, excluded=0, held=0),
    links=RunLinks(run=_RUN_LINK),
)
_DELIVERY_DATA: Final = DeliveryNews(
    delivery_id=_DELIVERY,
    run_id=_RUN,
    report_id=_REPORT,
    reporting_date=_DAY,
    artifact_id=_ARTIFACT,
    destination_id=_DESTINATION,
    state=DeliveryState.DELIVERED,
    attempts=1,
    name=_FILE,
    sha256=_SHA256,
    receipt=Receipt(
        name=f"Regulator: {_FILE}",
        environment=DestinationEnvironment.PRODUCTION,
        server="sftp.regulator.example:22",
        host_key_fingerprint="SHA256:uO0kqVJm3zHVl2Nq0zS0p8qGvTqZ1b9R8yQmO8C2t4c",
        remote_path=f"/in/{_FILE}",
        size_bytes=48_213_004,
        sha256=_SHA256,
        remote_modified_at=_AT,
    ),
    error=None,
    links=DeliveryLinks(delivery=f"/api/v1/deliveries/{_DELIVERY}", run=_RUN_LINK),
)
_REFUSED: Final = Refusal(
    code="destination_unreachable", message="The server does not answer.", fix="Ask the operator of the server."
)
_SUBMISSION_DATA: Final = SubmissionNews(
    submission_id=_SUBMISSION,
    reference="TREX-2026-03-02-0001",
    run_id=_RUN,
    report_id=_REPORT,
    reporting_date=_DAY,
    kind=SubmissionKind.ORIGINAL,
    parent_submission_id=None,
    state=SubmissionState.SENT,
    hold=SubmissionHold.NONE,
    environment=SubmissionEnvironment.PRODUCTION,
    is_late=False,
    counts=SubmittedRecords(records=119_993, accepted=0, pending=0, rejected=0, unconfirmed=119_993),
    links=SubmissionLinks(submission=f"/api/v1/submissions/{_SUBMISSION}", run=_RUN_LINK),
)
_EXCEPTIONS: Final = ExceptionNews(
    run_id=_RUN,
    report_id=_REPORT,
    reporting_date=_DAY,
    exceptions=1,
    states={ExceptionState.OPEN: 1},
    exception_ids=[_EXCEPTION],
    supplemental_run_id=None,
    links=ExceptionLinks(exceptions=f"/api/v1/exceptions?run_id={_RUN}"),
)
_ENTRY_DATA: Final = RegisterEntryNews(
    entry_id=_ENTRY,
    reference="ER-2026-0004",
    kind=next(iter(EntryKind)),
    state=EntryState.OPEN,
    root_cause=next(iter(RootCause)),
    report_ids=[_REPORT],
    notified_at=None,
    links=RegisterLinks(entry=f"/api/v1/error-register/{_ENTRY}"),
)
_OBLIGATION_DATA: Final = ObligationNews(
    obligation_id=_OBLIGATION,
    report_id=_REPORT,
    reporting_date=_DAY,
    state=ObligationState.AT_RISK,
    due_at=datetime(2026, 3, 3, 22, 59, tzinfo=UTC),
    time_zone="Europe/Paris",
    links=ObligationLinks(obligations=f"/api/v1/obligations?report_id={_REPORT}"),
)
_VERSION_DATA: Final = ReportVersionNews(
    report_id=_REPORT,
    report_version_id=_VERSION,
    version="2.1",
    state=ReportVersionState.ACTIVE,
    links=ReportLinks(report=f"/api/v1/reports/{_REPORT}"),
)
_HEALTH: Final = EndpointHealthNews(
    webhook_id=_ENDPOINT,
    description="Settlement desk",
    delivery_id=_DELIVERY,
    event_id=_EVENT,
    event_type=WebhookEventType.RUN_COMPLETED,
    attempts=4,
    status=503,
    error=None,
    reason=None,
    links=EndpointLinks(webhook=_WEBHOOK_LINK),
)
_COMMON: Final[Mapping[type[News], News]] = {
    RunNews: _RUN_DATA,
    ArtifactNews: ArtifactNews(
        artifact_id=_ARTIFACT,
        run_id=_RUN,
        report_id=_REPORT,
        reporting_date=_DAY,
        name=_FILE,
        format="xml",
        size_bytes=48_213_004,
        sha256=_SHA256,
        records=119_993,
        schema_status=SchemaStatus.VALID,
        links=ArtifactLinks(content=f"/api/v1/artifacts/{_ARTIFACT}/content", run=_RUN_LINK),
    ),
    DeliveryNews: _DELIVERY_DATA,
    SubmissionNews: _SUBMISSION_DATA,
    FeedbackNews: FeedbackNews(
        feedback_id=_FEEDBACK,
        name="FDB_2026-03-02_0001.xml",
        sha256=_SHA256,
        size_bytes=18_224,
        source=FeedbackSource.POLL,
        format=next(iter(FeedbackFormat)),
        state=FeedbackState.APPLIED,
        reason_code=None,
        reason=None,
        file_status="PART",
        submission_ids=[_SUBMISSION],
        report_ids=[_REPORT],
        links=FeedbackLinks(feedback=f"/api/v1/feedback/{_FEEDBACK}"),
    ),
    ExceptionNews: _EXCEPTIONS,
    MissedFireNews: MissedFireNews(
        schedule_id=_SCHEDULE,
        schedule="Every working day at 06:00",
        report_id=_REPORT,
        fire_at=_AT,
        reporting_date=_DAY,
        state=FireState.FAILED,
        reason_code="no_active_version",
        reason="The report has no active version. Activate a version of the report.",
        links=ScheduleLinks(schedule=f"/api/v1/schedules/{_SCHEDULE}"),
    ),
    ObligationNews: _OBLIGATION_DATA,
    RegisterEntryNews: _ENTRY_DATA,
    ReportVersionNews: _VERSION_DATA,
    RuleSetNews: RuleSetNews(
        rule_set_id=_RULE_SET,
        name="house-rules",
        number=3,
        sha256=_SHA256,
        regime="mifir-rts22",
        links=RuleSetLinks(rule_set=f"/api/v1/rule-sets/{_RULE_SET}"),
    ),
    DatasetNews: DatasetNews(
        dataset_id=_DATASET,
        kind=DatasetKind.DATASET,
        name="counterparties",
        version=12,
        entries=4180,
        added=14,
        removed=2,
        sha256=_SHA256,
        links=DatasetLinks(dataset=f"/api/v1/datasets/{_DATASET}"),
    ),
    EndpointHealthNews: _HEALTH,
    PingNews: PingNews(webhook_id=_ENDPOINT, links=EndpointLinks(webhook=_WEBHOOK_LINK)),
}


def _counts(accepted: int, rejected: int) -> dict[str, object]:
    records = _SUBMISSION_DATA.counts.records
    told = {"records": records, "accepted": accepted, "pending": 0, "rejected": rejected}
    return {"counts": SubmittedRecords(**told, unconfirmed=records - accepted - rejected)}


_NO_RECORDS: Final = RecordTally(rows_in=0, rows_out=0, set_aside=0, filtered=0, excluded=0, held=0)
#: What differs where several types share a model.
_OWN: Final[Mapping[WebhookEventType, Mapping[str, Any]]] = MappingProxyType(
    {
        WebhookEventType.RUN_REQUESTED: {"state": RunState.PENDING, "counts": _NO_RECORDS},
        WebhookEventType.RUN_STARTED: {"state": RunState.RUNNING, "counts": _NO_RECORDS},
        WebhookEventType.RUN_HELD: {"is_held": True},
        WebhookEventType.RUN_FAILED: {"state": RunState.FAILED},
        WebhookEventType.RUN_CANCELLED: {"state": RunState.CANCELLED},
        WebhookEventType.DELIVERY_RETRYING: {"state": DeliveryState.RETRYING, "receipt": None, "error": _REFUSED},
        WebhookEventType.DELIVERY_FAILED: {
            "state": DeliveryState.FAILED,
            "attempts": 10,
            "receipt": None,
            "error": _REFUSED,
        },
        WebhookEventType.SUBMISSION_PREPARED: {
            "state": SubmissionState.PREPARED,
            "hold": SubmissionHold.APPROVAL,
        },
        WebhookEventType.SUBMISSION_APPROVED: {"state": SubmissionState.APPROVED},
        WebhookEventType.SUBMISSION_ACKNOWLEDGED: {"state": SubmissionState.ACKNOWLEDGED},
        WebhookEventType.SUBMISSION_ACCEPTED: {"state": SubmissionState.ACCEPTED, **_counts(119_993, 0)},
        WebhookEventType.SUBMISSION_PARTIALLY_ACCEPTED: {
            "state": SubmissionState.PARTIALLY_ACCEPTED,
            **_counts(119_990, 3),
        },
        WebhookEventType.SUBMISSION_REJECTED: {"state": SubmissionState.REJECTED, **_counts(0, 119_993)},
        WebhookEventType.SUBMISSION_CORRECTED: {"state": SubmissionState.CORRECTED, **_counts(119_990, 3)},
        WebhookEventType.EXCEPTION_OPENED: {"exceptions": 7, "states": {ExceptionState.OPEN: 7}, "exception_ids": []},
        WebhookEventType.EXCEPTION_AMENDED: {"states": {ExceptionState.AMENDED: 1}},
        WebhookEventType.EXCEPTION_RESUBMITTED: {
            "states": {ExceptionState.RESUBMITTED: 1},
            "supplemental_run_id": _RERUN,
        },
        WebhookEventType.EXCEPTION_CLOSED: {"states": {ExceptionState.RESOLVED: 1}, "supplemental_run_id": _RERUN},
        WebhookEventType.DEADLINE_BREACHED: {"state": ObligationState.BREACHED},
        WebhookEventType.ERROR_REGISTER_NOTIFIED: {"state": EntryState.NOTIFIED, "notified_at": _AT},
        WebhookEventType.ERROR_REGISTER_CLOSED: {"state": EntryState.CLOSED, "notified_at": _AT},
        WebhookEventType.REPORT_VERSION_SUBMITTED: {"state": ReportVersionState.IN_REVIEW},
        WebhookEventType.REPORT_VERSION_APPROVED: {"state": ReportVersionState.APPROVED},
        WebhookEventType.REPORT_VERSION_REJECTED: {"state": ReportVersionState.DRAFT},
        WebhookEventType.REPORT_VERSION_ARCHIVED: {"state": ReportVersionState.ARCHIVED},
        WebhookEventType.WEBHOOK_EXHAUSTED: {"attempts": 10},
        WebhookEventType.WEBHOOK_RECOVERED: {"attempts": 5, "status": 204},
        WebhookEventType.WEBHOOK_DISABLED: {
            "attempts": 1,
            "status": 410,
            "reason": "answered 410 Gone",
        },
    }
)


@cache
def sample_of(event_type: WebhookEventType) -> WebhookEvent:
    """A whole event of this type. Raises KeyError for one that is not in the catalogue."""
    data = _COMMON[CATALOGUE[event_type].data].model_copy(update=dict(_OWN.get(event_type, {})))
    return WebhookEvent(_EVENT, event_type, _AT, _TENANT, 4711, data.document())
