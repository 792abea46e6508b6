"""How the owner of things calls each route with success; a new route is refused by the walk until it stands here."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import yaml

from backend.core.ids import new_id
from backend.domain.reports.versions import ReportVersionState
from backend.domain.submissions import SubmissionHold
from backend.persistence.models.connector import Connector
from backend.persistence.models.submission import Submission
from tests.factories.begun_uploads import UPLOADED, Uploads, new_uploads
from tests.factories.customer_calls import CUSTOMER_CALLS, new_plan
from tests.factories.documents import own_rule, plain_document
from tests.factories.error_register_calls import error_register_calls, error_register_ids, new_entry
from tests.factories.installation import Installation
from tests.factories.people import new_member
from tests.factories.reconciliation_rows import extract_form, new_mapping, store_differences
from tests.factories.reported_runs import REPORTED_ROW, ReportedRun, reported_run
from tests.factories.routes import API, RouteOf
from tests.factories.rows import AT, CONTENT, Rows
from tests.factories.rule_calls import HOW_OFFICIAL, OFFICIAL, RULE_TEST, rule_sets_for_changes
from tests.factories.schedule_calls import SCHEDULE_CALLS, SCHEDULE_QUERIES, new_schedule
from tests.factories.source import SourceOfTrades
from tests.factories.submitted_runs import submitted_report
from tests.factories.trigger_calls import TRIGGER_CALLS, new_trigger
from tests.factories.whole_tenant import WholeTenant, fill
from tests.factories.worked_deliveries import PARTNER, WORK_ON_DELIVERIES, worked_deliveries


@dataclass(frozen=True, slots=True)
class Call:
    """How the owner calls a route with success."""

    status: int = 200
    json: dict[str, Any] | None = None
    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    files: dict[str, Any] | None = None
    content: bytes | None = None

    @property
    def options(self) -> dict[str, Any]:
        """What httpx is told."""
        body = {"json": self.json, "files": self.files, "content": self.content}
        given = {name: value for name, value in body.items() if value is not None}
        return {"params": self.params, "headers": self.headers, **given}


#: The version for a route that changes one, by the end of its path.
VERSION_STATES = {
    "/activate": ReportVersionState.APPROVED,
    "/submit": ReportVersionState.DRAFT,
    "/withdraw": ReportVersionState.IN_REVIEW,
    "/approve": ReportVersionState.IN_REVIEW,
    "/reject": ReportVersionState.IN_REVIEW,
    "{version_id}/archive": ReportVersionState.DRAFT,
    "/roll-back": ReportVersionState.ARCHIVED,
}
_DAYS = {"first": "2026-11-19", "last": "2026-11-20"}
#: What a route that reads needs besides its path, by the end of it; the first that fits.
QUERIES = {
    "/search": {"q": "tr"},
    "/tables": {"schema": "public"},
    "/columns": {"schema": "public", "table": "trades"},
    "/quality/days": _DAYS,
    "/quality/days/export": _DAYS,
    **SCHEDULE_QUERIES,
    "/days": {"year": "2026"},
    "/exceptions/groups": {"by": "report"},
    "/transactions": {"record": "T-1"},
    "/submissions/completeness": {"report_id": str(UUID(int=0)), "reporting_date": "2026-11-19"},
    "/exceptions/faults": {"id": str(UUID(int=0))},
}


@dataclass(frozen=True, slots=True)
class World:
    """One tenant's things, and what else a call needs."""

    whole: WholeTenant
    reported: ReportedRun
    connector: Connector
    unused_connector_id: str
    deliveries: Mapping[str, str]
    uploads: Uploads
    rule_sets: dict[str, str]
    datasets: Mapping[str, str]
    submissions: dict[str, Submission]
    versions: dict[str, str]
    startable_report_id: str
    submitted_report_id: str
    runnable_schedule_id: str
    failed_run_id: str
    pending_run_id: str
    member_id: str
    credentials: dict[str, Any]

    def path(self, route: RouteOf) -> str:
        """The route's path with ids of this world."""
        whole = self.whole
        ids = {
            "connector_id": str(self.connector.id),
            "report_id": str(whole.report.id),
            "version_id": str(whole.version.id),
            "run_id": str(whole.run.id),
            "artifact_id": str(whole.artifact.id),
            "destination_id": str(whole.destination.id),
            "webhook_id": str(whole.webhook.id),
            "package_id": str(whole.schema_package.id),
            "feedback_id": str(whole.feedback.id),
            "reconciliation_id": str(whole.reconciliation.id),
            "mapping_id": str(whole.reconciliation_mapping.id),
            "rule_set_id": str(whole.rule_set.id),
            "version_number": "1",
            "rule_key": f"rule_set.{whole.rule_set.id}.HOUSE-01",
            "role_id": str(whole.role.id),
            "session_id": str(whole.session.id),
            "entry_id": str(whole.audit_entry.id),
            "user_id": self.member_id,
            "invitation_id": str(whole.invitation.id),
            "service_key_id": str(whole.service_key.id),
            "mail_id": str(whole.mail.id),
            "notice_id": str(whole.notice.id),
            # Packs are the same for everybody.
            "pack_id": "mifir-rts22",
            "dataset_id": self.datasets[_dataset_for(route)],
            "number": "1",
            "code": "TARGET",
            "listed": "countries",
            "calendar_id": str(whole.calendar.id),
            "deadline_id": str(whole.deadline.id),
            "schedule_id": str(whole.schedule.id),
            "trigger_id": str(whole.trigger.id),
            "backfill_id": str(whole.backfill.id),
            "customer_id": str(whole.customers.customer.id),
            "publication_id": str(whole.publication.id),
            "plan_id": str((whole.customers.unused_plan if route.method == "DELETE" else whole.customers.plan).id),
            # Cancelled by both paths of the route.
            "recovery_id": str((whole.webhook_recovery if route.path.startswith(API) else whole.other_recovery).id),
            **error_register_ids(whole),
            "list_id": str(whole.official_text.list_id),
            "exception_id": str(self.reported.exceptions["amendments"].id),
            "row_number": str(REPORTED_ROW),
            "delivery_id": str((whole.webhook_delivery if "/webhooks/" in route.path else whole.delivery).id),
            **self._special(route),
        }
        return route.path.format(**ids)

    def _special(self, route: RouteOf) -> dict[str, str]:
        if "/uploads" in route.path or "/files" in route.path:
            of = self.uploads
            upload = of.whole_id if route.path.endswith("/complete") else of.begun_id
            return {"connector_id": of.connector_id, "upload_id": upload, "file_id": of.file_id}
        if "{rule_set_id}" in route.path:
            return self._rule_set(route)
        if "{submission_id}" in route.path:
            chosen = self.submissions.get(route.path.rpartition("/")[2], self.whole.submission)
            return {"submission_id": str(chosen.id)}
        for end, version in self.versions.items():
            if route.path.endswith(end):
                return {"version_id": version}
        if route.method == "DELETE" and route.path.endswith(("{connector_id}", "{destination_id}")):
            return {"connector_id": self.unused_connector_id, "destination_id": self.deliveries["unused destination"]}
        things = {
            "{destination_id}/certificate": {"destination_id": self.deliveries["pinned certificate"]},
            **{f"{{delivery_id}}/{action}": {"delivery_id": one} for action, one in self.deliveries.items()},
            "{report_id}/runs": {"report_id": self.startable_report_id},
            "{schedule_id}/run": {"schedule_id": self.runnable_schedule_id},
            "{customer_id}/resume": {"customer_id": str(self.whole.customers.suspended.id)},
            "/retry": {"run_id": self.failed_run_id},
            "{reconciliation_id}/cancel": {"reconciliation_id": str(self.whole.queued_reconciliation.id)},
            "/cancel": {"run_id": self.pending_run_id},
            "{row_number}/lineage": {"run_id": str(self.reported.run.id)},
            "{row_number}/exception": {"run_id": str(self.reported.run.id)},
            "{exception_id}/comments": {"exception_id": str(self.reported.exceptions["comments"].id)},
        }
        return next((thing for end, thing in things.items() if route.path.endswith(end)), {})

    def _rule_set(self, route: RouteOf) -> dict[str, str]:
        last = route.path.rpartition("/")[2]
        wanted = "DELETE" if route.method == "DELETE" and last == "{rule_set_id}" else last
        return {"rule_set_id": self.rule_sets[wanted]} if wanted in self.rule_sets else {}


