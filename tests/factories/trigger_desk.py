"""A desk with triggers: people who make them, and workers that look."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update

from backend.core.clock import utc_now
from backend.core.ids import ReportId
from backend.domain.runs import RunState
from backend.domain.triggers import TriggerDefinition
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.models.trigger import Trigger, TriggerFiring
from backend.services.delivery import TransferOpener
from backend.services.scope import TenantScope
from backend.services.source_access import ConnectorOpener
from backend.services.trigger_looks import TriggerLooks, TriggerSources
from backend.services.triggers import TriggerService
from tests.factories.documents import QUERY, plain_document
from tests.factories.installation import Installation
from tests.factories.rows import Rows
from tests.factories.wakeups import NotedWakeups


async def active_version(rows: Rows, **report: Any) -> ReportVersion:
    connector = await rows.connector()
    parameters = {"book": {"type": "text", "default": "A"}}
    source = {"connector_id": str(connector.id), "query": QUERY, "parameters": parameters}
    return await rows.version(await rows.report(**report), plain_document(connector.id, source=source))


@dataclass
class Desk:
    """Triggers of a tenant, and workers that look."""

    installation: Installation
    scope: TenantScope
    wakeups: NotedWakeups
    #: How much later it is for the workers: nobody waits for files to settle.
    later: timedelta = timedelta()

    def settle(self) -> None:
        """Let the time pass in which a file must stay as it is."""
        self.later += timedelta(seconds=1.5)

    def _now(self) -> datetime:
        return utc_now() + self.later

    @property
    def service(self) -> TriggerService:
        return TriggerService(self.scope, self.wakeups)

    @property
    def sources(self) -> TriggerSources:
        adapters = self.installation.adapters
        return TriggerSources(TransferOpener(adapters.box, adapters.egress_own_network), ConnectorOpener.of(adapters))

    @property
    def looks(self) -> TriggerLooks:
        one = self.installation
        return TriggerLooks(one.database, one.system, self.sources, self.wakeups, self._now)

    async def create(self, version: ReportVersion, on: dict[str, Any], **more: Any) -> Trigger:
        definition = TriggerDefinition.model_validate({"on": on, **more})
        view = await self.service.create(ReportId(version.report_id), f"trigger {uuid4()}", definition)
        return view.trigger

    async def look(self, trigger: Trigger, *, workers: int = 1) -> int:
        """Look now, whenever that is due."""
        async with self.scope.transaction() as session:
            due = update(Trigger).where(Trigger.id == trigger.id, ~Trigger.is_paused)
            await session.execute(due.values(next_look_at=utc_now() - timedelta(seconds=1)))
        looks = [self.looks.look(self.scope.tenant, trigger.id) for _ in range(workers)]
        return sum(await asyncio.gather(*looks))

    async def stored(self, trigger: Trigger) -> Trigger:
        async with self.scope.reading() as session:
            found = await session.get(Trigger, trigger.id)
        assert found is not None
        return found

    async def all_of(self, model: type[Any]) -> list[Any]:
        async with self.scope.reading() as session:
            return list((await session.scalars(select(model).order_by(model.id))).all())

    async def firings(self) -> list[tuple[str, str, str | None]]:
        return [(one.subject, one.outcome, one.reason_code) for one in await self.all_of(TriggerFiring)]

    async def end_runs(self, state: RunState = RunState.SUCCEEDED) -> None:
        async with self.scope.transaction() as session:
            await session.execute(
                update(Run).where(Run.state == RunState.PENDING).values(state=state, finished_at=utc_now())
            )
