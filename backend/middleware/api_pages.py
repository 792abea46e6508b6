"""``/docs``: the description of an API as one page without a script, written from its OpenAPI document.

The usual pages load their programs from servers of others; this one works without a connection to the world, under a
policy that allows nothing but its own style.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from html import escape
from itertools import groupby
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse

from backend.middleware.single_page_app import security_headers

DOCS = "/docs"
_METHODS = ("get", "post", "put", "patch", "delete")
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code { font-size: 0.95em; overflow-wrap: anywhere; }
section { margin: 1.5rem 0; padding-top: 0.5rem; border-top: 1px solid #8886; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.2rem 0.6rem 0.2rem 0; border-bottom: 1px solid #8884; }
:focus-visible { outline: 2px solid; outline-offset: 2px; }
"""
Schema = Mapping[str, Any]


def mount_api_pages(app: FastAPI) -> None:
    """Serve ``/docs`` from what the application says of itself in ``/openapi.json``."""

    async def docs(_: Request) -> HTMLResponse:
        nonce = secrets.token_urlsafe(18)
        policy = f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; "
        headers = security_headers(policy + "frame-ancestors 'none'") | {"Cache-Control": "no-cache"}
        return HTMLResponse(api_page(app.openapi(), nonce), headers=headers)

    app.add_route(DOCS, docs, include_in_schema=False)


def api_page(document: Schema, nonce: str) -> str:
    """The page of an OpenAPI document."""
    title, summary = escape(document["info"]["title"]), escape(document["info"].get("summary", ""))
    operations = sorted(_operations(document), key=lambda one: _tag(one[2]))
    body = "".join(
        f"<h2 id='group-{escape(tag)}'>{escape(tag)}</h2>{''.join(_operation(*one) for one in group)}"
        for tag, group in groupby(operations, key=lambda one: _tag(one[2]))
    )
    groups = " · ".join(
        f"<a href='#group-{escape(tag)}'>{escape(tag)}</a>" for tag in dict.fromkeys(_tag(one[2]) for one in operations)
    )
    schemas = document.get("components", {}).get("schemas", {})
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{title}</title>"
        f"<meta name='viewport' content='width=device-width, initial-scale=1'><style nonce='{nonce}'>{_STYLE}</style>"
        f"</head><body><main><h1>{title}</h1><p>{summary}</p><p>For programs: <a href='openapi.json'>openapi.json</a>. "
        f"Errors are problem documents (RFC 9457).</p><nav aria-label='Groups'>{groups}</nav>{body}"
        f"<h2 id='schemas'>Schemas</h2>{''.join(_schema(name, one) for name, one in sorted(schemas.items()))}"
        "</main></body></html>"
    )


def _operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield method.upper(), path, methods[method]


def _tag(operation: Schema) -> str:
    return str((operation.get("tags") or ["general"])[0])


def _operation(method: str, path: str, operation: Schema) -> str:
    rows = [
        (one["name"], f"{one['in']}{', required' if one.get('required') else ''}", _type(one.get("schema", {})))
        for one in operation.get("parameters", [])
    ]
    rows += [
        ("body", media, _type(content.get("schema", {})))
        for media, content in operation.get("requestBody", {}).get("content", {}).items()
    ]
    answers = [
        (status, ", ".join(answer.get("content", {})), _answer_type(answer)) for status, answer in _answers(operation)
    ]
    description = escape(operation.get("description") or operation.get("summary", ""))
    return (
        f"<section><h3><code>{method} {escape(path)}</code></h3><p>{description}</p>"
        f"{_table(('Parameter', 'Where', 'Type'), rows)}{_table(('Answer', 'Form', 'Type'), answers)}</section>"
    )


def _answers(operation: Schema) -> list[tuple[str, Schema]]:
    return sorted(operation.get("responses", {}).items())


def _answer_type(answer: Schema) -> str:
    types = [_type(content.get("schema", {})) for content in answer.get("content", {}).values()]
    return ", ".join(types) or escape(answer.get("description", ""))


def _schema(name: str, schema: Schema) -> str:
    required = schema.get("required", [])
    rows = [
        (field, "required" if field in required else "", f"{_type(one)} {escape(one.get('description', ''))}")
        for field, one in schema.get("properties", {}).items()
    ]
    values = ", ".join(f"<code>{escape(str(value))}</code>" for value in schema.get("enum", []))
    return (
        f"<section id='schema-{escape(name)}'><h3>{escape(name)}</h3><p>{escape(schema.get('description', ''))}"
        f" {values}</p>{_table(('Field', '', 'Type'), rows)}</section>"
    )


def _type(schema: Schema) -> str:
    """The type as HTML, with a link to a schema of the page."""
    if "$ref" in schema:
        name = escape(str(schema["$ref"]).rpartition("/")[2])
        return f"<a href='#schema-{name}'>{name}</a>"
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " or ".join(_type(one) for one in schema[several])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    form = f" ({escape(str(schema['format']))})" if "format" in schema else ""
    return escape(str(schema.get("type", "any"))) + form


def _table(head: tuple[str, str, str], rows: list[tuple[str, str, str]]) -> str:
    """The first two columns are text, the third is HTML."""
    if not rows:
        return ""
    titles = "".join(f"<th scope='col'>{title}</th>" for title in head)
    lines = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(place)}</td><td>{form}</td></tr>"
        for name, place, form in rows
    )
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"