def _dataset_for(route: RouteOf) -> str:
    kind = "mapping_set" if "/mapping-sets" in route.path else "dataset"
    return f"empty {kind}" if route.method == "DELETE" else kind


def query_of(route: RouteOf) -> dict[str, str]:
    """What a route that reads needs besides its path."""
    return dict(next((params for end, params in QUERIES.items() if route.path.endswith(end)), {}))


def call_of(route: RouteOf, world: World) -> Call:
    """The owner's call, by the end of the path."""
    if route.method == "DELETE":
        return Call(204)
    if route.method == "GET":
        last = route.path.rpartition("/")[2]
        params = query_of(route)
        if last == "faults":
            params = {"id": str(world.reported.exceptions["amendments"].id)}
        return Call(params=params, headers={"Last-Event-ID": "0"} if last == "stream" else {})
    # Partners know some routes by a path without the version of the API.
    name = f"{route.method} {API}{route.path.removeprefix(API)}"
    if name in _WITHOUT_ID:
        return _WITHOUT_ID[name](world)
    if route.path.endswith("{user_id}/roles"):
        return Call(json={"role_ids": [str(world.whole.role.id)]})
    return next(call for end, call in _by_end(world).items() if route.path.endswith(end))


def _of_report(world: World) -> dict[str, Any]:
    return {"report_ids": [str(world.whole.report.id)]}


