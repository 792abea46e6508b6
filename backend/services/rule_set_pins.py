"""Which versions of rule sets judge a run: chosen when it is requested, the same for every attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId
from backend.domain.validation.rule_sets import ActiveRuleSets, RuleSetPin
from backend.persistence.repositories.rule_sets import RuleSetRepository


class RuleSetNotActive(OpenRegError):
    """The report names a rule set of which no version is active."""

    code: ClassVar[str] = "rule_set_not_active"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


async def rule_sets_named(session: AsyncSession, tenant: TenantId, names: Sequence[str]) -> ActiveRuleSets:
    """What the rule sets of a document say now; every rule set of the tenant by name, when any is asked for."""
    return await RuleSetRepository(session, tenant).active(names) if names else {}


async def pin_rule_sets(session: AsyncSession, tenant: TenantId, names: Sequence[str]) -> list[dict[str, object]]:
    """The versions that are active now, as a run keeps them, in the order of the names. Raises RuleSetNotActive."""
    if not names:
        return []
    active = await RuleSetRepository(session, tenant).active_versions(names)
    for name in names:
        if name not in active:
            raise RuleSetNotActive(f"No version of the rule set {name} is active.", fix="Activate one of its versions.")
    pins = [RuleSetPin(name, active[name].id, active[name].number, active[name].sha256) for name in names]
    return [one.as_json() for one in pins]


async def pinned_rule_sets(
    session: AsyncSession, tenant: TenantId, pins: Sequence[Mapping[str, object]]
) -> ActiveRuleSets:
    """What the versions say that a run was pinned to."""
    if not pins:
        return {}
    return await RuleSetRepository(session, tenant).of_ids([RuleSetPin.read(one).version_id for one in pins])
