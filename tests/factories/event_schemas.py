"""What is announced, held against the schema that partners are given: closed, so that no field may be missing there."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from sqlalchemy import event

from backend.domain.event_catalogue.catalogue import CATALOGUE
from backend.domain.event_catalogue.news import News
from backend.domain.event_catalogue.samples import sample_of
from backend.domain.event_catalogue.schemas import schema_of
from backend.domain.webhooks import WebhookEvent, WebhookEventType
from backend.persistence.models.webhook import Event


class MadeUp(dict[str, Any]):
    """A payload that a test has made up: of no real event."""


def closed(schema: Any) -> Any:
    """The same schema without room for fields that are added later."""
    if isinstance(schema, dict):
        own = {name: closed(part) for name, part in schema.items()}
        return {**own, "additionalProperties": False} if "properties" in schema else own
    return [closed(part) for part in schema] if isinstance(schema, list) else schema


def data_of(event_type: WebhookEventType, **changes: object) -> News:
    """The data of the sample, with changes."""
    return CATALOGUE[event_type].data.model_validate({**sample_of(event_type).data, **changes})


@cache
def _validator(event_type: WebhookEventType) -> Draft202012Validator:
    return Draft202012Validator(closed(schema_of(event_type)), format_checker=Draft202012Validator.FORMAT_CHECKER)


def check_event(told: Event, sequence: int = 1) -> None:
    """Raises ValidationError when an event is not as the catalogue says, KeyError when it is not there at all."""
    kind = WebhookEventType(told.type)
    body = WebhookEvent(told.id, kind, told.created_at, told.tenant_id, sequence, told.payload).document()
    _validator(kind).validate(body)


def check_every_event() -> None:
    """From now on, whatever a service of this process announces is checked as it is stored."""

    @event.listens_for(Event, "before_insert")
    def _check(_mapper: object, _connection: object, told: Event) -> None:
        if not isinstance(told.payload, MadeUp):
            check_event(told)