def _by_end(world: World) -> dict[str, Call]:
    return {
        "{connector_id}/test": Call(),
        "{connector_id}/uploads": Call(201, {"name": "b.csv", "table": "trades", "size_bytes": 3}),
        "{upload_id}": Call(content=UPLOADED, headers={"Upload-Offset": "0"}),
        "{upload_id}/complete": Call(),
        "{file_id}/detect": Call(),
        "{connector_id}/preview": Call(json={"query": "select trade_id from trades"}),
        "{connector_id}/explain": Call(json={"query": "select trade_id from trades"}),
        **{end: Call(*one) for end, one in WORK_ON_DELIVERIES.items()},
        "{connector_id}": Call(json={"name": f"renamed {new_id()}"}),
        "/terms/{report_id}": Call(json={"due_time": "18:00:00"}),
        "{report_id}": Call(json={"name": "renamed"}),
        "{report_id}/draft": Call(json={"document": {}}, headers={"If-Match": "*"}),
        "{report_id}/archive": Call(),
        "{report_id}/restore": Call(),
        "{report_id}/clone": Call(201, {"name": "copy", "slug": f"copy-{new_id().hex}"}),
        "{submission_id}/approve": Call(json={"reference": world.submissions["approve"].reference}),
        "{submission_id}/override": Call(
            json={"reference": world.submissions["override"].reference, "reason": "The first one was incomplete."}
        ),
        "{submission_id}/withdraw": Call(json={"reason": "It is a copy."}),
        "/submit": Call(json={}),
        "/withdraw": Call(json={}),
        "/approve": Call(json={}),
        "/reject": Call(json={"comment": "Not yet."}),
        "{version_id}/archive": Call(json={}),
        "/roll-back": Call(201, {}),
        "{report_id}/versions": Call(201, {"document": plain_document(world.connector.id)}),
        "{version_id}/activate": Call(),
        "{report_id}/runs": Call(202, {"reporting_date": "2026-11-19"}),
        "_id}/cancel": Call(),
        "{notice_id}/read": Call(),
        **dict.fromkeys(("/switch-on", "/revoke-former-secrets", "/key-pair"), Call()),
        **dict.fromkeys(("{webhook_id}/ping", "{delivery_id}/resend"), Call(202)),
        "{webhook_id}": Call(json=_of_report(world)),
        "{webhook_id}/recoveries": Call(202, {"since": "2026-11-01T00:00:00Z"}),
        "/rotate-secret": Call(json={}),
        "{run_id}/retry": Call(),
        "{feedback_id}/retry": Call(202),
        "{feedback_id}/assign": Call(202, {"submission_id": str(world.whole.submission.id), "reason": "Seen."}),
        "/differences/explain": Call(json={"positions": [1], "comment": "Seen."}),
        "/differences/exceptions": Call(json={"positions": [1], "reason": "Seen."}),
        "{run_id}/release": Call(),
        "{user_id}/end-sessions": Call(),
        "{user_id}": Call(json={"full_name": "Another Name"}),
        "{invitation_id}/resend": Call(),
        "{service_key_id}": Call(json={"description": "Seen by its own tenant."}),
        "{service_key_id}/rotate": Call(json={}),
        "{rule_set_id}/draft": Call(json={"rules": [own_rule()]}, headers={"If-Match": "*"}),
        "{rule_set_id}": Call(json={"title": "Seen by its own tenant"}),
        "{version_number}/activate": Call(),
        "{version_number}/retire": Call(),
        "{dataset_id}": Call(json={"title": "Seen by its own tenant."}),
        "mapping-sets/{dataset_id}/imports": Call(files=_entries_file("value"), params={"mode": "merge"}),
        "{dataset_id}/imports": Call(files=_entries_file("status"), params={"mode": "merge"}),
        "{dataset_id}/entries": Call(json={"edits": [{"key": f"K{new_id().hex}"}]}),
        "{package_id}/check": Call(files={"file": ("a.xml", b"<a/>", "application/xml")}),
        "{listed}/load": Call(),
        **{
            end: Call(*said)
            for end, said in (SCHEDULE_CALLS | TRIGGER_CALLS | CUSTOMER_CALLS | _register(world)).items()
        },
        "{calendar_id}": Call(json={"title": "Seen by its own tenant."}),
        "{deadline_id}": Call(json=_DEADLINE),
        "{exception_id}/comments": Call(json={"text": "Seen by its own tenant."}),
        "{exception_id}/amendments": Call(
            json={"changes": [{**_AMENDED, "old": "-1"}], "reason": "A sign too many."}, headers={"If-Match": "*"}
        ),
        "{row_number}/exception": Call(201, {"reason": "The price was another one."}),
        "{role_id}": Call(json={"description": "Seen by its own tenant."}),
    }


