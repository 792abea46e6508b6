"""Datasets, mapping sets and their versions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on

from backend.core.ids import DatasetId
from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.datasets import DatasetKind
from backend.persistence.models.dataset import Dataset, DatasetVersion, DatasetVersionState
from backend.persistence.models.tenant import User
from backend.persistence.repositories.tenant_scope import TenantRepository, as_part, contains


class DatasetRepository(TenantRepository):
    """Datasets of one tenant in one transaction."""

    async def find(self, dataset_id: DatasetId, kind: DatasetKind | None = None) -> Dataset | None:
        """A dataset, of the kind if one is given."""
        found = await self._find(Dataset, dataset_id)
        return found if found is not None and kind in {None, found.kind} else None

    async def find_for_update(self, dataset_id: DatasetId) -> Dataset | None:
        """A dataset under its row's lock: whoever has it makes the next version."""
        return await self._find(Dataset, dataset_id, for_update=True)

    async def find_named(self, name: str) -> Dataset | None:
        """The dataset or mapping set of this name."""
        found: Dataset | None = await self._session.scalar(self._select(Dataset).where(Dataset.name == name))
        return found

    async def all_named(self, names: Collection[str] | None = None) -> Sequence[Dataset]:
        """Datasets and mapping sets by name; all of them without names."""
        query = self._select(Dataset)
        if names is not None:
            query = query.where(Dataset.name.in_(names))
        return await self._all(query.order_by(Dataset.name))

    async def newly_stale(self, now: datetime) -> Sequence[Dataset]:
        """Those whose data are older than they may be, and of which nobody was told so yet."""
        until = Dataset.as_at + func.make_interval(0, 0, 0, Dataset.stale_after_days)
        told = Dataset.stale_noticed_for.is_not_distinct_from(Dataset.as_at)
        return await self._all(self._select(Dataset).where(until < now, ~told).with_for_update(skip_locked=True))

    async def page(self, kind: DatasetKind, request: PageRequest, part: str | None = None) -> Page[Dataset]:
        """Those of a kind whose name or title holds the text, newest first."""
        query = self._select(Dataset).where(Dataset.kind == kind)
        if part:
            wanted = literal(as_part(part))
            query = query.where(contains(Dataset.name, wanted) | contains(Dataset.title, wanted))
        return page_of(await self._newest_first(query, Dataset.id, request), request, lambda one: one.id)

    async def find_version(self, dataset_id: DatasetId, number: int) -> DatasetVersion | None:
        """A version, published or being made."""
        query = self._select(DatasetVersion).where(
            DatasetVersion.dataset_id == dataset_id, DatasetVersion.number == number
        )
        found: DatasetVersion | None = await self._session.scalar(query)
        return found

    async def find_staged(self, dataset_id: DatasetId) -> DatasetVersion | None:
        """The version that is being made, or that was left behind when its process ended."""
        query = self._select(DatasetVersion).where(
            DatasetVersion.dataset_id == dataset_id, DatasetVersion.state == DatasetVersionState.STAGED
        )
        found: DatasetVersion | None = await self._session.scalar(query)
        return found

    async def versions(self, dataset_id: DatasetId, before: int | None, limit: int) -> Sequence[DatasetVersion]:
        """Published versions, the newest first, below a number."""
        query = self._select(DatasetVersion).where(
            DatasetVersion.dataset_id == dataset_id, DatasetVersion.state == DatasetVersionState.PUBLISHED
        )
        if before is not None:
            query = query.where(DatasetVersion.number < before)
        return await self._all(query.order_by(DatasetVersion.number.desc()).limit(limit))

    async def current(self, datasets: Collection[UUID]) -> Mapping[UUID, DatasetVersion]:
        """The newest published version of each, where there is one."""
        query = self._select(DatasetVersion).join(
            Dataset, and_(Dataset.id == DatasetVersion.dataset_id, Dataset.current_version == DatasetVersion.number)
        )
        return {one.dataset_id: one for one in await self._all(query.where(Dataset.id.in_(datasets)))}

    async def known_at(self, datasets: Collection[UUID], moment: datetime) -> Mapping[UUID, DatasetVersion]:
        """The newest version of each that was published by then."""
        query = (
            self._select(DatasetVersion)
            .where(DatasetVersion.dataset_id.in_(datasets), DatasetVersion.published_at <= moment)
            .order_by(DatasetVersion.dataset_id, DatasetVersion.number.desc())
            .ext(distinct_on(DatasetVersion.dataset_id))
        )
        return {one.dataset_id: one for one in await self._all(query)}

    async def names_of(self, people: Collection[UUID]) -> Mapping[UUID, str]:
        """Names of who made versions."""
        rows = await self._session.execute(select(User.id, User.full_name).where(User.id.in_(people)))
        return {row.id: row.full_name for row in rows}
