"""The catalogue: each event type with what it means and what its data is.

``sync.*`` has no entry: nothing announces it yet, and a catalogue lists what can be heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from backend.domain.event_catalogue.deliveries import DeliveryNews
from backend.domain.event_catalogue.endpoints import EndpointHealthNews, PingNews
from backend.domain.event_catalogue.exceptions import ExceptionNews
from backend.domain.event_catalogue.governance import DatasetNews, RegisterEntryNews, ReportVersionNews, RuleSetNews
from backend.domain.event_catalogue.news import News
from backend.domain.event_catalogue.runs import ArtifactNews, RunNews
from backend.domain.event_catalogue.schedules import MissedFireNews, ObligationNews
from backend.domain.event_catalogue.submissions import FeedbackNews, SubmissionNews
from backend.domain.webhooks import WebhookEventType


@dataclass(frozen=True, slots=True)
class EventKind:
    """What partners can count on: when the event comes, and the model that its data is built by."""

    description: str
    data: type[News]


_MEANINGS: Final[Mapping[type[News], Mapping[WebhookEventType, str]]] = {
    RunNews: {
        WebhookEventType.RUN_REQUESTED: "A run was started by a person, a schedule, a trigger or a resubmission.",
        WebhookEventType.RUN_STARTED: "A worker has taken the run up for the first time.",
        WebhookEventType.RUN_COMPLETED: "A run has made its files; with records set aside its state is partial.",
        WebhookEventType.RUN_HELD: "A run has made its files without all records; they wait for a release.",
        WebhookEventType.RUN_RELEASED: "The files of a held run were released.",
        WebhookEventType.RUN_FAILED: "A run has ended without files.",
        WebhookEventType.RUN_CANCELLED: "A run was stopped by a person.",
    },
    ArtifactNews: {WebhookEventType.ARTIFACT_CREATED: "A run has made a file; one event for each file."},
    DeliveryNews: {
        WebhookEventType.DELIVERY_COMPLETED: "A file is at its destination, whole: it was read back and compared.",
        WebhookEventType.DELIVERY_RETRYING: "An attempt to deliver a file has failed; another one follows.",
        WebhookEventType.DELIVERY_FAILED: "A file was not delivered and is not tried again without a person.",
    },
    SubmissionNews: {
        WebhookEventType.SUBMISSION_PREPARED: "The files of a run are there to be submitted.",
        WebhookEventType.SUBMISSION_APPROVED: "A submission may be sent.",
        WebhookEventType.SUBMISSION_SENT: "All files of a submission are at the regulator's.",
        WebhookEventType.SUBMISSION_ACKNOWLEDGED: "The regulator has confirmed that the files have come.",
        WebhookEventType.SUBMISSION_ACCEPTED: "The regulator has accepted every record.",
        WebhookEventType.SUBMISSION_PARTIALLY_ACCEPTED: "The regulator has accepted some records and rejected others.",
        WebhookEventType.SUBMISSION_REJECTED: "The regulator has rejected the files or every record.",
        WebhookEventType.SUBMISSION_CORRECTED: "What the regulator rejected has been corrected by later submissions.",
    },
    FeedbackNews: {
        WebhookEventType.FEEDBACK_RECEIVED: (
            "A file of a regulator's answers was read; told once more when it is read again."
        )
    },
    ExceptionNews: {
        WebhookEventType.EXCEPTION_OPENED: "Records of a run need somebody's work.",
        WebhookEventType.EXCEPTION_AMENDED: "Records with an exception were changed.",
        WebhookEventType.EXCEPTION_RESUBMITTED: "Records with an exception are reported again by another run.",
        WebhookEventType.EXCEPTION_CLOSED: "Exceptions were accepted, rejected or resolved.",
    },
    MissedFireNews: {WebhookEventType.SCHEDULE_MISSED: "A schedule could not start a run, or it was too late for it."},
    ObligationNews: {
        WebhookEventType.DEADLINE_AT_RISK: "A report for a date is not where it should be shortly before its deadline.",
        WebhookEventType.DEADLINE_BREACHED: "A deadline has passed and what was owed is not done.",
    },
    RegisterEntryNews: {
        WebhookEventType.ERROR_REGISTER_OPENED: "An entry of the error register was opened.",
        WebhookEventType.ERROR_REGISTER_NOTIFIED: "The authority was told of an entry.",
        WebhookEventType.ERROR_REGISTER_CLOSED: "An entry was closed.",
    },
    ReportVersionNews: {
        WebhookEventType.REPORT_VERSION_SUBMITTED: "A version of a report waits for approval.",
        WebhookEventType.REPORT_VERSION_APPROVED: "A version of a report was approved.",
        WebhookEventType.REPORT_VERSION_REJECTED: "A version of a report was sent back to its author.",
        WebhookEventType.REPORT_VERSION_ACTIVATED: "A version of a report is the one that runs from now on.",
        WebhookEventType.REPORT_VERSION_ARCHIVED: "A version of a report was replaced or taken out of use.",
    },
    RuleSetNews: {WebhookEventType.RULE_SET_ACTIVATED: "A version of a rule set judges records from now on."},
    DatasetNews: {WebhookEventType.DATASET_PUBLISHED: "A new version of a dataset or mapping set is the current one."},
    EndpointHealthNews: {
        WebhookEventType.WEBHOOK_FAILING: "A delivery to a webhook endpoint has failed several times.",
        WebhookEventType.WEBHOOK_EXHAUSTED: "A delivery to a webhook endpoint has used up all its attempts.",
        WebhookEventType.WEBHOOK_RECOVERED: "A webhook endpoint that was failing has answered well.",
        WebhookEventType.WEBHOOK_DISABLED: "A webhook endpoint was switched off, and nothing is sent to it any more.",
    },
    PingNews: {WebhookEventType.OPENREG_PING: "A test that somebody has asked for; it tells nothing."},
}

CATALOGUE: Final[Mapping[WebhookEventType, EventKind]] = MappingProxyType(
    {
        kind: EventKind(meanings[kind], data)
        for kind in WebhookEventType
        for data, meanings in _MEANINGS.items()
        if kind in meanings
    }
)
"""Every event that can be heard."""


def check_news(event_type: WebhookEventType, news: News) -> None:
    """Refuse news that the catalogue does not promise for this type. Raises TypeError: it is a fault of the program."""
    kind = CATALOGUE.get(event_type)
    if kind is None or type(news) is not kind.data:
        raise TypeError(f"{event_type} is not told by {type(news).__name__}")