def _register(world: World) -> dict[str, Any]:
    return error_register_calls(world.whole, world.startable_report_id, world.member_id)


_DEADLINE = {"calendar": "DE", "time_zone": "Europe/Berlin", "since": "2026-11-20"}
_AMENDED = {"frame": "source", "column": "quantity", "new": "1"}


def _chosen(action: str, status: int = 200, **said: Any) -> Callable[[World], Call]:
    """What is done with the exception that is there for it."""
    return lambda world: Call(status, {"items": [{"id": str(world.reported.exceptions[action].id)}], **said})


def _assignment(world: World) -> Call:
    assigned = {"id": str(world.reported.exceptions["assign"].id), "assignee_id": world.member_id}
    return Call(json={"items": [assigned]})


def _source_of(world: World) -> dict[str, Any]:
    return {"kind": "postgresql", "settings": world.connector.settings, "credentials": world.credentials}


def _schema_archive() -> dict[str, Any]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr(
            "a.xsd",
            f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:{new_id()}">'
            '<xs:element name="a"/></xs:schema>',
        )
    return {"file": ("schemas.zip", archive.getvalue(), "application/zip")}


def _entries_file(column: str) -> dict[str, Any]:
    return {"file": ("entries.csv", f"key,{column}\nK{new_id().hex},x\n".encode(), "text/csv")}


def _joined(world: World) -> dict[str, object]:
    further = {"connector_id": str(world.connector.id), "query": "select trade_id as other from trades"}
    join = "select s.*, m.other from source s join more m on m.other = s.trade_id"
    return plain_document(world.connector.id, inputs={"more": further}, join=join)


def _report_file(world: World) -> str:
    """A report as it is handed from one installation to another."""
    document = plain_document(world.connector.id)
    document["source"] = {"connector": world.connector.name, "query": document["source"]["query"]}
    head = {"name": "Handed over", "slug": f"handed-{new_id().hex}"}
    return yaml.safe_dump({"openreg_report": 1, "report": head, "document": document})


