"""What the regulator says of rules of ours, wherever a rule is shown: catalogue, findings, exceptions, lineage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId
from backend.domain.validation.official_texts import OfficialRow, OfficialRule, OfficialSource
from backend.persistence.models.official_text import OfficialText, OfficialTextList
from backend.persistence.repositories.official_texts import OfficialTextRepository

OfficialRules = Mapping[str, Sequence[OfficialRule]]


async def official_of(
    session: AsyncSession, tenant: TenantId, pack_id: str | None, rule_ids: Collection[str]
) -> OfficialRules:
    """What the newest list of a regime says, by rule; nothing without a regime."""
    if pack_id is None or not rule_ids:
        return {}
    found: dict[str, list[OfficialRule]] = {}
    for listed, text in await OfficialTextRepository(session, tenant).of_rules(pack_id, set(rule_ids)):
        found.setdefault(str(text.rule_id), []).append(official_rule(listed, text))
    return found


def official_rule(listed: OfficialTextList, text: OfficialText) -> OfficialRule:
    """A text with the list it stands in."""
    source = OfficialSource(listed.id, listed.number, listed.title, listed.file_name, listed.imported_at)
    return OfficialRule(row_of(text), source)


def row_of(text: OfficialText) -> OfficialRow:
    """A text as it was read; it has no line any more."""
    return OfficialRow(
        None,
        text.code,
        text.text,
        text.error_code,
        text.field,
        text.severity,
        text.citation,
        text.valid_from,
        text.valid_to,
        text.rule_id,
        text.withdrawn_in,
    )
