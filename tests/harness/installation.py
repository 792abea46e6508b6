"""An installation for tests: migrated database, bucket, tenant, demo source; and the services as one user."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import make_url

from backend.config import Settings, load_settings
from backend.core.clock import utc_now
from backend.core.ids import ReportId, ReportVersionId, RunId, TenantId
from backend.demo.report import demo_document
from backend.demo.source import create_source
from backend.demo.trades import Day
from backend.domain.runs import RunState
from backend.domain.tenants import TenantEnvironment
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.tenant import Tenant
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.adapters import Adapters, create_adapters
from backend.services.connectors.base import Credentials
from backend.services.installation import InstallationService
from backend.services.mail_drain import MailDrain
from backend.services.mail_transport import mail_transport
from backend.services.report_review import ReportReviewService
from backend.services.reports import ReportService
from backend.services.run_ending import RunEnding
from backend.services.run_lease import RunLease
from backend.services.run_supervisor import RunSupervisor
from backend.services.runs import RunService, RunView
from backend.services.schema_packages import SchemaPackageService
from backend.services.scope import Actor, ActorKind, TenantScope
from backend.services.source_access import ConnectorOpener, ConnectorService
from backend.services.wakeups import NoWakeups
from backend.tasks.runtime import RUN_COMMAND
from tests.services.servers import PostgresServer, S3Address, run_now

REPORTING_DATE = date(2026, 11, 20)
POLL_SECONDS = 0.1
ADMINISTRATOR = "admin@openreg.localhost"
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """The demo's source database."""

    dsn: str
    host: str
    port: int
    database: str
    username: str
    password: str


def environment(owner_url: str, app_url: str, system_url: str, s3: S3Address, **more: str) -> dict[str, str]:
    """The variables of an installation on test servers."""
    return {
        "ENVIRONMENT": "test",
        "DATABASE_URL": app_url,
        "DATABASE_OWNER_URL": owner_url,
        "DATABASE_SYSTEM_URL": system_url,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "MINIO_ENDPOINT": s3.endpoint,
        "MINIO_ACCESS_KEY": s3.access_key,
        "MINIO_SECRET_KEY": s3.secret_key,
        "MINIO_REGION": s3.region,
        "ARTIFACT_BUCKET": f"test-{secrets.token_hex(6)}",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEY": Fernet.generate_key().decode(),
        "EGRESS_ALLOWED_NETWORKS": "127.0.0.1/32,::1/128",
        **more,
    }


