"""Rule sets of a tenant: written as drafts, activated by a person, then the same for good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar, Final

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition, PreconditionFailed, etag_of
from backend.core.ids import RuleSetId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.event_catalogue.governance import RuleSetLinks, RuleSetNews
from backend.domain.publications import PublicationKind
from backend.domain.regulations.loader import load_pack
from backend.domain.reports.analysis import ReportDocumentInvalid, Surroundings
from backend.domain.validation.rule_set_changes import RuleChange, is_reordered, rule_changes
from backend.domain.validation.rule_sets import (
    RULES,
    LibraryRule,
    RuleSetState,
    RuleSetTransitionRefused,
    RuleSetVersionContent,
    repeated_id,
    rules_sha256,
)
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.rule_set import RuleSet, RuleSetVersion
from backend.persistence.outbox import Outbox
from backend.persistence.repositories.rule_sets import ListedRuleSet, RuleSetRepository
from backend.services.publishing import PublishedThings
from backend.services.reference_pins import known_shapes
from backend.services.report_review import read_policy
from backend.services.reports import program_of
from backend.services.scope import TenantScope
from backend.services.wakeups import Wakeups

#: More faults than this are not read by anybody.
_MAX_FAULTS: Final = 50


class RuleSetNotFound(OpenRegError):
    """There is no such rule set."""

    code: ClassVar[str] = "rule_set_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class RuleSetVersionNotFound(OpenRegError):
    """The rule set has no such version."""

    code: ClassVar[str] = "rule_set_version_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class RuleSetNameTaken(OpenRegError):
    """Another rule set has this name."""

    code: ClassVar[str] = "rule_set_name_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RuleSetInUse(OpenRegError):
    """The rule set judges, or has judged, and cannot be taken away."""

    code: ClassVar[str] = "rule_set_in_use"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RuleIdRepeated(OpenRegError):
    """Two rules of a rule set have the same id."""

    code: ClassVar[str] = "rule_id_repeated"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class RuleSetUnfit(OpenRegError):
    """A report in use could not run with this version of the rule set."""

    code: ClassVar[str] = "rule_set_unfit"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class RuleSetChanges:
    """What a change of a rule set sets; None leaves a part as it is."""

    title: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class RuleSetComparison:
    """Two versions and what differs; ``before`` is None when there was nothing before."""

    before: RuleSetVersion | None
    after: RuleSetVersion
    changes: Sequence[RuleChange]
    is_reordered: bool


@dataclass(frozen=True, slots=True)
class RuleSetService:
    """Rule sets of a tenant."""

    scope: TenantScope
    wakeups: Wakeups

    async def page(self, request: PageRequest, text: str | None) -> Page[ListedRuleSet]:
        """Rule sets, newest first."""
        async with self.scope.reading() as session:
            return await RuleSetRepository(session, self.scope.tenant).page(request, text)

    async def get(self, rule_set_id: RuleSetId) -> ListedRuleSet:
        """Raises RuleSetNotFound."""
        async with self.scope.reading() as session:
            rule_sets = RuleSetRepository(session, self.scope.tenant)
            return await rule_sets.listed(await _get(rule_sets, rule_set_id))

    async def create(self, *, name: str, title: str, description: str, pack_id: str | None) -> ListedRuleSet:
        """A rule set without versions. Raises RuleSetNameTaken, PackNotFound."""
        if pack_id is not None:
            load_pack(pack_id)
        at = self.scope.now()
        async with self.scope.transaction() as session:
            rule_sets = RuleSetRepository(session, self.scope.tenant)
            rule_set = RuleSet(
                id=new_id(),
                tenant_id=self.scope.tenant,
                name=name,
                title=title,
                description=description,
                pack_id=pack_id,
                created_by=self.scope.user_id,
                created_at=at,
                updated_at=at,
            )
            rule_sets.add(rule_set)
            await rule_sets.flush_unique(RuleSetNameTaken(f"A rule set with the name {name} exists."))
            await self.scope.audit(session).record(
                AuditAction.RULE_SET_CREATED, _subject(rule_set), after=_shown(rule_set)
            )
            return await rule_sets.listed(rule_set)

    async def change(self, rule_set_id: RuleSetId, changes: RuleSetChanges, seen: Precondition) -> ListedRuleSet:
        """Change title or description. Raises RuleSetNotFound, PreconditionFailed."""
        async with self._locked(rule_set_id) as (session, rule_sets, rule_set):
            seen.check(rule_set_etag(rule_set))
            before = _shown(rule_set)
            rule_set.title = changes.title if changes.title is not None else rule_set.title
            rule_set.description = changes.description if changes.description is not None else rule_set.description
            rule_set.revision += 1
            rule_set.updated_at = self.scope.now()
            await rule_sets.flush()
            await self.scope.audit(session).record(
                AuditAction.RULE_SET_CHANGED, _subject(rule_set), before=before, after=_shown(rule_set)
            )
            published = PublishedThings(session, self.scope.tenant)
            await published.changed(PublicationKind.RULE_SET, rule_set.id, rule_set.updated_at)
            return await rule_sets.listed(rule_set)

    async def remove(self, rule_set_id: RuleSetId) -> None:
        """Take away a rule set that has never judged. Raises RuleSetNotFound, RuleSetInUse."""
        async with self._locked(rule_set_id) as (session, rule_sets, rule_set):
            versions = await rule_sets.versions(rule_set_id)
            if any(version.state != RuleSetState.DRAFT for version, _ in versions):
                raise RuleSetInUse(
                    "A version of it has been active.", fix="Take it out of the reports, then retire it."
                )
            for version, _ in versions:
                await rule_sets.delete(version)
            await rule_sets.flush()
            await rule_sets.delete(rule_set)
            await self.scope.audit(session).record(
                AuditAction.RULE_SET_REMOVED, _subject(rule_set), before=_shown(rule_set)
            )

    async def versions(self, rule_set_id: RuleSetId) -> Sequence[tuple[RuleSetVersion, int]]:
        """Every version, newest first, with the number of its rules. Raises RuleSetNotFound."""
        async with self.scope.reading() as session:
            rule_sets = RuleSetRepository(session, self.scope.tenant)
            await _get(rule_sets, rule_set_id)
            return await rule_sets.versions(rule_set_id)

    async def get_version(self, rule_set_id: RuleSetId, number: int) -> RuleSetVersion:
        """Raises RuleSetVersionNotFound."""
        async with self.scope.reading() as session:
            return await _get_version(RuleSetRepository(session, self.scope.tenant), rule_set_id, number)

    async def compare(self, rule_set_id: RuleSetId, number: int, other: int | None) -> RuleSetComparison:
        """What changed from another version to this one; without one, from the version before it.

        Raises RuleSetVersionNotFound.
        """
        async with self.scope.reading() as session:
            rule_sets = RuleSetRepository(session, self.scope.tenant)
            after = await _get_version(rule_sets, rule_set_id, number)
            if other is None:
                marks = await rule_sets.versions(rule_set_id)
                other = max((one.number for one, _ in marks if one.number < number), default=None)
            before = await _get_version(rule_sets, rule_set_id, other) if other is not None else None
        old, new = RULES.validate_python(before.rules if before is not None else ()), RULES.validate_python(after.rules)
        return RuleSetComparison(before, after, rule_changes(old, new), is_reordered(old, new))

    async def save_draft(
        self, rule_set_id: RuleSetId, rules: Sequence[LibraryRule], note: str, seen: Precondition
    ) -> RuleSetVersion:
        """Keep the rules as they are now; every save but the first says which state it was made on.

        Raises RuleSetNotFound, RuleIdRepeated, PreconditionFailed.
        """
        twice = repeated_id(rules)
        if twice is not None:
            raise RuleIdRepeated(f"Two rules have the id {twice}.", fix="Give one of them another id.")
        at = self.scope.now()
        async with self._locked(rule_set_id) as (session, rule_sets, rule_set):
            draft = await rule_sets.find_state(rule_set_id, RuleSetState.DRAFT)
            if draft is None:
                draft = RuleSetVersion(
                    id=new_id(),
                    tenant_id=self.scope.tenant,
                    rule_set_id=rule_set_id,
                    number=await rule_sets.next_number(rule_set_id),
                    state=RuleSetState.DRAFT,
                    authors=[],
                    created_at=at,
                    revision=0,
                )
                rule_sets.add(draft)
            else:
                _check_seen(seen, draft)
            before = draft.sha256
            draft.rules = [one.model_dump(mode="json") for one in rules]
            draft.sha256, draft.note = rules_sha256(rules), note
            draft.authors = sorted({*draft.authors, self.scope.user_id})
            draft.updated_at, draft.updated_by = at, self.scope.user_id
            draft.revision += 1
            await rule_sets.flush_unique(PreconditionFailed(fix="Somebody has begun a draft. Read it, then go on."))
            await self.scope.audit(session).record(
                AuditAction.RULE_SET_VERSION_DRAFTED,
                _version_subject(rule_set, draft),
                before={"sha256": before} if before else None,
                after={"sha256": draft.sha256, "rules": [one.id for one in rules], "note": note},
            )
        return draft

    async def discard_draft(self, rule_set_id: RuleSetId) -> None:
        """Throw the draft away. Raises RuleSetVersionNotFound."""
        async with self._locked(rule_set_id) as (session, rule_sets, rule_set):
            draft = await rule_sets.find_state(rule_set_id, RuleSetState.DRAFT)
            if draft is None:
                raise RuleSetVersionNotFound("The rule set has no draft.")
            await rule_sets.delete(draft)
            await self.scope.audit(session).record(
                AuditAction.RULE_SET_VERSION_DISCARDED, _version_subject(rule_set, draft)
            )

    async def activate(self, rule_set_id: RuleSetId, number: int) -> RuleSetVersion:
        """Make a draft the version that judges; the one before retires. Runs under way keep what they began with.

        Raises RuleSetVersionNotFound, RuleSetTransitionRefused, AuthorMayNotApprove, RuleSetUnfit.
        """
        at = self.scope.now()
        async with self._locked(rule_set_id) as (session, rule_sets, rule_set):
            version = await _get_version(rule_sets, rule_set_id, number)
            if version.state != RuleSetState.DRAFT:
                raise RuleSetTransitionRefused(f"Version {number} is {version.state}: only a draft can be activated.")
            policy = await read_policy(session, self.scope.tenant)
            policy.check_approval(version.authors, self.scope.user_id)
            await self._check_fits(session, rule_sets, version.content(rule_set.name))
            before = await rule_sets.find_state(rule_set_id, RuleSetState.ACTIVE)
            if before is not None:
                before.move_to(RuleSetState.RETIRED)
                before.retired_at = at
                # The constraint would see two active versions if the new state were sent first.
                await rule_sets.flush()
            version.move_to(RuleSetState.ACTIVE)
            version.activated_by, version.activated_at = self.scope.user_id, at
            version.revision += 1
            await rule_sets.flush()
            await self._tell(session, AuditAction.RULE_SET_VERSION_ACTIVATED, rule_set, version)
            await PublishedThings(session, self.scope.tenant).changed(PublicationKind.RULE_SET, rule_set.id, at)
            told = RuleSetNews(
                rule_set_id=rule_set.id,
                name=rule_set.name,
                number=version.number,
                sha256=version.sha256,
                regime=rule_set.pack_id,
                links=RuleSetLinks(rule_set=f"/api/v1/rule-sets/{rule_set.id}"),
            )
            await Outbox(session, self.scope.tenant).add(WebhookEventType.RULE_SET_ACTIVATED, version.id, told, at)
        self.wakeups.webhooks(self.scope.tenant)
        return version

    async def retire(self, rule_set_id: RuleSetId, number: int) -> RuleSetVersion:
        """Take the active version out of use, when no report needs it.

        Raises RuleSetVersionNotFound, RuleSetTransitionRefused, RuleSetInUse.
        """
        async with self._locked(rule_set_id) as (session, rule_sets, rule_set):
            version = await _get_version(rule_sets, rule_set_id, number)
            version.move_to(RuleSetState.RETIRED)
            using = (await rule_sets.used_by([rule_set.name]))[rule_set.name]
            if using:
                raise RuleSetInUse(
                    f"It is used by {using[0].name}.",
                    fix="Take it out of the reports first.",
                    extra={"reports": [{"id": str(one.report_id), "name": one.name} for one in using]},
                )
            version.retired_at = self.scope.now()
            await rule_sets.flush()
            await self._tell(session, AuditAction.RULE_SET_VERSION_RETIRED, rule_set, version)
        return version

    async def _check_fits(
        self, session: AsyncSession, rule_sets: RuleSetRepository, content: RuleSetVersionContent
    ) -> None:
        """Every report that runs with the set must be able to: what is wrong is told before it judges anything."""
        running = await rule_sets.running_with(content.name)
        names = {name for _, version in running for name in version.rule_sets}
        others = await rule_sets.active(names)
        around = Surroundings(
            reference=await known_shapes(session, self.scope.tenant), rule_sets={**others, content.name: content}
        )
        faults = await asyncio.to_thread(
            lambda: [fault for name, version in running for fault in _faults_of(name, version, around, content.name)]
        )
        if faults:
            raise RuleSetUnfit(
                f"{faults[0]['report']}: {faults[0]['detail']}",
                fix="Correct the rule, or take the rule set out of the report.",
                extra={"errors": faults[:_MAX_FAULTS]},
            )

    @asynccontextmanager
    async def _locked(self, rule_set_id: RuleSetId) -> AsyncIterator[tuple[AsyncSession, RuleSetRepository, RuleSet]]:
        async with self.scope.transaction() as session:
            rule_sets = RuleSetRepository(session, self.scope.tenant)
            yield session, rule_sets, await _get(rule_sets, rule_set_id, for_update=True)

    async def _tell(
        self, session: AsyncSession, action: AuditAction, rule_set: RuleSet, version: RuleSetVersion
    ) -> None:
        shown = {"number": version.number, "state": str(version.state), "sha256": version.sha256}
        await self.scope.audit(session).record(action, _version_subject(rule_set, version), after=shown)


def rule_set_etag(rule_set: RuleSet) -> str:
    """The state of a rule set's own row."""
    return etag_of(rule_set.id, rule_set.revision)


