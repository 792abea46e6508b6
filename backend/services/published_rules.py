"""Validation rules as customers read them: of the regulation packs and rule sets that are published to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.pagination import Page
from backend.domain.publications import PublicationKind
from backend.domain.validation.rule import Phase, Severity
from backend.persistence.models.publication import Publication, PublicationVersion
from backend.persistence.repositories.publications import PublicationRepository
from backend.services.customer_access import CustomerCaller
from backend.services.publications import visible_publications

RULE_KINDS: Final = (PublicationKind.RULE_PACK, PublicationKind.RULE_SET)


class ShownRuleNotFound(OpenRegError):
    """There is no such rule among those that are shown."""

    code: ClassVar[str] = "shown_rule_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class RuleWish:
    """Which rules are wanted; None wants all. ``source`` names a pack or a rule set."""

    regime: str | None = None
    source: str | None = None
    version: str | None = None
    day: date | None = None
    phase: Phase | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule, or one part of it, in a version of the pack or rule set where it stands."""

    key: str
    kind: PublicationKind
    source: str
    version: str
    regimes: tuple[str, ...]
    rule: Mapping[str, Any]

    def applies_on(self, day: date) -> bool:
        """Whether it is in force on a reporting date; ``valid_to`` is the first day without it."""
        begin, end = _day(self.rule.get("valid_from")), _day(self.rule.get("valid_to"))
        return (begin is None or begin <= day) and (end is None or day < end)


@dataclass(frozen=True, slots=True)
class PublishedRules:
    """Rules that a caller may see, in one transaction."""

    session: AsyncSession
    caller: CustomerCaller

    async def page(self, wish: RuleWish, limit: int, after: str | None) -> Page[ShownRule]:
        """By key; ``after`` is the key of the last one before, whether it is still there or not."""
        behind = [one for one in await self.every(wish) if after is None or one.key > after]
        items = behind[:limit]
        return Page(items, items[-1].key if len(behind) > limit else None)

    async def every(self, wish: RuleWish) -> list[ShownRule]:
        """All that are wanted, by key."""
        sources = await self._sources(wish)
        rules = [rule for publication, version in sources for rule in _rules(publication, version)]
        return sorted((one for one in rules if _wants(wish, one)), key=lambda one: one.key)

    async def get(self, key: str) -> ShownRule:
        """The rule of a key in the newest version. Raises ShownRuleNotFound."""
        _, _, rest = key.partition(".")
        source = rest.partition(".")[0]
        for one in await self.every(RuleWish(source=source)):
            if one.key == key:
                return one
        raise ShownRuleNotFound(fix="Look into the list for what there is.")

    async def _sources(self, wish: RuleWish) -> Sequence[tuple[Publication, PublicationVersion]]:
        """Packs and rule sets, each in its newest version or in the one that is wanted."""
        found: list[Publication] = []
        for kind in RULE_KINDS:
            visible = await visible_publications(self.session, self.caller, kind)
            found += [one for one in visible if _is_source(wish, one)]
        publications = PublicationRepository(self.session, self.caller.tenant)
        if wish.version is None:
            current = await publications.current([one.id for one in found])
            return [(one, current[one.id]) for one in found if one.id in current]
        versions = [(one, await publications.find_version(one.id, wish.version)) for one in found]
        return [(one, version) for one, version in versions if version is not None]


def _is_source(wish: RuleWish, one: Publication) -> bool:
    is_regime = wish.regime is None or wish.regime in one.regimes
    return is_regime and (wish.source is None or wish.source == one.name)


def _rules(publication: Publication, version: PublicationVersion) -> Iterable[ShownRule]:
    content: Mapping[str, Any] = version.content
    limits = {"valid_from": content.get("effective_from"), "valid_to": content.get("effective_to")}
    rules: Sequence[Mapping[str, Any]] = content["rules"]
    for rule in rules:
        parts = (publication.kind, publication.name, str(rule["id"]), str(rule.get("part") or ""))
        own = {name: rule.get(name) or limit for name, limit in limits.items()}
        yield ShownRule(
            ".".join(part for part in parts if part),
            PublicationKind(publication.kind),
            publication.name,
            version.version,
            tuple(sorted(publication.regimes)),
            {**rule, **own},
        )


def _wants(wish: RuleWish, one: ShownRule) -> bool:
    return (
        (wish.day is None or one.applies_on(wish.day))
        and (wish.phase is None or one.rule["phase"] == wish.phase)
        and (wish.severity is None or one.rule["severity"] == wish.severity)
    )


def _day(text: object) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) and text else None