#: Routes that change something and name nothing in their path.
_WITHOUT_ID: dict[str, Callable[[World], Call]] = {
    f"POST {API}/audit-entries/verify": lambda _: Call(),
    f"PATCH {API}/auth/me": lambda _: Call(json={"full_name": "Another Name"}),
    f"POST {API}/auth/switch-tenant": lambda world: Call(json={"tenant_id": str(world.whole.report.tenant_id)}),
    f"POST {API}/connectors": lambda world: Call(201, {"name": f"new {new_id()}", **_source_of(world)}),
    f"POST {API}/connectors/test": lambda world: Call(json=_source_of(world)),
    f"POST {API}/datasets": lambda _: Call(201, {"name": f"d{new_id().hex}", "columns": [{"name": "status"}]}),
    f"POST {API}/mapping-sets": lambda _: Call(201, {"name": f"m{new_id().hex}"}),
    f"POST {API}/calendars": lambda _: Call(201, {"name": f"N{new_id().hex}", "definition": {}}),
    f"POST {API}/calendars/preview": lambda _: Call(json={"definition": {}, "year": 2026}),
    f"POST {API}/deadlines": lambda world: Call(201, {**_DEADLINE, "report_id": world.startable_report_id}),
    f"POST {API}/error-register": lambda world: Call(201, new_entry(world.whole)),
    f"POST {API}/schedules": lambda world: Call(201, new_schedule(world.whole.report.id)),
    f"POST {API}/triggers": lambda world: Call(201, new_trigger(world.whole.report.id)),
    f"POST {API}/plans": lambda _: Call(201, new_plan()),
    f"POST {API}/publications": lambda _: Call(201, {"kind": "rule_pack", "pack_id": "mifir-rts22"}),
    f"POST {API}/destinations": lambda _: Call(201, {"name": f"new {new_id()}", **PARTNER}),
    f"POST {API}/destinations/test": lambda _: Call(json=PARTNER),
    f"POST {API}/exceptions/accept": _chosen("accept", comment="The venue confirmed it."),
    f"POST {API}/exceptions/acceptances": _chosen("acceptances", is_approved=True),
    f"POST {API}/exceptions/reject": _chosen("reject", comment="A test trade."),
    f"POST {API}/exceptions/reopen": _chosen("reopen", comment="It was none."),
    f"POST {API}/exceptions/assign": _assignment,
    f"POST {API}/exceptions/due": _chosen("due", due_at="2026-12-01T09:00:00Z"),
    f"POST {API}/exceptions/amend": _chosen("amend", changes=[_AMENDED], reason="A sign too many."),
    f"POST {API}/exceptions/amend/preview": _chosen("preview", changes=[_AMENDED]),
    f"POST {API}/exceptions/resubmit": _chosen("resubmit", 201),
    f"POST {API}/feedback": lambda _: Call(202, files={"file": (f"{new_id()}.xml", new_id().bytes, "application/xml")}),
    f"POST {API}/held-records/decide": lambda world: Call(
        json={"ids": [str(world.reported.held_id)], "decision": "release", "reason": "The price has arrived."}
    ),
    f"POST {API}/held-records/report": lambda world: Call(202, {"run_id": str(world.reported.run.id)}),
    f"POST {API}/held-records/review": lambda world: Call(202, {"report_id": str(world.reported.run.report_id)}),
    f"POST {API}/reconciliations": lambda one: Call(202, files=extract_form(one.submitted_report_id)),
    f"POST {API}/reconciliations/preview": lambda one: Call(files=extract_form(one.submitted_report_id)),
    f"PUT {API}/reconciliation-mappings": lambda world: Call(json=new_mapping(world.submitted_report_id)),
    f"PUT {API}/notices/preferences": lambda _: Call(json={"kinds": []}),
    f"POST {API}/notices/read-all": lambda _: Call(),
    f"POST {API}/official-texts/read": lambda _: Call(files={"file": OFFICIAL}),
    f"POST {API}/official-texts/imports": lambda _: Call(
        files={"file": OFFICIAL, "how": (None, json.dumps(HOW_OFFICIAL))}, params={"is_dry_run": "true"}
    ),
    f"POST {API}/quality/measure": lambda world: Call(json={**_DAYS, "report_id": str(world.reported.run.report_id)}),
    f"POST {API}/reports": lambda _: Call(201, {"name": "New", "slug": f"new-{new_id().hex}"}),
    f"POST {API}/reports/check": lambda world: Call(json={"document": plain_document(world.connector.id)}),
    f"POST {API}/reports/dry-run": lambda world: Call(
        json={"document": plain_document(world.connector.id), "reporting_date": "2026-11-19"}
    ),
    f"POST {API}/reports/join-preview": lambda world: Call(
        json={"document": _joined(world), "reporting_date": "2026-11-19"}
    ),
    f"POST {API}/reports/import": lambda world: Call(json={"content": _report_file(world)}),
    f"POST {API}/roles": lambda _: Call(201, {"name": f"New {new_id()}", "permissions": ["reports:read"]}),
    f"POST {API}/rule-sets": lambda _: Call(201, {"name": f"set_{new_id().hex}", "title": "New"}),
    f"POST {API}/rules/check": lambda world: Call(
        json={"expression": "true", "phase": "source", "report_id": str(world.whole.report.id)}
    ),
    f"POST {API}/rules/test": lambda _: Call(json=RULE_TEST),
    f"POST {API}/rules/test-on-report": lambda world: Call(
        json={
            "expression": "quantity > 0",
            "phase": "source",
            "report_id": world.startable_report_id,
            "reporting_date": "2026-11-19",
        }
    ),
    f"POST {API}/schema-packages": lambda _: Call(201, files=_schema_archive()),
    f"POST {API}/service-keys": lambda _: Call(201, {"name": f"New {new_id()}", "scopes": ["reports:read"]}),
    f"PATCH {API}/tenant-settings": lambda _: Call(json={"idle_minutes": 20}),
    f"POST {API}/tenants": lambda _: Call(
        201, {"name": "New", "slug": f"t{new_id().hex[:20]}", "administrator_email": f"{new_id().hex}@example.test"}
    ),
    f"POST {API}/user-invitations": lambda world: Call(
        201, {"email": f"{new_id().hex}@example.test", "role_ids": [str(world.whole.role.id)]}
    ),
    f"POST {API}/webhooks": lambda world: Call(
        201, {"url": "http://127.0.0.1:9", "event_types": ["*"], **_of_report(world)}
    ),
}
#: One's own account, proven by a password or a code: calls that depend on each other have a walk of their own.
OF_ONESELF = {
    f"POST {API}/auth/change-password",
    f"POST {API}/auth/second-factor/begin",
    f"POST {API}/auth/second-factor/confirm",
    f"POST {API}/auth/second-factor/recovery-codes",
    f"DELETE {API}/auth/second-factor",
}


