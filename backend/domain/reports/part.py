"""What every part of the report document is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class DocumentPart(BaseModel):
    """A part of the report document: frozen, and it takes nothing it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def is_absent(value: object) -> bool:
    """Parts that came later are left out while they say nothing, so that older documents stay equal."""
    return value is None
