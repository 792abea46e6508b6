"""Official lists and what loading them did."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.domain.datasets import stale_since
from backend.services.reference_data.shapes import LoadMode, OfficialList
from backend.services.reference_lists import ListState, LoadedList


class ListDatasetAnswer(BaseModel):
    """A dataset that a list fills; without an id it is made by the first load."""

    name: str
    title: str
    id: UUID | None
    version: int
    as_at: datetime | None
    is_stale: bool


class ReferenceListAnswer(BaseModel):
    """A list that can be loaded as its publisher gives it out."""

    name: OfficialList
    needs_file: bool = Field(description="Otherwise it comes with a package that is installed.")
    modes: list[LoadMode]
    datasets: list[ListDatasetAnswer]

    @classmethod
    def of(cls, state: ListState, now: datetime) -> Self:
        """A list and what there is of it."""
        there = {one.name: one for one in state.datasets}
        return cls(
            name=state.listed,
            needs_file=state.listed.needs_file,
            modes=list(state.listed.modes),
            datasets=[
                ListDatasetAnswer(
                    name=shape.name,
                    title=shape.title,
                    id=found.id if (found := there.get(shape.name)) else None,
                    version=found.current_version if found else 0,
                    as_at=found.as_at if found else None,
                    is_stale=found is not None and stale_since(found.as_at, found.stale_after_days, now) is not None,
                )
                for shape in state.shapes
            ],
        )


class ReferenceListList(BaseModel):
    """All lists."""

    items: list[ReferenceListAnswer]


class LoadedDatasetAnswer(BaseModel):
    """What loading did to a dataset; without a version nothing had changed."""

    id: UUID
    name: str
    rows: int
    added: int
    removed: int
    version: int | None


class LeftOutAnswer(BaseModel):
    """A row that was left out."""

    model_config = ConfigDict(from_attributes=True)

    file: str
    line: int
    column: str | None
    reason: str


class LoadAnswer(BaseModel):
    """What loading a list did."""

    source: str
    datasets: list[LoadedDatasetAnswer]
    left_out: list[LeftOutAnswer]

    @classmethod
    def of(cls, loaded: LoadedList) -> Self:
        """What came of it."""
        return cls(
            source=loaded.source,
            datasets=[
                LoadedDatasetAnswer(
                    id=one.dataset.id,
                    name=one.dataset.name,
                    rows=one.outcome.rows,
                    added=one.outcome.added,
                    removed=one.outcome.removed,
                    version=one.outcome.version.number if one.outcome.version is not None else None,
                )
                for one in loaded.datasets
            ],
            left_out=[LeftOutAnswer.model_validate(one) for one in loaded.left_out],
        )