async def new_world(rows: Rows, source: SourceOfTrades, installation: Installation) -> World:
    """Everything of a tenant, the versions in every state, and a source that answers."""
    whole = await fill(rows)
    installation.adapters.storage.put(whole.artifact.object_key, CONTENT)
    await store_differences(rows, installation.adapters.storage, whole.reconciliation)
    installation.adapters.storage.put(whole.schema_package.object_key, _schema_archive()["file"][1])
    connector = await rows.connector(source.settings, credentials=rows.box.seal(source.credentials))
    unused = await rows.connector()
    slug = rows.person.tenant_slug
    author = await new_member(installation.database, rows.person.tenant, slug, f"{new_id().hex}@example.test")
    document, wrote = plain_document(connector.id), {"created_by": author.user_id, "authors": [author.user_id]}
    versions = {
        end: str((await rows.version(whole.report, document, major=number, state=state, **wrote)).id)
        for number, (end, state) in enumerate(VERSION_STATES.items(), 2)
    }
    startable = await rows.version(await rows.report(), plain_document(connector.id))
    runnable = await rows.schedule(whole.report, report_id=startable.report_id)
    reported = await rows.version(await rows.report(), plain_document(connector.id))
    held = {"approve": SubmissionHold.APPROVAL, "override": SubmissionHold.DUPLICATE, "withdraw": SubmissionHold.NONE}
    submissions = {
        action: await rows.submission(
            await rows.run(state="succeeded", finished_at=AT), hold=hold, started_by=author.user_id
        )
        for action, hold in held.items()
    }
    failed, pending = await rows.run(state="failed", finished_at=AT), await rows.run()
    mapping = await rows.dataset(kind="mapping_set", columns=[{"name": "value", "type": "text", "title": ""}])
    datasets = {"dataset": str(whole.dataset.id), "mapping_set": str(mapping.id)}
    for kind in ("dataset", "mapping_set"):
        datasets[f"empty {kind}"] = str((await rows.dataset(kind=kind, current_version=0)).id)
    return World(
        whole=whole,
        reported=await reported_run(rows, reported, installation.adapters.storage, author.user_id),
        connector=connector,
        unused_connector_id=str(unused.id),
        deliveries=await worked_deliveries(rows, whole),
        uploads=await new_uploads(rows, installation),
        rule_sets=await rule_sets_for_changes(rows, author.user_id),
        datasets=datasets,
        submissions=submissions,
        versions=versions,
        startable_report_id=str(startable.report_id),
        submitted_report_id=str((await submitted_report(rows)).report.id),
        runnable_schedule_id=str(runnable.id),
        failed_run_id=str(failed.id),
        pending_run_id=str(pending.id),
        member_id=str(author.user_id),
        credentials=source.credentials,
    )
