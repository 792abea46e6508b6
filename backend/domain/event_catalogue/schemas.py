"""JSON Schemas (2020-12) of whole events, made of the models that their data is built by."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AwareDatetime, Field, create_model

from backend.domain.event_catalogue.catalogue import CATALOGUE
from backend.domain.event_catalogue.news import News, Part
from backend.domain.webhooks import WebhookEventType

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class Envelope(Part):
    """What every event has around its data."""

    id: UUID
    """The same over all attempts and endpoints; also in the header webhook-id."""
    type: str
    timestamp: AwareDatetime
    """When the fact became true, in UTC."""
    tenant: UUID
    sequence: Annotated[int, Field(ge=1)]
    """Grows from event to event of an installation, with gaps."""
    data: News


@cache
def schema_of(event_type: WebhookEventType) -> dict[str, Any]:
    """The schema of a whole event. It allows for fields that are added later. Raises KeyError."""
    kind = CATALOGUE[event_type]
    envelope = create_model(
        "".join(part.capitalize() for part in event_type.value.replace("_", ".").split(".")),
        __base__=Envelope,
        __doc__=kind.description,
        type=(str, Field(json_schema_extra={"const": event_type.value})),
        data=(kind.data, ...),
    )
    made = envelope.model_json_schema(mode="serialization")
    return {"$schema": DIALECT, "$id": f"urn:openreg:event:{event_type.value}", **made}
