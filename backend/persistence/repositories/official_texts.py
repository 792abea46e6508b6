"""Lists of official texts: the newest of every regime is the one that is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from backend.core.pagination import Page, PageRequest, page_of
from backend.persistence.models.official_text import OfficialText, OfficialTextList
from backend.persistence.models.report import ReportVersion
from backend.persistence.repositories.tenant_scope import TenantRepository


class OfficialTextRepository(TenantRepository):
    """Lists of a tenant and their texts."""

    async def page(self, request: PageRequest, pack_id: str | None) -> Page[OfficialTextList]:
        """Lists, newest first."""
        query = self._select(OfficialTextList)
        if pack_id is not None:
            query = query.where(OfficialTextList.pack_id == pack_id)
        found = await self._newest_first(query, OfficialTextList.id, request)
        return page_of(found, request, lambda one: one.id)

    async def find(self, list_id: UUID) -> OfficialTextList | None:
        """One list."""
        return await self._find(OfficialTextList, list_id)

    async def find_before(self, pack_id: str, number: int | None = None) -> OfficialTextList | None:
        """The newest list of a regime, or the newest before a number."""
        query = self._select(OfficialTextList).where(OfficialTextList.pack_id == pack_id)
        if number is not None:
            query = query.where(OfficialTextList.number < number)
        found: OfficialTextList | None = await self._session.scalar(
            query.order_by(OfficialTextList.number.desc()).limit(1)
        )
        return found

    async def texts(self, list_id: UUID) -> Sequence[OfficialText]:
        """Every text of a list, in its order; codes that went stand last."""
        query = self._select(OfficialText).where(OfficialText.list_id == list_id)
        return await self._all(query.order_by(OfficialText.position))

    async def codes_of_reports(self) -> Mapping[tuple[UUID, str], Sequence[str]]:
        """By report and rule the codes of the newest list of the report's regime, withdrawn ones too."""
        query = select(ReportVersion.report_id, ReportVersion.pack_id).where(ReportVersion.tenant_id == self.tenant)
        regimes = {(report, regime) for report, regime in (await self._session.execute(query.distinct())).all()}
        codes = defaultdict[tuple[str, str], list[str]](list)
        for listed, text in await self.of_rules():
            codes[listed.pack_id, str(text.rule_id)].append(text.error_code or text.code)
        return {
            (report, rule_id): list(dict.fromkeys(some))
            for report, regime in regimes
            for (pack_id, rule_id), some in codes.items()
            if regime == pack_id
        }

    async def of_rules(
        self, pack_id: str | None = None, rule_ids: Collection[str] | None = None
    ) -> Sequence[tuple[OfficialTextList, OfficialText]]:
        """The texts of the newest lists that belong to rules of ours: of all, or of these."""
        newest = (
            select(OfficialTextList.id)
            .where(OfficialTextList.tenant_id == self.tenant)
            .ext(distinct_on(OfficialTextList.pack_id))
            .order_by(OfficialTextList.pack_id, OfficialTextList.number.desc())
        )
        query = (
            select(OfficialTextList, OfficialText)
            .join(OfficialText, OfficialText.list_id == OfficialTextList.id)
            .where(
                OfficialTextList.tenant_id == self.tenant,
                OfficialTextList.id.in_(newest),
                OfficialText.rule_id.is_not(None),
            )
            .order_by(OfficialText.position)
        )
        if pack_id is not None:
            query = query.where(OfficialTextList.pack_id == pack_id)
        if rule_ids is not None:
            query = query.where(OfficialText.rule_id.in_(rule_ids))
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]
