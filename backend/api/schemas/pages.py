"""Lists: items and the cursor of the next page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, Field

from backend.core.pagination import Page

T = TypeVar("T", bound=BaseModel)
E = TypeVar("E")


class ListAnswer(BaseModel, Generic[T]):
    """One page, newest first."""

    items: list[T]
    next_cursor: str | None = Field(default=None, description="Give it as `cursor` to get the next page.")

    @classmethod
    def of(cls, page: Page[E], show: Callable[[E], T]) -> ListAnswer[T]:
        """A page of entities as a page of answers."""
        return cls(items=[show(one) for one in page.items], next_cursor=page.next_cursor)

    @classmethod
    def of_attributes(cls, page: Page[Any]) -> Self:
        """A page of entities whose attributes are named as those of the answers: read together, in one step."""
        return cls.model_validate(page, from_attributes=True)
