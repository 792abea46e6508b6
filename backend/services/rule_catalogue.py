"""The catalogue of rules: those of the packs, of rule sets and of reports in one list, with how often each fails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import ClassVar, Final
from uuid import UUID

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.pagination import NamedPageRequest, Page
from backend.domain.regulations.loader import list_packs, load_pack
from backend.domain.reports.document import ReportRule
from backend.domain.validation.catalogue import (
    CatalogueRule,
    RuleFailures,
    RuleFilter,
    RuleOrigin,
    RuleOwner,
)
from backend.domain.validation.official_texts import OfficialRule
from backend.domain.validation.rule import Rule
from backend.domain.validation.rule_sets import RULES, RuleSetPin, RuleSetState
from backend.persistence.models.rule_set import RuleSet, RuleSetVersion
from backend.persistence.repositories.official_texts import OfficialTextRepository
from backend.persistence.repositories.rule_catalogue import (
    FailingRun,
    JudgedRuns,
    ReportInUse,
    RuleCatalogueRepository,
)
from backend.services.official_rules import official_rule
from backend.services.scope import TenantScope

WINDOW: Final = timedelta(days=30)
_SHOWN_RUNS: Final = 20


class RuleNotFound(OpenRegError):
    """There is no such rule."""

    code: ClassVar[str] = "rule_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class RuleDetail:
    """A rule and the newest runs in which it failed."""

    rule: CatalogueRule
    runs: Sequence[FailingRun]


@dataclass(frozen=True, slots=True)
class RuleCatalogueService:
    """Reads the catalogue of a tenant."""

    scope: TenantScope

    async def page(self, request: NamedPageRequest, wanted: RuleFilter) -> tuple[Page[CatalogueRule], int]:
        """Rules by id, or those that fail most first; and how many there are on all pages."""
        found = [one for one in await self._rules() if wanted.wants(one)]
        if request.key == "fail_rate":
            found.sort(key=lambda one: -(one.failed.rate or 0))
        return request.page_of(found, lambda one: one.key), len(found)

    async def every(self, wanted: RuleFilter) -> Sequence[CatalogueRule]:
        """All of them, by id."""
        return [one for one in await self._rules() if wanted.wants(one)]

    async def get(self, key: str) -> RuleDetail:
        """Raises RuleNotFound."""
        found = next((one for one in await self._rules() if one.key == key), None)
        if found is None:
            raise RuleNotFound
        async with self.scope.reading() as session:
            catalogue = RuleCatalogueRepository(session, self.scope.tenant)
            versions = [one.version_id for one in await catalogue.reports() if _uses(one, found)]
            runs = await catalogue.failing_runs(found.id, versions, self.scope.now() - WINDOW, _SHOWN_RUNS)
        return RuleDetail(found, runs)

    async def _rules(self) -> list[CatalogueRule]:
        async with self.scope.reading() as session:
            catalogue = RuleCatalogueRepository(session, self.scope.tenant)
            since = self.scope.now() - WINDOW
            versions = await catalogue.rule_sets(since)
            reports = await catalogue.reports()
            judged = await catalogue.judged_since(since)
            official = await OfficialTextRepository(session, self.scope.tenant).of_rules()
        sets = _shown_versions(versions)
        failed = _failures(judged, {version.id: version for _, version in versions})
        names = {rule_set.name: str(rule_set.id) for rule_set, _ in sets}
        using = _using(reports, names)
        texts = defaultdict[tuple[str, str], list[OfficialRule]](list)
        for listed, text in official:
            texts[listed.pack_id, str(text.rule_id)].append(official_rule(listed, text))
        rules = [*_of_packs(), *_of_reports(reports)]
        for rule_set, version in sets:
            state = "" if version.state == RuleSetState.ACTIVE else f" ({version.state})"
            owner = RuleOwner(
                RuleOrigin.RULE_SET, str(rule_set.id), rule_set.name, f"{version.number}{state}", rule_set.pack_id
            )
            written = RULES.validate_python(version.rules)
            rules += [(owner, (one.as_rule(frozenset()),), one.is_enabled) for one in written]
        return sorted(
            (
                CatalogueRule(
                    owner,
                    parts,
                    is_enabled,
                    tuple(texts.get((owner.regime or "", parts[0].id), ())),
                    tuple(using.get((owner.origin, owner.id), ())),
                    failed.get(owner.key_of(parts[0].id), RuleFailures()),
                )
                for owner, parts, is_enabled in rules
            ),
            key=lambda one: (one.id, one.key),
        )


_Written = tuple[RuleOwner, Sequence[Rule], bool]


def _of_packs() -> Iterable[_Written]:
    for pack in (load_pack(one) for one in list_packs()):
        owner = RuleOwner(RuleOrigin.PACK, pack.id, pack.title, pack.version, pack.id)
        ordered = sorted(pack.rules, key=lambda one: one.id)
        for _, parts in groupby(ordered, lambda one: one.id):
            yield owner, tuple(parts), True


def _of_reports(reports: Iterable[ReportInUse]) -> Iterable[_Written]:
    for report in reports:
        owner = RuleOwner(RuleOrigin.REPORT, str(report.report_id), report.name, report.version, report.pack_id)
        for one in report.rules:
            yield owner, (ReportRule.model_validate(one).as_rule(frozenset()),), True


def _uses(report: ReportInUse, rule: CatalogueRule) -> bool:
    return any(report.report_id == one for one, _ in rule.reports)


def _using(
    reports: Iterable[ReportInUse], set_ids: Mapping[str, str]
) -> Mapping[tuple[RuleOrigin, str], list[tuple[UUID, str]]]:
    """Per owner of rules the reports in use that its rules judge."""
    using = defaultdict[tuple[RuleOrigin, str], list[tuple[UUID, str]]](list)
    for one in sorted(reports, key=lambda report: report.name):
        owners = [(RuleOrigin.REPORT, str(one.report_id))]
        owners += [(RuleOrigin.PACK, one.pack_id)] if one.pack_id else []
        owners += [(RuleOrigin.RULE_SET, set_ids[name]) for name in one.rule_sets if name in set_ids]
        for owner in owners:
            using[owner].append((one.report_id, one.name))
    return using


def _failures(judged: Iterable[JudgedRuns], versions: Mapping[UUID, RuleSetVersion]) -> Mapping[str, RuleFailures]:
    """Per key of a rule what all runs say of it: each run counts for the rules that judged it."""
    total = defaultdict[str, RuleFailures](RuleFailures)
    for runs in judged:
        keys = {one: f"{RuleOrigin.REPORT}.{runs.report_id}.{one}" for one in runs.own_rule_ids}
        for pin in runs.rule_sets:
            version = versions[RuleSetPin.read(pin).version_id]
            enabled = (str(one["id"]) for one in version.rules if one.get("is_enabled", True))
            keys |= {one: f"{RuleOrigin.RULE_SET}.{version.rule_set_id}.{one}" for one in enabled}
        if runs.pack_id is not None:
            keys |= {one.id: f"{RuleOrigin.PACK}.{runs.pack_id}.{one.id}" for one in load_pack(runs.pack_id).rules}
        for rule_id, key in keys.items():
            total[key] += RuleFailures(runs.failures.get(rule_id, 0), runs.records)
    return total


def _shown_versions(versions: Sequence[tuple[RuleSet, RuleSetVersion]]) -> Sequence[tuple[RuleSet, RuleSetVersion]]:
    """Of every rule set the active version, or its draft where nothing is active."""
    shown: dict[UUID, tuple[RuleSet, RuleSetVersion]] = {}
    for state in (RuleSetState.ACTIVE, RuleSetState.DRAFT):
        for rule_set, version in versions:
            if version.state == state:
                shown.setdefault(rule_set.id, (rule_set, version))
    return list(shown.values())
