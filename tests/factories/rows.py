"""Rows of one tenant, written as the application role: each maker states only what a test is about."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.core.ids import new_id
from backend.domain.artifacts import SchemaStatus
from backend.domain.deliveries import DeliveryState
from backend.domain.eligibility import HeldRecordState
from backend.domain.mail import MailState
from backend.domain.reports.columns import columns_as_json
from backend.domain.reports.document import ReportDocument
from backend.domain.reports.versions import ReportVersionState
from backend.domain.runs import RunStage, RunState
from backend.domain.submissions import SubmissionEnvironment, SubmissionHold, SubmissionKind, SubmissionState
from backend.domain.webhooks import WebhookEventType, new_signing_secret
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.connector import Connector
from backend.persistence.models.delivery import Delivery, Destination
from backend.persistence.models.eligibility import HeldRecord, RunDecision
from backend.persistence.models.exception import RunException
from backend.persistence.models.invitation import PasswordReset, UserInvitation
from backend.persistence.models.mail import OutgoingMail
from backend.persistence.models.report import Report, ReportDraft, ReportVersion, ReportVersionEvent
from backend.persistence.models.run import Finding, Run, RunEvent, RunFinding
from backend.persistence.models.schema_package import SchemaPackage
from backend.persistence.models.service_key import ServiceKey
from backend.persistence.models.source_upload import SourceUpload, UploadState
from backend.persistence.models.submission import Submission, SubmissionFile
from backend.persistence.models.tenant import Role
from backend.persistence.models.webhook import Event, WebhookDelivery, WebhookEndpoint
from backend.persistence.models.webhook_recovery import WebhookRecovery
from tests.factories.documents import COLUMNS, plain_document
from tests.factories.event_schemas import MadeUp
from tests.factories.stored_rows import AT, REPORTING_DATE
from tests.factories.trigger_rows import TriggerRows

CONTENT = b"reference,amount\r\nT-1,100.50\r\n"
#: What an installed schema package may hold in storage.
SCHEMA = (
    b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:a">'
    b'<xs:element name="a" type="xs:string"/></xs:schema>'
)


@dataclass(frozen=True, slots=True)
class Rows(TriggerRows):
    """Makers of rows; what is stored comes back detached."""

    async def connector(self, settings: Mapping[str, Any] | None = None, **changes: Any) -> Connector:
        """Access to a source; by default to an address where nothing listens."""
        return await self._store(
            Connector,
            {
                "name": f"source {new_id()}",
                "kind": "postgresql",
                "settings": dict(
                    settings or {"host": "127.0.0.1", "port": 9, "database": "trades", "ssl_mode": "disable"}
                ),
                "credentials": self.box.seal({"username": "reader", "password": "reader-password"}),
                "created_at": AT,
                "updated_at": AT,
            },
            changes,
        )

    async def source_upload(self, connector: Connector, **changes: Any) -> SourceUpload:
        """A file that is complete, as far as the database knows."""
        defaults = {
            "connector_id": connector.id,
            "table_name": "trades",
            "name": f"trades {new_id()}.csv",
            "state": UploadState.COMPLETE,
            "size_bytes": 3,
            "received_bytes": 3,
            "part_bytes": 8,
            "sha256": "0" * 64,
            "object_key": "k",
            "storage_upload_id": "u",
            "parts": [],
            "created_by": self.person.user_id,
            "created_at": AT,
            "expires_at": AT,
        }
        return await self._store(SourceUpload, defaults, changes)

    async def mail(self, text: str = "A text.", **changes: Any) -> OutgoingMail:
        """A mail that is due."""
        defaults = {
            "template": "invitation",
            "recipient": "somebody@example.test",
            "subject": "A subject",
            "content": self.box.seal({"text": text}),
            "state": MailState.PENDING,
            "next_attempt_at": AT,
            "created_at": AT,
        }
        return await self._store(OutgoingMail, defaults, changes)

    async def invitation(self, *role_ids: UUID, **changes: Any) -> UserInvitation:
        """An invitation that can be accepted for a long time; nobody knows its token."""
        identity = new_id()
        defaults = {
            "email": f"{identity}@example.test",
            "full_name": "Somebody New",
            "role_ids": list(role_ids),
            "token_hash": hashlib.sha256(identity.bytes).hexdigest(),
            "invited_by": self.person.user_id,
            "created_at": AT,
            "sent_at": AT,
            "expires_at": AT.replace(year=AT.year + 50),
        }
        return await self._store(UserInvitation, defaults, changes)

    async def password_reset(self, **changes: Any) -> PasswordReset:
        """A link for a new password; nobody knows its token."""
        defaults = {
            "user_id": self.person.user_id,
            "token_hash": hashlib.sha256(new_id().bytes).hexdigest(),
            "created_at": AT,
            "expires_at": AT.replace(year=AT.year + 50),
        }
        return await self._store(PasswordReset, defaults, changes)

    async def service_key(self, *scopes: str, **changes: Any) -> ServiceKey:
        """A key of the person; nobody knows its secret."""
        identity = new_id()
        defaults = {
            "name": f"Key {identity}",
            "description": "For tests.",
            "prefix": "openreg_svc_abcd",
            "secret_hash": hashlib.sha256(identity.bytes).hexdigest(),
            "scopes": list(scopes),
            "networks": [],
            "created_by": self.person.user_id,
            "created_at": AT,
            "updated_at": AT,
        }
        return await self._store(ServiceKey, defaults, changes)

    async def role(self, *permissions: str, **changes: Any) -> Role:
        """A role that nobody has."""
        defaults = {
            "key": f"role_{new_id().hex}",
            "name": f"Role {new_id()}",
            "description": "For tests.",
            "permissions": sorted(permissions),
            "is_template_based": False,
            "created_at": AT,
            "updated_at": AT,
        }
        return await self._store(Role, defaults, changes)

    async def destination(self, settings: Mapping[str, Any] | None = None, **changes: Any) -> Destination:
        """Where artifacts go; by default to an address where nothing listens."""
        nowhere = {
            "host": "127.0.0.1",
            "port": 9,
            "username": "partner",
            "folder": "in",
            "host_key_fingerprint": "SHA256:" + "A" * 43,
        }
        return await self._store(
            Destination,
            {
                "name": f"partner {new_id()}",
                "kind": "sftp",
                "settings": dict(settings or nowhere),
                "credentials": self.box.seal({"password": "partner-password"}),
                "created_at": AT,
                "updated_at": AT,
            },
            changes,
        )

    async def report(self, **changes: Any) -> Report:
        """A report without versions."""
        return await self._store(
            Report,
            {"name": "Transactions", "slug": f"transactions-{new_id().hex}", "created_at": AT, "updated_at": AT},
            changes,
        )

    async def version(self, report: Report, document: Mapping[str, Any] | None = None, **changes: Any) -> ReportVersion:
        """A version of a report, active unless said otherwise."""
        if document is None:
            document = plain_document((await self.connector()).id)
        return await self._store(
            ReportVersion,
            {
                "report_id": report.id,
                "major": 1,
                "minor": 0,
                "state": ReportVersionState.ACTIVE,
                "document": ReportDocument.model_validate(document).model_dump(mode="json"),
                "source_columns": columns_as_json(COLUMNS),
                "connector_id": UUID(str(document["source"]["connector_id"])),
                "authors": [self.person.user_id],
                "created_by": self.person.user_id,
                "created_at": AT,
            },
            changes,
        )

    async def draft(self, report: Report, document: Mapping[str, Any] | None = None, **changes: Any) -> ReportDraft:
        """The working draft of a report, in its first state."""
        return await self._store(
            ReportDraft,
            {
                "report_id": report.id,
                "document": dict(document or {}),
                "editors": [self.person.user_id],
                "revision": 1,
                "created_at": AT,
                "updated_at": AT,
                "updated_by": self.person.user_id,
            },
            changes,
        )

    async def version_event(self, version: ReportVersion, **changes: Any) -> ReportVersionEvent:
        """A step in the life of a version."""
        return await self._store(
            ReportVersionEvent,
            {
                "report_id": version.report_id,
                "report_version_id": version.id,
                "action": "created",
                "to_state": version.state,
                "actor_id": self.person.user_id,
                "at": AT,
            },
            changes,
        )

    async def run(self, version: ReportVersion | None = None, **changes: Any) -> Run:
        """A pending run; of a version of its own unless one is given."""
        if version is None:
            version = await self.version(await self.report())
        return await self._store(
            Run,
            {
                "report_id": version.report_id,
                "report_version_id": version.id,
                "reporting_date": REPORTING_DATE,
                "parameters": {},
                "parameters_sha256": hashlib.sha256(b"{}").hexdigest(),
                "sequence": 1,
                "state": RunState.PENDING,
                "stage": RunStage.EXTRACT,
                "created_by": self.person.user_id,
                "created_at": AT,
            },
            changes,
        )

    async def artifact(self, run: Run, content: bytes = CONTENT, **changes: Any) -> Artifact:
        """The row of a file; its object is stored by the test that reads it."""
        identity = new_id()
        return await self._store(
            Artifact,
            {
                "id": identity,
                "run_id": run.id,
                "output_number": 0,
                "file_number": 1,
                "name": f"transactions_{identity.hex}.csv",
                "format": "csv",
                "media_type": "text/csv",
                "object_key": f"tenants/{self.person.tenant}/runs/{run.id}/{identity}.csv",
                "size_bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "content_size_bytes": len(content),
                "content_sha256": hashlib.sha256(content).hexdigest(),
                "records": 1,
                "schema_status": SchemaStatus.NOT_APPLICABLE,
                "schema_errors": [],
                "created_at": AT,
            },
            changes,
        )

    async def delivery(self, artifact: Artifact, destination: Destination, **changes: Any) -> Delivery:
        """A delivery that is due."""
        return await self._store(
            Delivery,
            {
                "run_id": artifact.run_id,
                "artifact_id": artifact.id,
                "destination_id": destination.id,
                "state": DeliveryState.PENDING,
                "next_attempt_at": AT,
                "created_at": AT,
            },
            changes,
        )

    async def submission(self, run: Run, **changes: Any) -> Submission:
        """What a run told a regulator: ten records, not sent."""
        defaults = {
            "report_id": run.report_id,
            "run_id": run.id,
            "reporting_date": run.reporting_date,
            "kind": SubmissionKind.ORIGINAL,
            "reference": f"report-{new_id()}",
            "state": SubmissionState.PREPARED,
            "hold": SubmissionHold.NONE,
            "environment": SubmissionEnvironment.PRODUCTION,
            "record_count": 10,
            "unconfirmed_count": 10,
            "started_by": self.person.user_id,
            "created_at": AT,
            "updated_at": AT,
        }
        return await self._store(Submission, defaults, changes)

    async def submission_file(self, submission: Submission, artifact: Artifact, **changes: Any) -> SubmissionFile:
        """A file of a submission, named by its name."""
        made = {
            "submission_id": submission.id,
            "artifact_id": artifact.id,
            "message_id": artifact.name,
            "file_name": artifact.name,
            **changes,
        }
        file = SubmissionFile(tenant_id=self.person.tenant, **made)
        async with self.database.transaction(self.person.tenant) as session:
            session.add(file)
        return file

    async def webhook(self, url: str = "https://partner.example/hook", **changes: Any) -> WebhookEndpoint:
        """An active endpoint that hears of everything."""
        secret = new_signing_secret().get_secret_value()
        return await self._store(
            WebhookEndpoint,
            {
                "url": url,
                "description": "",
                "event_types": ["*"],
                "secrets": self.box.seal({"current": secret}),
                "is_active": True,
                "created_at": AT,
            },
            changes,
        )

    async def event(self, **changes: Any) -> Event:
        """A fact of the outbox, without deliveries; a payload that is given here may be of no real event."""
        if "payload" in changes:
            changes["payload"] = MadeUp(changes["payload"])
        return await self._store(
            Event,
            {
                "type": WebhookEventType.OPENREG_PING.value,
                "subject_id": new_id(),
                "payload": {"webhook_id": str(new_id()), "links": {"webhook": "/api/v1/webhooks"}},
                "created_at": AT,
            },
            changes,
        )

    async def webhook_delivery(
        self, endpoint: WebhookEndpoint, event: Event | None = None, **changes: Any
    ) -> WebhookDelivery:
        """An event that waits to be sent to an endpoint."""
        return await self._store(
            WebhookDelivery,
            {
                "event_id": (event or await self.event()).id,
                "endpoint_id": endpoint.id,
                "state": DeliveryState.PENDING,
                "next_attempt_at": AT,
                "created_at": AT,
            },
            changes,
        )

    async def webhook_recovery(self, endpoint: WebhookEndpoint, **changes: Any) -> WebhookRecovery:
        """A job that sends again what an endpoint did not get in the hour before."""
        return await self._store(
            WebhookRecovery,
            {
                "endpoint_id": endpoint.id,
                "kind": "recover",
                "since": AT - timedelta(hours=1),
                "until": AT,
                "filters": {},
                "state": "running",
                "done": 0,
                "reason": "The receiver was repaired.",
                "created_by": self.person.user_id,
                "created_at": AT,
            },
            changes,
        )

    async def run_event(self, run: Run, kind: str, payload: Mapping[str, Any], at: datetime = AT) -> RunEvent:
        """Something that happened in a run."""
        event = RunEvent(tenant_id=self.person.tenant, run_id=run.id, kind=kind, at=at, payload=dict(payload))
        async with self.database.transaction(self.person.tenant) as session:
            session.add(event)
        return event

    async def finding(self, run: Run, **changes: Any) -> Finding:
        """One failure, counted as well."""
        counted = {"rule_id": "OWN-01", "severity": "correctable", "message": "The quantity must be positive."}
        async with self.database.transaction(self.person.tenant) as session:
            session.add(RunFinding(tenant_id=self.person.tenant, run_id=run.id, count=1, primary_count=1, **counted))
        return await self._store(
            Finding, {"run_id": run.id, "row_number": 7, "columns": ["quantity"], **counted}, changes
        )

    async def exception(self, run: Run, **changes: Any) -> RunException:
        """A record set aside."""
        return await self._store(
            RunException,
            {
                "run_id": run.id,
                "report_id": run.report_id,
                "row_number": 7,
                "record_key": "T-7",
                "reference": "T-7",
                "rule_id": "OWN-01",
                "rule_ids": ["OWN-01"],
                "state": "open",
                "due_at": AT,
                "created_at": AT,
                "updated_at": AT,
            },
            changes,
        )

    async def held_record(self, run: Run, **changes: Any) -> HeldRecord:
        """A record that a run held, and the decision that did it."""
        async with self.database.transaction(self.person.tenant) as session:
            key = (run.id, changes.get("code", "NO-PRICE"))
            if await session.get(RunDecision, key) is None:
                decision = {"decision": "hold", "reason": "The price has not arrived.", "count": 1}
                session.add(RunDecision(tenant_id=self.person.tenant, run_id=key[0], code=key[1], **decision))
        return await self._store(
            HeldRecord,
            {
                "run_id": run.id,
                "report_id": run.report_id,
                "row_number": 7,
                "record_key": "T-7",
                "code": "NO-PRICE",
                "state": HeldRecordState.HELD,
                "held_at": AT,
            },
            changes,
        )

    async def schema_package(self, **changes: Any) -> SchemaPackage:
        """The row of an installed schema package."""
        return await self._store(
            SchemaPackage,
            {
                "name": "schemas.zip",
                "sha256": hashlib.sha256(new_id().bytes).hexdigest(),
                "object_key": "nowhere",
                "files": [{"name": "a.xsd", "namespace": "urn:a", "sha256": hashlib.sha256(SCHEMA).hexdigest()}],
                "installed_by": self.person.user_id,
                "installed_at": AT,
            },
            changes,
        )
