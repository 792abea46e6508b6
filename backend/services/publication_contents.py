"""What customers are shown of each kind of thing: names instead of identifiers; nobody, no access, no secret."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.canonical_json import canonical_json
from backend.core.ids import DatasetId, ReportId, RuleSetId, TenantId
from backend.domain.publications import (
    NothingToPublish,
    PublicationKind,
    PublicationSubjectNotFound,
    ReportDetail,
    has_personal_data,
    name_of_title,
    shown_document,
    without_unpublished,
)
from backend.domain.regulations.documents import PackNotFound
from backend.domain.regulations.loader import load_pack
from backend.domain.reports.interchange import PackMark, ReportFile, ReportHead
from backend.domain.reports.versions import ReportVersionState
from backend.domain.validation.rule_sets import RuleSetState
from backend.persistence.repositories.calendars import CalendarRepository
from backend.persistence.repositories.datasets import DatasetRepository
from backend.persistence.repositories.publications import PublicationRepository
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.rule_sets import RuleSetRepository
from backend.persistence.repositories.schedules import ScheduleRepository
from backend.persistence.repositories.schema_packages import SchemaPackageRepository
from backend.services.report_names import document_with_names

Thing = UUID | str
_NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class ShownContent:
    """A thing as it is shown now. ``version`` None: it has no numbers of its own, and each change counts one."""

    name: str
    title: str
    version: str | None
    subject_id: UUID | None
    regimes: frozenset[str]
    content: Mapping[str, Any]
    has_personal_data: bool = False

    @property
    def sha256(self) -> str:
        """The hash of what is shown."""
        return hashlib.sha256(canonical_json(self.content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PublicationContents:
    """Reads what a tenant's things say now."""

    session: AsyncSession
    tenant: TenantId

    async def of(self, kind: PublicationKind, thing: Thing, detail: ReportDetail | None) -> ShownContent:
        """Raises PublicationSubjectNotFound, NothingToPublish."""
        if isinstance(thing, str):
            return _of_pack(thing)
        if kind is PublicationKind.REPORT:
            return await self._of_report(thing, detail or ReportDetail.WHOLE)
        readers: dict[PublicationKind, Callable[[UUID], Awaitable[ShownContent]]] = {
            PublicationKind.RULE_SET: self._of_rule_set,
            PublicationKind.DATASET: self._of_dataset,
            PublicationKind.SCHEDULE: self._of_schedule,
            PublicationKind.SCHEMA: self._of_schema,
        }
        return await readers[kind](thing)

    async def _of_report(self, report_id: UUID, detail: ReportDetail) -> ShownContent:
        reports = ReportRepository(self.session, self.tenant)
        report = await reports.find(ReportId(report_id))
        if report is None:
            raise PublicationSubjectNotFound("There is no such report.")
        version = await reports.find_state(ReportId(report_id), ReportVersionState.ACTIVE)
        if version is None:
            raise NothingToPublish(fix="Have a version of the report activated first.")
        document = await document_with_names(self.session, self.tenant, version.document)
        file = ReportFile(
            report=ReportHead(name=report.name, slug=report.slug, description=report.description, tags=report.tags),
            version=version.number,
            pack=PackMark(id=version.pack_id, version=version.pack_version or "") if version.pack_id else None,
            document=shown_document(document, detail),
        )
        return ShownContent(
            name=report.slug,
            title=report.name,
            version=version.number,
            subject_id=version.id,
            regimes=_regimes(version.pack_id),
            content=file.model_dump(mode="json"),
            has_personal_data=has_personal_data(version.document, _personal_columns(version.pack_id)),
        )

    async def _of_rule_set(self, rule_set_id: UUID) -> ShownContent:
        rule_sets = RuleSetRepository(self.session, self.tenant)
        rule_set = await rule_sets.find(RuleSetId(rule_set_id))
        if rule_set is None:
            raise PublicationSubjectNotFound("There is no such rule set.")
        version = await rule_sets.find_state(RuleSetId(rule_set_id), RuleSetState.ACTIVE)
        if version is None:
            raise NothingToPublish(fix="Have a version of the rule set activated first.")
        content = {
            "name": rule_set.name,
            "title": rule_set.title,
            "description": rule_set.description,
            "regime": rule_set.pack_id,
            "number": version.number,
            "sha256": version.sha256,
            "rules": version.rules,
        }
        regimes = _regimes(rule_set.pack_id)
        return ShownContent(rule_set.name, rule_set.title, str(version.number), version.id, regimes, content)

    async def _of_dataset(self, dataset_id: UUID) -> ShownContent:
        datasets = DatasetRepository(self.session, self.tenant)
        dataset = await datasets.find(DatasetId(dataset_id))
        if dataset is None:
            raise PublicationSubjectNotFound("There is no such dataset.")
        version = await datasets.find_version(DatasetId(dataset_id), dataset.current_version)
        if version is None:
            raise NothingToPublish(fix="Give the dataset entries first.")
        content = {
            "kind": dataset.kind,
            "name": dataset.name,
            "title": dataset.title,
            "description": dataset.description,
            "key_title": dataset.key_title,
            "columns": dataset.columns,
            "missing": dataset.missing,
            "number": version.number,
            "as_at": version.as_at.isoformat() if version.as_at else None,
            "entries": version.entries,
            "added": version.added,
            "removed": version.removed,
            "sha256": version.sha256,
        }
        title = dataset.title or dataset.name
        return ShownContent(dataset.name, title, str(version.number), None, frozenset(), content)

    async def _of_schedule(self, schedule_id: UUID) -> ShownContent:
        schedule = await ScheduleRepository(self.session, self.tenant).find(schedule_id)
        if schedule is None:
            raise PublicationSubjectNotFound("There is no such schedule.")
        reports = {str(one.thing_id): one for one in await self._published_reports()}
        report = reports.get(str(schedule.report_id))
        if report is None:
            raise NothingToPublish("The report of the schedule is not published.", fix="Publish the report first.")
        definition = schedule.read_definition().model_dump(mode="json")
        slugs = {identity: one.name for identity, one in reports.items()}
        definition["dependencies"] = without_unpublished(definition["dependencies"], slugs)
        content = {
            "title": schedule.name,
            "report": report.name,
            "definition": definition,
            "calendar": await self._own_calendar(schedule.calendar),
        }
        regimes = frozenset(report.regimes)
        return ShownContent(name_of_title(schedule.name), schedule.name, None, None, regimes, content)

    async def _published_reports(self) -> list[Any]:
        return list(await PublicationRepository(self.session, self.tenant).shown(PublicationKind.REPORT))

    async def _own_calendar(self, name: str | None) -> dict[str, Any] | None:
        """What makes a calendar of the tenant; national ones are the same everywhere."""
        own = (await CalendarRepository(self.session, self.tenant).named([name])).get(name) if name else None
        return None if own is None else {"name": own.name, "title": own.title, "definition": own.definition}

    async def _of_schema(self, package_id: UUID) -> ShownContent:
        package = await SchemaPackageRepository(self.session, self.tenant).find(package_id)
        if package is None:
            raise PublicationSubjectNotFound("There is no such schema package.")
        content = {"file_name": package.name, "sha256": package.sha256, "files": package.files}
        name = name_of_title(package.name.removesuffix(".zip"))
        return ShownContent(name, package.name, None, None, frozenset(), content)


def _of_pack(pack_id: str) -> ShownContent:
    try:
        pack = load_pack(pack_id)
    except PackNotFound as error:
        raise PublicationSubjectNotFound(f"There is no regulation pack {pack_id!r}.", fix=error.fix) from error
    content = {
        "pack": pack.id,
        "version": pack.version,
        "title": pack.title,
        "regulation": pack.regulation,
        "effective_from": pack.effective_from.isoformat(),
        "effective_to": pack.effective_to.isoformat() if pack.effective_to else None,
        "rules": [_plain(dataclasses.asdict(one)) for one in pack.rules],
    }
    return ShownContent(pack.id, pack.title, pack.version, None, frozenset({pack.id}), content)


def _plain(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in rule.items()}


def _regimes(pack_id: str | None) -> frozenset[str]:
    return frozenset() if pack_id is None else frozenset({pack_id})


def _personal_columns(pack_id: str | None) -> frozenset[str]:
    """What a pack marks as personal. Of a report without a pack only the publisher knows, who chose to show files."""
    try:
        return (
            frozenset(name for name, column in load_pack(pack_id).columns.items() if column.pii) if pack_id else _NONE
        )
    except PackNotFound:
        return _NONE
