"""Rows of reference data and of rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from backend.core.ids import new_id
from backend.domain.calendars import WorkCalendar
from backend.domain.datasets import DatasetKind
from backend.domain.deadlines import MetBy, ObligationState
from backend.domain.reports.document import MissingKey
from backend.domain.validation.rule_sets import RULES, RuleSetState, rules_sha256
from backend.persistence.models.calendar import Calendar, CalendarVersion
from backend.persistence.models.dataset import Dataset, DatasetEntry, DatasetOrigin, DatasetVersion, DatasetVersionState
from backend.persistence.models.deadline import Deadline, Obligation
from backend.persistence.models.official_text import OfficialText, OfficialTextList
from backend.persistence.models.report import Report
from backend.persistence.models.rule_set import RuleSet, RuleSetVersion
from backend.persistence.repositories.calendars import CalendarRepository
from tests.factories.documents import own_rule
from tests.factories.stored_rows import AT, StoredRows


@dataclass(frozen=True, slots=True)
class ReferenceRows(StoredRows):
    """Makers of datasets, calendars, deadlines, rule sets and official texts."""

    async def dataset(self, **changes: Any) -> Dataset:
        """A dataset with one published version of one entry, as far as the database knows, or with none."""
        defaults = {
            "kind": DatasetKind.DATASET,
            "name": f"d{new_id().hex}",
            "title": "Venues",
            "description": "",
            "key_title": "key",
            "columns": [{"name": "status", "type": "text", "title": ""}],
            "missing": MissingKey.NULL,
            "current_version": 1,
            "created_by": self.person.user_id,
            "created_at": AT,
            "updated_at": AT,
        }
        dataset = await self._store(Dataset, defaults, changes)
        if not dataset.current_version:
            return dataset
        async with self.database.transaction(self.person.tenant) as session:
            session.add(
                DatasetVersion(
                    dataset_id=dataset.id,
                    tenant_id=self.person.tenant,
                    number=1,
                    state=DatasetVersionState.PUBLISHED,
                    origin=DatasetOrigin.EDIT,
                    note="",
                    entries=1,
                    added=1,
                    removed=0,
                    columns=dataset.columns,
                    object_key="k",
                    sha256="0" * 64,
                    size_bytes=1,
                    created_by=self.person.user_id,
                    created_at=AT,
                    published_at=AT,
                )
            )
            session.add(
                DatasetEntry(
                    id=new_id(),
                    tenant_id=self.person.tenant,
                    dataset_id=dataset.id,
                    key="XPAR",
                    values={"status": "active"},
                    added_in=1,
                )
            )
        return dataset

    async def calendar(self, **changes: Any) -> Calendar:
        """A calendar with one version of one day, as far as the database knows."""
        defaults = {
            "name": f"C{new_id().hex}",
            "title": "Our house",
            "definition": {"added": [{"date": "2026-12-24", "name": "Christmas Eve"}]},
            "version": 1,
            "created_by": self.person.user_id,
            "created_at": AT,
            "updated_at": AT,
        }
        calendar = await self._store(Calendar, defaults, changes)
        days = WorkCalendar(frozenset({date(2026, 12, 24)}))
        async with self.database.transaction(self.person.tenant) as session:
            session.add(
                CalendarVersion(
                    calendar_id=calendar.id,
                    tenant_id=self.person.tenant,
                    number=1,
                    definition=calendar.definition,
                    sha256=await CalendarRepository(session, self.person.tenant).keep(days, AT),
                    source="own dates",
                    created_by=self.person.user_id,
                    created_at=AT,
                )
            )
        return calendar

    async def deadline(self, report: Report, **changes: Any) -> Deadline:
        """The next working day of Germany, one minute before midnight in Berlin."""
        defaults = {
            "report_id": report.id,
            "calendar": "DE",
            "working_days": 1,
            "local_time": time(23, 59),
            "time_zone": "Europe/Berlin",
            "warning_minutes": 240,
            "met_by": MetBy.HANDED_OVER,
            "since": AT.date(),
            "is_active": True,
            "saved_by": self.person.user_id,
            "created_at": AT,
            "updated_at": AT,
        }
        return await self._store(Deadline, defaults, changes)

    async def obligation(self, report: Report, **changes: Any) -> Obligation:
        """An open duty of a report."""
        defaults = {
            "report_id": report.id,
            "reporting_date": AT.date(),
            "due_at": AT + timedelta(days=1),
            "warn_at": AT + timedelta(hours=20),
            "time_zone": "Europe/Berlin",
            "calendar": "DE",
            "state": ObligationState.OPEN,
            "created_at": AT,
        }
        return await self._store(Obligation, defaults, changes)

    async def rule_set(self, **changes: Any) -> RuleSet:
        """A rule set without versions."""
        defaults = {
            "name": f"set_{new_id().hex}",
            "title": "House rules",
            "description": "",
            "created_by": self.person.user_id,
            "created_at": AT,
            "updated_at": AT,
        }
        return await self._store(RuleSet, defaults, changes)

    async def rule_set_version(
        self, rule_set: RuleSet, rules: Sequence[Mapping[str, Any]] | None = None, **changes: Any
    ) -> RuleSetVersion:
        """The active version 1, of one rule over source columns."""
        written = RULES.validate_python([own_rule(id="HOUSE-01")] if rules is None else rules)
        defaults = {
            "rule_set_id": rule_set.id,
            "number": 1,
            "state": RuleSetState.ACTIVE,
            "rules": [one.model_dump(mode="json") for one in written],
            "sha256": rules_sha256(written),
            "authors": [self.person.user_id],
            "created_at": AT,
            "updated_at": AT,
            "updated_by": self.person.user_id,
        }
        return await self._store(RuleSetVersion, defaults, changes)

    async def official_text(self, number: int | None = None, **changes: Any) -> OfficialText:
        """A list of one official text of MiFIR."""
        listed = await self._store(
            OfficialTextList,
            {
                "pack_id": "mifir-rts22",
                # Any that no other list of the test has.
                "number": number or 1 + new_id().int % 10**9,
                "title": "Validation rules",
                "file_name": "rules.csv",
                "sha256": "0" * 64,
                "text_count": 1,
                "imported_by": self.person.user_id,
                "imported_at": AT,
            },
            {},
        )
        text = {"code": "CON-020", "field": "2", "severity": "Error", "text": "It is unique.", "rule_id": "MR-02"}
        return await self._store(OfficialText, {"list_id": listed.id, "position": 1, **text}, changes)
