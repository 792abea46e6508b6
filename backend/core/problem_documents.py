"""OpenAPI: problems are described the way they are answered, as ``application/problem+json``.

FastAPI describes every answer as ``application/json`` and a refused request with a model of its own; ours are
problem documents, and a client generated from the description must look for those.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

MEDIA_TYPE = "application/problem+json"
PROBLEM = {"$ref": "#/components/schemas/Problem"}
_FIRST_ERROR = 400
_REPLACED = ("HTTPValidationError", "ValidationError")


def describe_problems(app: FastAPI) -> None:
    """Correct the OpenAPI document of an application whose problem handlers are installed."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            for answer in _problem_answers(document):
                answer["content"] = {MEDIA_TYPE: {"schema": PROBLEM}}
            for name in _REPLACED:
                document.get("components", {}).get("schemas", {}).pop(name, None)
        return generate()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document


def _problem_answers(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Answers that carry a problem: those declared so, and FastAPI's own for a request of the wrong form."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation.get("responses", {}).items():
                schemas = [content.get("schema", {}).get("$ref", "") for content in answer.get("content", {}).values()]
                names = {reference.rpartition("/")[2] for reference in schemas}
                if int(status) >= _FIRST_ERROR and names & {"Problem", *_REPLACED}:
                    yield answer