def rule_set_version_etag(version: RuleSetVersion) -> str:
    """The state of a version."""
    return etag_of(version.id, version.revision)


def _faults_of(report: str, version: ReportVersion, around: Surroundings, name: str) -> list[dict[str, object]]:
    try:
        program_of(version, around)
    except ReportDocumentInvalid as error:
        place = f"/rule_sets/{version.rule_sets.index(name)}"
        errors = error.extra["errors"]
        found = errors if isinstance(errors, list) else []
        of_set = (one for one in found if one["pointer"] == place or one["code"] == "rule_id_taken")
        return [{**one, "report": report} for one in of_set]
    return []


def _check_seen(seen: Precondition, draft: RuleSetVersion) -> None:
    """Saying nothing is not enough to overwrite what somebody else may have written."""
    etag = rule_set_version_etag(draft)
    if seen.if_match is None:
        raise PreconditionFailed(
            "The rule set has a draft.", fix="Read it, and send its ETag as If-Match.", extra={"etag": etag}
        )
    seen.check(etag)


def _subject(rule_set: RuleSet) -> AuditSubject:
    return AuditSubject("rule_set", rule_set.id, rule_set.name)


def _version_subject(rule_set: RuleSet, version: RuleSetVersion) -> AuditSubject:
    return AuditSubject("rule_set_version", version.id, f"{rule_set.name} {version.number}")


def _shown(rule_set: RuleSet) -> dict[str, object]:
    names = ("name", "title", "description", "pack_id")
    return {name: getattr(rule_set, name) for name in names}


async def _get(rule_sets: RuleSetRepository, rule_set_id: RuleSetId, *, for_update: bool = False) -> RuleSet:
    found = await rule_sets.find(rule_set_id, for_update=for_update)
    if found is None:
        raise RuleSetNotFound
    return found


async def _get_version(rule_sets: RuleSetRepository, rule_set_id: RuleSetId, number: int) -> RuleSetVersion:
    found = await rule_sets.find_number(rule_set_id, number)
    if found is None:
        raise RuleSetVersionNotFound
    return found
