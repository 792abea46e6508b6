"""Which events an endpoint is told of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from backend.domain.webhooks import WebhookEventType, matches


@dataclass(frozen=True, slots=True)
class Concern:
    """What an event is about: reports, and regimes, those of its reports among them."""

    reports: Collection[UUID] = frozenset()
    regimes: Collection[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Types or families of them; of these only events about a named report and about a named regime.

    Without reports it is events of all reports and of none, likewise without regimes.
    """

    patterns: Sequence[str]
    report_ids: frozenset[UUID] = frozenset()
    regimes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, patterns: Sequence[str], report_ids: Collection[UUID], regimes: Collection[str]) -> Self:
        """The filter of an endpoint as it is kept."""
        return cls(tuple(patterns), frozenset(report_ids), frozenset(regimes))

    def wants(self, event_type: WebhookEventType, concern: Concern) -> bool:
        """Whether an endpoint with this filter is told."""
        return (
            matches(self.patterns, event_type)
            and (not self.report_ids or not self.report_ids.isdisjoint(concern.reports))
            and (not self.regimes or not self.regimes.isdisjoint(concern.regimes))
        )
