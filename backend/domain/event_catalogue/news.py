"""What every event's data has in common, and the parts that several have.

Data is built by these models and by nothing else: the JSON Schema that partners get is made of the same ones. Texts
that come from elsewhere are cut, so that no event can outgrow what a webhook carries.
"""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

MAX_EXCERPT: Final = 2000
"""So many characters of a text that comes from elsewhere are told."""


def _cut(text: object) -> object:
    return text[:MAX_EXCERPT] if isinstance(text, str) else text


Excerpt = Annotated[str, BeforeValidator(_cut), Field(max_length=MAX_EXCERPT)]
Link = Annotated[str, Field(pattern=r"^/api/v1/", description="A path below the address of this installation.")]
Count = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, Field(description="SHA-256 in hexadecimal.")]


class Part(BaseModel):
    """A part of an event's data; its fields are documented where they stand."""

    model_config = ConfigDict(
        frozen=True, use_attribute_docstrings=True, json_schema_serialization_defaults_required=True
    )


class News(Part):
    """The data of one event: identifiers, states, counts and links, never records of anybody's data."""

    def reports(self) -> frozenset[UUID]:
        """The reports that it is about, for endpoints that want to hear of some only."""
        report = getattr(self, "report_id", None)
        return frozenset() if report is None else frozenset({report})

    def regimes(self) -> frozenset[str]:
        """The regimes that it is about by itself, besides those of its reports."""
        return frozenset()

    def document(self) -> dict[str, JsonValue]:
        """As JSON knows it."""
        return self.model_dump(mode="json")


class Refusal(Part):
    """Why something did not go."""

    code: str
    """The code of the problem, as the reference of problems lists it."""
    message: Excerpt
    """What happened, in a sentence."""
    fix: Excerpt | None = None
    """What can be done about it, if anything is known."""
