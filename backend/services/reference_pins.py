"""Which versions of reference data something reads: those of now for whoever tries, those of a moment for a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId
from backend.domain.datasets import ColumnType, DatasetKind, stale_since
from backend.domain.expressions.lookups import ReferenceShape
from backend.domain.reference_pins import ReferencePin, shape_of
from backend.domain.reports.document import MissingKey
from backend.persistence.models.dataset import Dataset, DatasetVersion
from backend.persistence.models.entity import Json
from backend.persistence.models.run import Run
from backend.persistence.repositories.datasets import DatasetRepository

_PINS: Final = TypeAdapter(dict[str, ReferencePin])


async def known_shapes(session: AsyncSession, tenant: TenantId) -> Mapping[str, ReferenceShape]:
    """What expressions of a tenant may ask, by name, whether or not there are entries yet."""
    datasets = await DatasetRepository(session, tenant).all_named()
    return {one.name: shape_of(DatasetKind(one.kind), _types(one.columns)) for one in datasets}


async def pins_of_now(session: AsyncSession, tenant: TenantId, now: datetime | None = None) -> dict[str, ReferencePin]:
    """The newest version of everything that has one; without a moment nothing is said of their age."""
    datasets = DatasetRepository(session, tenant)
    known = await datasets.all_named()
    versions = await datasets.current([one.id for one in known])
    # An import that changes nothing makes no version, and yet the data are those of its day.
    return {one.name: _pin(one, versions[one.id], one.as_at, now) for one in known if one.id in versions}


async def pins_of(session: AsyncSession, tenant: TenantId, moment: datetime) -> dict[str, ReferencePin]:
    """The versions that had been published by then."""
    datasets = DatasetRepository(session, tenant)
    known = await datasets.all_named()
    versions = await datasets.known_at([one.id for one in known], moment)
    return {
        one.name: _pin(one, version, version.as_at or version.published_at, moment)
        for one in known
        if (version := versions.get(one.id)) is not None
    }


def pins_as_json(pins: Mapping[str, ReferencePin]) -> Json:
    """The pins as a run's row keeps them."""
    written: Json = _PINS.dump_python(dict(pins), mode="json")
    return written


def pins_of_run(run: Run) -> dict[str, ReferencePin]:
    """The pins of a run."""
    return _PINS.validate_python(run.reference)


def shapes_of_run(run: Run) -> Mapping[str, ReferenceShape]:
    """What expressions of a run may ask."""
    return {name: pin.shape() for name, pin in pins_of_run(run).items()}


def _pin(dataset: Dataset, version: DatasetVersion, as_at: datetime | None, moment: datetime | None) -> ReferencePin:
    return ReferencePin(
        kind=DatasetKind(dataset.kind),
        dataset_id=str(dataset.id),
        version=version.number,
        key=str(version.object_key),
        sha256=str(version.sha256),
        size_bytes=version.size_bytes or 0,
        rows=version.entries,
        columns=_types(version.columns),
        missing=MissingKey(dataset.missing),
        stale_since=None if moment is None else stale_since(as_at, dataset.stale_after_days, moment),
    )


def _types(columns: Sequence[Json]) -> dict[str, ColumnType]:
    return {str(one["name"]): ColumnType(str(one["type"])) for one in columns}
