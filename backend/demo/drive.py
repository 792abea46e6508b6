"""The demonstration itself: a day of trades becomes a verified, delivered, announced file, over HTTP only."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import datetime
from typing import Any, Final

from backend.core.ids import new_id
from backend.demo.artifacts import DownloadedArtifact, download_artifacts
from backend.demo.breaks import expected_set_aside
from backend.demo.errors import DemoRunFailed, PlatformRefused
from backend.demo.expectations import check_artifacts, check_run
from backend.demo.hand_over import check_deliveries, check_submission, check_webhooks
from backend.demo.narration import Narrator
from backend.demo.options import DemoOptions, DemoPlatform, SignIn, schema_folder
from backend.demo.outcome import Check, DemoOutcome
from backend.demo.platform_client import Answer, PlatformClient
from backend.demo.platform_setup import People, install_schemas, set_up
from backend.demo.regulator import started_regulator
from backend.demo.regulator_cycle import RegulatorCycle
from backend.demo.run_watch import watch_run
from backend.demo.sftp_server import SftpServer, started_sftp_server
from backend.demo.source_kinds import DemoSource
from backend.demo.source_start import started_source
from backend.demo.webhook_partner import WebhookPartner, started_webhook_partner

_FIXED_PATIENCE_SECONDS: Final = 300.0
_ROWS_PER_PATIENT_SECOND: Final = 1000
_PRODUCED: Final = frozenset({"succeeded", "partial"})


def run_demo(platform: DemoPlatform, options: DemoOptions, narrator: Narrator) -> DemoOutcome:
    """Show the whole way once. Raises an OpenRegError with the next step when it cannot be gone to its end."""
    narrator.stage(f"Building a source ({options.source}) with {options.rows:,} trades of {options.reporting_date}")
    with (
        ExitStack() as inside,
        started_source(platform, options, lambda rows: narrator.loading(rows, options.rows)) as source,
        started_sftp_server(platform.partner_address) as sftp,
        started_webhook_partner(platform.partner_address) as partner,
        _signed_in(platform, platform.administrator) as administrator,
        _signed_in(platform, platform.author) as author,
        _signed_in(platform, platform.approver) as approver,
    ):
        if options.is_full:
            inside.enter_context(started_regulator(sftp.folder, schema_folder()))
        people = People(administrator, author, approver)
        return _Demonstration(people, options, narrator, source).show(sftp, partner)


def _signed_in(platform: DemoPlatform, person: SignIn) -> PlatformClient:
    return PlatformClient(platform.api_url, person.email, person.password)


class _Demonstration:
    def __init__(self, people: People, options: DemoOptions, narrator: Narrator, source: DemoSource) -> None:
        self._people = people
        # The administrator runs and verifies; the report itself is the author's and the approver's.
        self._platform = people.administrator
        self._options = options
        self._narrator = narrator
        self._source = source

    def show(self, sftp: SftpServer, partner: WebhookPartner) -> DemoOutcome:
        schemas = schema_folder()
        if schemas is not None:
            self._narrator.stage("Installing the regulator's schemas")
            install_schemas(self._platform, schemas)
        self._narrator.stage(
            f"Setting up connector, SFTP destination ({sftp.program}), webhook, and a report that two people agree on"
        )
        setup = set_up(self._people, self._source, sftp, partner, is_answered=self._options.is_full)
        try:
            run, seconds = self._run(setup.report_id)
            self._narrator.stage("Fetching the files and checking every hash")
            artifacts = download_artifacts(self._platform, run["id"], self._options.out)
            self._narrator.stage("Waiting for delivery and webhook events")
            delivery, delivery_checks = check_deliveries(self._platform, run["id"], sftp, artifacts)
            submission, submission_checks = self._submission(run)
            webhook, webhook_checks = check_webhooks(partner, run["id"], len(artifacts), len(delivery["files"]))
        finally:
            self._stop_telling(setup.webhook_id)
        findings: list[dict[str, Any]] = self._platform.get(f"/runs/{run['id']}/findings")["items"]
        checks = (
            *check_run(run, findings, self._options),
            *check_artifacts(artifacts, run["counts"]["rows_out"], has_schemas=schemas is not None),
            *delivery_checks,
            *webhook_checks,
            *submission_checks,
        )
        return DemoOutcome(
            run=run,
            artifacts=tuple(_files(artifacts, "xml")),
            csv=tuple(_files(artifacts, "csv")),
            source=self._source.document(self._options.reporting_date),
            delivery=delivery,
            webhook=webhook,
            submission=submission,
            expected_set_aside=expected_set_aside(self._options.rows, self._options.seed),
            findings=tuple(findings),
            seconds=seconds,
            checks=checks,
        )

    def _run(self, report_id: str) -> tuple[Answer, float]:
        """Start the run and watch it to its end. Raises DemoRunFailed when it produced nothing."""
        self._narrator.stage("Running the report")
        started = time.monotonic()
        requested = self._platform.post(
            f"/reports/{report_id}/runs",
            {"reporting_date": self._options.reporting_date.isoformat(), "parameters": {}},
            headers={"Idempotency-Key": str(new_id())},
        )
        patience = _FIXED_PATIENCE_SECONDS + self._options.rows / _ROWS_PER_PATIENT_SECOND
        rows = self._options.rows
        run = watch_run(
            self._platform, str(requested["id"]), lambda event: self._narrator.run_event(event, rows), patience
        )
        if run["state"] not in _PRODUCED:
            reason = run.get("reason") or {}
            raise DemoRunFailed(
                f"The run {run['id']} is {run['state']}: {reason.get('message', 'no reason was given')}",
                fix=reason.get("fix") or f"Look at GET /api/v1/runs/{run['id']}/log and `openreg logs`.",
            )
        return run, _duration(run) or time.monotonic() - started

    def _submission(self, run: Answer) -> tuple[dict[str, Any], list[Check]]:
        """What the regulator was told by the run, and with a regulator there: what became of it."""
        if self._options.is_full:
            return RegulatorCycle(self._platform, self._narrator).close(str(run["id"]))
        return check_submission(self._platform, run)

    def _stop_telling(self, webhook_id: str) -> None:
        """The partner goes away with the demo; later runs must not knock at its door."""
        try:
            self._platform.delete(f"/webhooks/{webhook_id}")
        except PlatformRefused:
            self._narrator.stage(f"The webhook {webhook_id} could not be switched off; it points to nobody now")


def _files(artifacts: list[DownloadedArtifact], file_format: str) -> Any:
    return (artifact.file for artifact in artifacts if artifact.format == file_format)


def _duration(run: Answer) -> float | None:
    started, finished = run.get("started_at"), run.get("finished_at")
    if not started or not finished:
        return None
    return (datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds()
