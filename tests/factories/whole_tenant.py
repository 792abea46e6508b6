"""One row in every table of a tenant, so that a test can ask of each table who sees it."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from backend.core.clock import utc_now
from backend.core.ids import new_id
from backend.core.pagination import PageRequest
from backend.domain.audit import SECRET_CHANGED, AuditAction, AuditSubject
from backend.domain.notices import NoticeKind
from backend.domain.runs import RunState, RunStep, StepState
from backend.domain.submissions import SubmissionAction
from backend.domain.webhook_access import WebhookAccess
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.audit import AuditEntry
from backend.persistence.models.calendar import Calendar
from backend.persistence.models.connector import Connector
from backend.persistence.models.dataset import Dataset
from backend.persistence.models.deadline import Deadline
from backend.persistence.models.delivery import Delivery, DeliveryAttempt, Destination
from backend.persistence.models.eligibility import HeldRecord, HeldReview, RunDecision
from backend.persistence.models.error_register import RegisterAction
from backend.persistence.models.exception import (
    ExceptionAmendment,
    ExceptionEvent,
    RunException,
    SupplementalRecord,
)
from backend.persistence.models.feedback import FeedbackFile
from backend.persistence.models.idempotency import IdempotencyKey
from backend.persistence.models.invitation import UserInvitation
from backend.persistence.models.mail import OutgoingMail
from backend.persistence.models.notice import Notice, NoticePreference
from backend.persistence.models.official_text import OfficialText
from backend.persistence.models.publication import Publication
from backend.persistence.models.quality import QualityDay, QualitySetting
from backend.persistence.models.reconciliation import Reconciliation, ReconciliationMapping
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.rule_set import RuleSet
from backend.persistence.models.run import Run, RunOutput, RunRowGroup, RunStepProgress
from backend.persistence.models.schedule import Backfill, Schedule
from backend.persistence.models.schema_package import SchemaPackage
from backend.persistence.models.service_key import ServiceKey
from backend.persistence.models.session import RecoveryCode, SecondFactor, UserSession
from backend.persistence.models.source_upload import SourceUpload
from backend.persistence.models.submission import Submission
from backend.persistence.models.tenant import Role
from backend.persistence.models.trigger import Trigger
from backend.persistence.models.webhook import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from backend.persistence.models.webhook_recovery import WebhookRecovery
from backend.persistence.repositories.audit import AuditFilter, AuditRepository
from backend.services.scope import TenantScope
from backend.services.submission_history import StepTaken, SubmissionHistory
from tests.factories.customer_rows import FilledCustomers, fill_customers
from tests.factories.error_register_rows import stored_action, stored_entry, stored_link
from tests.factories.feedback_rows import stored_answer, stored_feedback
from tests.factories.people import open_session
from tests.factories.publication_rows import stored_change, stored_publication
from tests.factories.reconciliation_rows import stored_mapping, stored_reconciliation
from tests.factories.rows import AT, Rows


@dataclass(frozen=True, slots=True)
class WholeTenant:
    """What ``fill`` has stored, as far as tests ask for it by id."""

    connector: Connector
    source_upload: SourceUpload
    dataset: Dataset
    mapping_set: Dataset
    calendar: Calendar
    deadline: Deadline
    report: Report
    version: ReportVersion
    run: Run
    exception: RunException
    artifact: Artifact
    destination: Destination
    delivery: Delivery
    submission: Submission
    feedback: FeedbackFile
    reconciliation: Reconciliation
    queued_reconciliation: Reconciliation
    reconciliation_mapping: ReconciliationMapping
    schedule: Schedule
    backfill: Backfill
    register_action: RegisterAction
    trigger: Trigger
    webhook: WebhookEndpoint
    webhook_delivery: WebhookDelivery
    webhook_recovery: WebhookRecovery
    other_recovery: WebhookRecovery
    schema_package: SchemaPackage
    rule_set: RuleSet
    official_text: OfficialText
    role: Role
    session: UserSession
    audit_entry: AuditEntry
    mail: OutgoingMail
    invitation: UserInvitation
    service_key: ServiceKey
    notice: Notice
    customers: FilledCustomers
    publication: Publication


async def record_something(scope: TenantScope, count: int = 1) -> AuditEntry:
    """Entries of the audit trail, each in a transaction of its own; the newest comes back."""
    for number in range(count):
        async with scope.transaction() as session:
            await scope.audit(session).record(
                AuditAction.CONNECTOR_CREATED,
                AuditSubject("connector", new_id(), f"source {number}"),
                before={"name": "älter"},
                after={"name": f"source {number}", "credentials": SECRET_CHANGED},
                note="written by a test",
            )
    async with scope.transaction() as session:
        newest = await AuditRepository(session, scope.tenant).page(PageRequest(1), AuditFilter())
    return newest.items[0]


async def fill(rows: Rows) -> WholeTenant:
    """Store one row of every kind; a table that is missing here fails the test that walks the catalogue."""
    connector = await rows.connector()
    report = await rows.report()
    version = await rows.version(report)
    await rows.draft(report)
    await rows.version_event(version)
    run = await rows.run(version, state=RunState.PARTIAL, is_held=True, finished_at=AT)
    artifact = await rows.artifact(run)
    destination = await rows.destination()
    delivery = await rows.delivery(artifact, destination)
    submission = await rows.submission(run)
    await rows.submission_file(submission, artifact)
    feedback = await stored_feedback(rows, submission)
    await stored_answer(rows, destination)
    schedule = await rows.schedule(report)
    await rows.fire(schedule)
    backfill = await rows.backfill(report)
    entry_of_register = await stored_entry(rows, report)
    await stored_link(rows, entry_of_register, submission)
    deadline = await rows.deadline(report)
    await rows.obligation(report)
    access = WebhookAccess(headers={"X-Receiver": SecretStr("a word of the receiver")})
    webhook = await rows.webhook(access=access.facts(), access_secrets=rows.box.seal(access.document()))
    webhook_delivery = await rows.webhook_delivery(webhook)
    webhook_recovery = await rows.webhook_recovery(webhook)
    await rows.run_event(run, "state", {"state": "partial"})
    await rows.finding(run)
    exception = await rows.exception(run)
    signed_in = await _fill_person(rows)
    tenant = rows.person.tenant
    async with rows.database.transaction(tenant) as session:
        session.add_all(
            [
                RunStepProgress(
                    run_id=run.id,
                    tenant_id=tenant,
                    name=RunStep.EXTRACT,
                    state=StepState.SUCCEEDED,
                    rows=1,
                    seconds=0.5,
                ),
                RunRowGroup(
                    run_id=run.id,
                    tenant_id=tenant,
                    number=0,
                    fencing_token=1,
                    rows_in=1,
                    rows_out=1,
                    set_aside=0,
                    filtered=0,
                    committed_at=AT,
                ),
                RunDecision(
                    run_id=run.id, tenant_id=tenant, code="WAIT", decision="hold", reason="It is unknown.", count=1
                ),
                HeldRecord(
                    id=new_id(),
                    tenant_id=tenant,
                    run_id=run.id,
                    report_id=report.id,
                    row_number=1,
                    record_key="T-1",
                    code="WAIT",
                    state="held",
                    held_at=AT,
                ),
                HeldReview(run_id=run.id, tenant_id=tenant, due_at=AT, asked_at=AT),
                QualityDay(
                    report_id=report.id,
                    tenant_id=tenant,
                    day=run.reporting_date,
                    run_id=run.id,
                    **dict.fromkeys(("rows_in", "expected", "reported", "checked"), 1),
                    **dict.fromkeys(("set_aside", "held", "amended", "repeated"), 0),
                    noticed={},
                    computed_at=AT,
                ),
                QualitySetting(report_id=report.id, tenant_id=tenant, thresholds={}, changed_at=AT),
                RunOutput(run_id=run.id, tenant_id=tenant, output_number=0, file_number=1, object_key="k", progress={}),
                DeliveryAttempt(
                    id=new_id(), tenant_id=tenant, delivery_id=delivery.id, number=1, started_at=AT, finished_at=AT
                ),
                WebhookAttempt(
                    id=new_id(),
                    tenant_id=tenant,
                    delivery_id=webhook_delivery.id,
                    endpoint_id=webhook.id,
                    number=1,
                    started_at=AT,
                    duration_ms=1,
                ),
                ExceptionAmendment(
                    id=new_id(),
                    tenant_id=tenant,
                    exception_id=exception.id,
                    frame="source",
                    column_name="quantity",
                    old="-1",
                    new="1",
                    reason="A sign too many.",
                    created_by=rows.person.user_id,
                    created_at=AT,
                ),
                ExceptionEvent(
                    id=new_id(),
                    tenant_id=tenant,
                    exception_id=exception.id,
                    action="commented",
                    to_state="open",
                    comment="Seen.",
                    actor_id=rows.person.user_id,
                    at=AT,
                ),
                SupplementalRecord(
                    run_id=run.id,
                    tenant_id=tenant,
                    row_number=1,
                    parent_run_id=run.id,
                    parent_row_number=7,
                    exception_id=exception.id,
                ),
                IdempotencyKey(
                    tenant_id=tenant,
                    key=f"key {new_id()}",
                    request_sha256="0" * 64,
                    claim=new_id(),
                    lease_expires_at=AT,
                    has_effect=True,
                    answer=rows.box.seal({}),
                    created_at=AT,
                ),
            ]
        )
    async with rows.database.transaction(tenant) as session:
        await SubmissionHistory(session, tenant).record(submission, StepTaken(SubmissionAction.PREPARED), AT)
    entry = await record_something(rows.person.scope(rows.database))
    package = await rows.schema_package()
    rule_set = await rows.rule_set()
    await rows.rule_set_version(rule_set)
    role = await rows.role("reports:read")
    await rows.password_reset()
    customers = await fill_customers(rows)
    publication = await stored_publication(rows.database, tenant, rows.person.user_id)
    await stored_change(rows.database, publication)
    return WholeTenant(
        connector=connector,
        source_upload=await rows.source_upload(connector),
        dataset=await rows.dataset(),
        mapping_set=await rows.dataset(kind="mapping_set", columns=[{"name": "value", "type": "text", "title": ""}]),
        calendar=await rows.calendar(),
        deadline=deadline,
        report=report,
        version=version,
        run=run,
        exception=exception,
        artifact=artifact,
        destination=destination,
        delivery=delivery,
        submission=submission,
        feedback=feedback,
        reconciliation=await stored_reconciliation(rows, report),
        queued_reconciliation=await stored_reconciliation(rows, report, state="queued", finished_at=None),
        reconciliation_mapping=await stored_mapping(rows, report),
        schedule=schedule,
        backfill=backfill,
        register_action=await stored_action(rows, entry_of_register),
        trigger=await rows.trigger(report),
        webhook=webhook,
        webhook_delivery=webhook_delivery,
        webhook_recovery=webhook_recovery,
        other_recovery=await rows.webhook_recovery(webhook),
        schema_package=package,
        rule_set=rule_set,
        official_text=await rows.official_text(),
        role=role,
        mail=await rows.mail(),
        invitation=await rows.invitation(),
        service_key=await rows.service_key("reports:read"),
        session=signed_in,
        audit_entry=entry,
        notice=await _fill_notices(rows),
        customers=customers,
        publication=publication,
    )


async def _fill_notices(rows: Rows) -> Notice:
    """A notice to the person who acts, and how they want to be told."""
    tenant, user_id = rows.person.tenant, rows.person.user_id
    notice = Notice(
        id=new_id(),
        tenant_id=tenant,
        user_id=user_id,
        kind=NoticeKind.RUN_FAILED,
        title="A run failed",
        text="The source cannot be reached.",
        link="/runs",
        subject_id=new_id(),
        is_in_app=True,
        created_at=AT,
        mail_due_at=AT,
    )
    async with rows.database.transaction(tenant) as session:
        session.add(notice)
        if await session.get(NoticePreference, (tenant, user_id)) is None:
            session.add(
                NoticePreference(
                    tenant_id=tenant, user_id=user_id, muted_in_app=[], muted_mail=[], digest="off", digest_hour=8
                )
            )
    return notice


async def _fill_person(rows: Rows) -> UserSession:
    """What belongs to the person who acts; another session than the one they act in."""
    user_id = rows.person.user_id
    elsewhere = open_session(user_id, rows.person.tenant, utc_now())
    async with rows.database.transaction(rows.person.tenant, user_id=user_id) as session:
        await session.merge(SecondFactor(user_id=user_id, secret=rows.box.seal({"secret": "A" * 32}), created_at=AT))
        session.add(RecoveryCode(id=new_id(), user_id=user_id, code_hash=new_id().hex * 2, created_at=AT))
        session.add(elsewhere)
    return elsewhere
