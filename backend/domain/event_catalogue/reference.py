"""The page of events in the reference, written from the catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from backend.domain.event_catalogue.catalogue import CATALOGUE
from backend.domain.event_catalogue.news import News
from backend.domain.event_catalogue.samples import sample_of
from backend.domain.event_catalogue.schemas import schema_of
from backend.domain.webhooks import WebhookEventType

_INTRODUCTION = (
    "Facts that a webhook can be told of. A webhook names types, families such as `run.*`, or `*`. How they are signed "
    "and retried: [ADR 0007](../adr/0007-outbox-and-webhook-signatures.md). `GET /api/v1/webhooks/event-types` has the "
    "JSON Schema (2020-12) of each body, and the screen **Webhooks → Event catalogue** shows it."
)
_GROWTH = "Fields may be added; what is here keeps its name and its meaning."


def render_events() -> str:
    """Every event by family: what it means, the fields of its data, one sample."""
    lines = ["# Events", "", _INTRODUCTION, "", _GROWTH, "", "## Around the data", "", *_fields(_envelope())]
    for family, some in groupby(sorted(CATALOGUE), key=lambda one: one.family):
        types = list(some)
        lines += ["", f"## {family}", ""]
        lines += [f"- `{one.value}`: {CATALOGUE[one].description}" for one in types]
        for data in dict.fromkeys(CATALOGUE[one].data for one in types):
            lines += ["", *_fields(_data_schema(data, types)), "", "```json", *_sample(data, types), "```"]
    return "\n".join(lines) + "\n"


def _envelope() -> dict[str, Any]:
    schema = schema_of(WebhookEventType.OPENREG_PING)
    names = [one for one in schema["properties"] if one != "data"]
    return {**schema, "properties": {one: schema["properties"][one] for one in names}}


def _first(data: type[News], types: list[WebhookEventType]) -> WebhookEventType:
    return next(one for one in types if CATALOGUE[one].data is data)


def _data_schema(data: type[News], types: list[WebhookEventType]) -> dict[str, Any]:
    schema = schema_of(_first(data, types))
    return {**schema["$defs"][data.__name__], "$defs": schema["$defs"]}


def _sample(data: type[News], types: list[WebhookEventType]) -> list[str]:
    return json.dumps(sample_of(_first(data, types)).document(), indent=2, ensure_ascii=False).splitlines()


def _fields(schema: dict[str, Any]) -> Iterator[str]:
    yield "| Field | Type | Meaning |"
    yield "| --- | --- | --- |"
    yield from _rows(schema, schema["$defs"], "")


def _rows(schema: dict[str, Any], definitions: dict[str, Any], above: str) -> Iterator[str]:
    for name, field in schema["properties"].items():
        kind, nested = _kind(field, definitions)
        yield f"| `{above}{name}` | {kind} | {_meaning(field, nested)} |"
        if nested is not None and "properties" in nested:
            below = f"{above}{name}[]." if field.get("type") == "array" else f"{above}{name}."
            yield from _rows(nested, definitions, below)


def _meaning(field: dict[str, Any], nested: dict[str, Any] | None) -> str:
    told = str(field.get("description", "")) or ("" if nested is None else str(nested.get("description", "")))
    return " ".join(told.split())


def _kind(field: dict[str, Any], definitions: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """How a field is written in words, and the definition it refers to."""
    if "anyOf" in field:
        kind, nested = _kind(field["anyOf"][0], definitions)
        return f"{kind} or null", nested
    if "$ref" in field:
        nested = definitions[field["$ref"].rpartition("/")[2]]
        return _kind(nested, definitions)[0], nested
    if "enum" in field:
        return ", ".join(f"`{one}`" for one in field["enum"]), None
    if field["type"] == "array":
        kind, nested = _kind(field["items"], definitions)
        return f"list of {kind}", nested
    return str(field.get("format", field["type"])), None