class Installation:
    """One tenant with services bound to its administrator; use inside one event loop."""

    def __init__(self, env: dict[str, str], tenant: TenantId, user_id: UUID) -> None:
        self.env = env
        self.settings: Settings = load_settings(env)
        self.tenant = tenant
        urls = self.settings.database
        self.database = Database(urls.url.get_secret_value(), pool_size=3, name="test")
        self.system = SystemDatabase(urls.system_url.get_secret_value(), name="test")
        self.adapters: Adapters = create_adapters(self.settings)
        actor = Actor(ActorKind.PERSON, user_id, ADMINISTRATOR, user_id)
        self.scope = TenantScope(self.database, tenant, user_id, utc_now, actor)
        opener = ConnectorOpener.of(self.adapters)
        self.connectors = ConnectorService(self.scope, opener)
        self.reports = ReportService(self.scope, self.connectors, NoWakeups(), self.adapters.storage)
        self.reviews = ReportReviewService(self.scope, NoWakeups())
        self.runs = RunService(self.scope, NoWakeups())
        self.schemas = SchemaPackageService(self.database, self.adapters.storage)

    async def close(self) -> None:
        """Close the pools."""
        await self.database.dispose()
        await self.system.dispose()

    def run_now(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run what uses these services in a loop of its own; the pools, which belong to that loop, end with it."""

        async def closing() -> Result:
            try:
                return await coroutine
            finally:
                await self.close()

        return run_now(closing())

    async def add_connector(self, source: SourceAddress) -> UUID:
        """A connector to the source database."""
        stored = await self.connectors.create(
            name=f"source-{secrets.token_hex(3)}",
            kind="postgresql",
            settings={"host": source.host, "port": source.port, "database": source.database, "ssl_mode": "disable"},
            credentials=Credentials(username=source.username, password=SecretStr(source.password)),
        )
        return stored.id

    async def add_report(self, document: dict[str, object]) -> ReportId:
        """A report with the document as its active version."""
        report = (await self.reports.create(name="Test", slug=f"test-{secrets.token_hex(4)}")).report
        version = await self.reports.save_version(ReportId(report.id), document)
        await self.reviews.activate(ReportId(report.id), ReportVersionId(version.id))
        return ReportId(report.id)

    async def add_demo_report(self, source: SourceAddress, **changes: object) -> ReportId:
        """The demo's report over the demo's source."""
        document = demo_document(str(await self.add_connector(source)), [])
        return await self.add_report(document | changes)

    def supervisor(self, *, lease_seconds: float | None = None) -> RunSupervisor:
        """A supervisor in this process."""
        duration = timedelta(seconds=lease_seconds or self.settings.runs.lease_seconds)
        return RunSupervisor(
            lease=RunLease(self.database, f"test-{secrets.token_hex(3)}", duration, utc_now),
            ending=RunEnding(self.database, self.adapters.storage, NoWakeups(), utc_now),
            wakeups=NoWakeups(),
            command=RUN_COMMAND,
        )

    async def run(self, report_id: ReportId, reporting_date: date = REPORTING_DATE) -> RunView:
        """Request a run and see it to its end, waking it as the sweeper would."""
        run = await self.runs.request(report_id, reporting_date, {})
        return await self.finish(RunId(run.id))

    async def finish(self, run_id: RunId, within_seconds: float = 300) -> RunView:
        """Wake a run whenever it is due until it has ended."""
        async with asyncio.timeout(within_seconds):
            while True:
                async with self.system.transaction() as session:
                    due = await SystemScope(session).runs_to_wake(100)
                if run_id in [identity for _, identity in due]:
                    await self.supervisor().supervise(self.tenant, run_id)
                view = await self.runs.view(run_id)
                if RunState(view.run.state).is_terminal:
                    return view
                await asyncio.sleep(POLL_SECONDS)

    async def artifacts(self, run_id: RunId) -> dict[str, Artifact]:
        """The files of a run by format."""
        return {one.format: one for one in await self.runs.artifacts(run_id)}

    def content(self, artifact: Artifact) -> bytes:
        """The stored bytes of an artifact."""
        return b"".join(self.adapters.storage.stream(artifact.object_key))


async def create_installation(server: PostgresServer, s3: S3Address, **more: str) -> Installation:
    """A fresh database and bucket with one tenant."""
    database = await asyncio.to_thread(server.create_migrated)
    env = environment(database.owner_url, database.app_url, database.system_url, s3, **more)
    settings = load_settings(env)
    await asyncio.to_thread(create_adapters(settings).storage.ensure_bucket)
    app = Database(settings.database.url.get_secret_value(), pool_size=1, name="test")
    system = SystemDatabase(settings.database.system_url.get_secret_value(), name="test")
    await InstallationService(app, system, utc_now).create_first_tenant(
        slug="test", name="Test", email=ADMINISTRATOR, password="a-password-for-tests"
    )
    async with system.transaction() as session:
        row = await SystemScope(session).find_sign_in(ADMINISTRATOR)
    assert row is not None
    assert row.tenant_id is not None
    async with app.transaction(row.tenant_id) as session:
        tenant = await session.get_one(Tenant, row.tenant_id)
        # One person writes and starts the reports of these tests, which production does not allow.
        tenant.environment = TenantEnvironment.SANDBOX
        tenant.four_eyes, tenant.four_eyes_off_reason = False, "One person tests alone."
    await app.dispose()
    await system.dispose()
    return Installation(env, row.tenant_id, row.user_id)


def create_demo_source(server: PostgresServer, rows: int, seed: int = 7) -> SourceAddress:
    """A source database with a day of trades, readable by its owner role."""
    database = server.create_database("source")
    create_source(database.owner_url, Day(seed, REPORTING_DATE, rows))
    return source_address(database.owner_url)


def source_address(url: str) -> SourceAddress:
    """The parts of a postgresql:// URL."""
    parts = make_url(url)
    return SourceAddress(
        url, parts.host or "", parts.port or 5432, parts.database or "", parts.username or "", str(parts.password)
    )


async def send_due_mails(env: dict[str, str], tenant: TenantId) -> None:
    """What the workers do with mails that wait: without a mail server they are kept, to be read."""
    settings = load_settings(env)
    database = Database(settings.database.url.get_secret_value(), pool_size=1, name="test")
    await MailDrain(database, create_adapters(settings).box, mail_transport(settings.mail), utc_now).drain(tenant)
    await database.dispose()
