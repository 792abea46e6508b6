"""What all answers to reads have in common: pages, and items of which a caller may want some fields alone."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema


class SparseAnswer(BaseModel):
    """An item; with ``fields`` only those that were asked for are there, so none is promised."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema without required fields."""
        described = handler(schema)
        handler.resolve_ref_schema(described).pop("required", None)
        return described


T = TypeVar("T", bound=BaseModel)


class PageAnswer(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(description="Give it as `cursor` to get the next page; null: this is the last one.")
