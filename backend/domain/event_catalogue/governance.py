"""Data of events about what is decided: versions of reports, rule sets, datasets, the error register."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.domain.datasets import DatasetKind
from backend.domain.error_register import EntryKind, EntryState, RootCause
from backend.domain.event_catalogue.news import Count, Link, News, Part, Sha256
from backend.domain.reports.versions import ReportVersionState


class ReportLinks(Part):
    """Where more is to be read."""

    report: Link


class ReportVersionNews(News):
    """A version of a report."""

    report_id: UUID
    report_version_id: UUID
    version: str
    """Its number, such as 2.1."""
    state: ReportVersionState
    links: ReportLinks


class RuleSetLinks(Part):
    """Where more is to be read."""

    rule_set: Link


class RuleSetNews(News):
    """A version of a rule set that has become the active one."""

    rule_set_id: UUID
    name: str
    number: int
    """The number of the version."""
    sha256: Sha256
    regime: str | None
    """The regulation pack whose columns the rules are over."""
    links: RuleSetLinks

    def regimes(self) -> frozenset[str]:
        """The one that its rules are over."""
        return frozenset() if self.regime is None else frozenset({self.regime})


class DatasetLinks(Part):
    """Where more is to be read."""

    dataset: Link


class DatasetNews(News):
    """A version of reference data that is read from now on."""

    dataset_id: UUID
    kind: DatasetKind
    name: str
    version: int
    entries: Count
    added: Count
    removed: Count
    sha256: Sha256
    links: DatasetLinks


class RegisterLinks(Part):
    """Where more is to be read."""

    entry: Link


class RegisterEntryNews(News):
    """An entry of the error register; nothing that people wrote into it."""

    entry_id: UUID
    reference: str
    kind: EntryKind
    state: EntryState
    root_cause: RootCause | None
    report_ids: list[UUID]
    """The reports that are affected."""
    notified_at: datetime | None
    """When the authority was told."""
    links: RegisterLinks

    def reports(self) -> frozenset[UUID]:
        """Those that are affected."""
        return frozenset(self.report_ids)
