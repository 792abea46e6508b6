"""The dashboard and the search: what somebody may see of everything, in one answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from backend.core.pagination import SortedPageRequest
from backend.domain.deliveries import DeliveryState
from backend.domain.permissions import Permission
from backend.domain.runs import RunState
from backend.persistence.repositories.overview import DayCount, Milestones, OverviewRepository
from backend.persistence.repositories.run_lists import ListedRun, RunFilter, RunListRepository, RunSort
from backend.persistence.repositories.search import Found, FoundKind, SearchRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.services.scope import TenantScope

DAYS: Final = 14
_SHOWN: Final = 10
_LOOK_BACK: Final = timedelta(days=7)
#: What may be found with which permission.
_READERS: Final[Mapping[FoundKind, Permission]] = {
    FoundKind.REPORT: Permission.REPORTS_READ,
    FoundKind.REPORT_VERSION: Permission.REPORTS_READ,
    FoundKind.RUN: Permission.RUNS_READ,
    FoundKind.EXCEPTION: Permission.RUNS_READ,
    FoundKind.ARTIFACT: Permission.RUNS_READ,
    FoundKind.CONNECTOR: Permission.CONNECTORS_READ,
    FoundKind.DESTINATION: Permission.DESTINATIONS_READ,
    FoundKind.DELIVERY: Permission.DESTINATIONS_READ,
    FoundKind.WEBHOOK: Permission.WEBHOOKS_READ,
}


@dataclass(frozen=True, slots=True)
class RunsAtAGlance:
    """Runs of today by state, those that need somebody, and the last days."""

    today: Mapping[str, int]
    held_count: int
    open_exceptions: int
    failed: Sequence[ListedRun]
    held: Sequence[ListedRun]
    unfinished: Sequence[ListedRun]
    days: Sequence[date]
    by_day: Sequence[DayCount]


@dataclass(frozen=True, slots=True)
class Approvals:
    """Versions in review: all, and those the caller may decide about."""

    waiting: int
    for_me: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What needs attention; a part that the caller may not see is None."""

    day: date
    time_zone: str
    runs: RunsAtAGlance | None
    approvals: Approvals | None
    deliveries: Mapping[DeliveryState, int] | None
    milestones: Milestones | None


@dataclass(frozen=True, slots=True)
class OverviewService:
    """Looks over everything in the name of somebody with these permissions."""

    scope: TenantScope
    permissions: Collection[str]

    async def dashboard(self) -> Dashboard:
        """What needs attention today."""
        async with self.scope.transaction() as session:
            zone = (await MemberRepository(session, self.scope.tenant).get_tenant()).time_zone
            today = self.scope.now().astimezone(ZoneInfo(zone)).date()
            overview = OverviewRepository(session, self.scope.tenant)
            runs = None
            if self._may(Permission.RUNS_READ):
                runs = await self._runs(overview, RunListRepository(session, self.scope.tenant), today, zone)
            approvals = None
            if self._may(Permission.REPORTS_READ):
                waiting, foreign = await overview.count_waiting(self.scope.user_id)
                approvals = Approvals(waiting, foreign if self._may(Permission.REPORTS_APPROVE) else 0)
            deliveries = None
            if self._may(Permission.DESTINATIONS_READ):
                failing = (DeliveryState.FAILED, DeliveryState.RETRYING)
                deliveries = {state: await overview.count_deliveries(state) for state in failing}
            milestones = await overview.milestones() if self._may(Permission.REPORTS_READ) else None
        return Dashboard(today, zone, runs, approvals, deliveries, milestones)

    async def search(self, text: str) -> Sequence[Found]:
        """Things whose id begins so or whose name holds the text, as far as the caller may see them."""
        kinds = {kind for kind, permission in _READERS.items() if self._may(permission)}
        async with self.scope.transaction() as session:
            return await SearchRepository(session, self.scope.tenant).search(text.strip(), kinds)

    async def _runs(
        self, overview: OverviewRepository, lists: RunListRepository, today: date, zone: str
    ) -> RunsAtAGlance:
        newest = SortedPageRequest(RunSort.CREATED_AT, is_descending=True, limit=_SHOWN)
        unfinished = (RunState.PENDING, RunState.RUNNING, RunState.CANCELLING)
        days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
        recent = self.scope.now() - _LOOK_BACK
        return RunsAtAGlance(
            today=await overview.runs_by_state(_midnight(today, zone)),
            held_count=await overview.count_held(),
            open_exceptions=await overview.count_open_exceptions(),
            failed=(await lists.page(newest, RunFilter(states=(RunState.FAILED,), since=recent))).items,
            held=(await lists.page(newest, RunFilter(is_held=True))).items,
            unfinished=(await lists.page(newest, RunFilter(states=unfinished))).items,
            days=days,
            by_day=await overview.runs_by_day(_midnight(days[0], zone), zone),
        )

    def _may(self, permission: Permission) -> bool:
        return permission.value in self.permissions


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
