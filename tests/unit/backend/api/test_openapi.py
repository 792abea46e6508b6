"""The description of the interface: complete, unambiguous, and honest about sign-in and errors."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from tests.factories.routes import routes_of

#: What somebody does who is not signed in, or whose session's cookie says who it is.
PUBLIC = {
    ("get", "/health"),
    ("get", "/ready"),
    ("get", "/metrics"),
    ("post", "/api/v1/auth/login"),
    ("post", "/api/v1/auth/login/second-factor"),
    ("post", "/api/v1/auth/refresh"),
    ("post", "/api/v1/auth/logout"),
    ("post", "/api/v1/auth/logout-all"),
    ("post", "/api/v1/auth/forgot-password"),
    ("post", "/api/v1/auth/reset-password"),
    ("post", "/api/v1/auth/invitations/read"),
    ("post", "/api/v1/auth/invitations/accept"),
}
#: Answers that show a secret, once, to who made it.
SHOW_A_SECRET = {"RotatedSecret", "WebhookCreated", "ServiceKeyMade", "EnrolmentAnswer"}
ALIAS = "/webhooks"


def operations_of(app: FastAPI) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method, path): operation
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    }


def test_every_route_is_described_but_the_alias_and_the_pages_of_the_documentation(app: FastAPI) -> None:
    undescribed = {
        route.path
        for route in routes_of(app)
        if (route.method.lower(), route.path) not in operations_of(app) and not route.path.startswith(ALIAS)
    }
    assert undescribed == {"/docs", "/openapi.json"}


def test_the_alias_has_exactly_the_routes_of_the_versioned_path(app: FastAPI) -> None:
    versioned = {
        (one.method, one.path.removeprefix("/api/v1"))
        for one in routes_of(app)
        if one.path.startswith("/api/v1/webhooks")
    }
    alias = {(one.method, one.path) for one in routes_of(app) if one.path.startswith(ALIAS)}
    assert alias == versioned != set()


def test_no_two_operations_share_an_identifier(app: FastAPI) -> None:
    identifiers = [operation["operationId"] for operation in operations_of(app).values()]
    assert len(identifiers) == len(set(identifiers))


def test_every_operation_is_explained_and_belongs_to_a_group(app: FastAPI) -> None:
    for where, operation in operations_of(app).items():
        assert operation.get("description") or operation.get("summary"), where
        assert operation["tags"], where


def test_every_operation_but_the_public_ones_asks_for_a_token_or_a_service_key(app: FastAPI) -> None:
    schemes = app.openapi()["components"]["securitySchemes"]
    assert {(scheme["type"], scheme.get("scheme") or scheme["name"]) for scheme in schemes.values()} == {
        ("http", "bearer"),
        ("apiKey", "X-API-Key"),
    }
    unprotected = {where for where, operation in operations_of(app).items() if not operation.get("security")}
    assert unprotected == PUBLIC


def test_errors_are_described_as_problems_under_their_own_media_type(app: FastAPI) -> None:
    described = 0
    for where, operation in operations_of(app).items():
        for status, answer in operation["responses"].items():
            if status.startswith(("4", "5")) and where[1] != "/ready":
                assert set(answer["content"]) == {"application/problem+json"}, (where, status)
                assert answer["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem"), (
                    where,
                    status,
                )
                described += 1
    assert described > 20


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("post", "/api/v1/auth/login", "401"),
        ("get", "/api/v1/runs/{run_id}", "404"),
        ("get", "/api/v1/runs/{run_id}", "401"),
        ("get", "/api/v1/runs/{run_id}", "403"),
        ("post", "/api/v1/runs/{run_id}/cancel", "409"),
        ("post", "/api/v1/reports/{report_id}/versions", "422"),
        ("get", "/api/v1/artifacts/{artifact_id}/content", "416"),
    ],
)
def test_an_operation_says_which_errors_it_gives(app: FastAPI, method: str, path: str, code: str) -> None:
    assert code in operations_of(app)[method, path]["responses"]


def test_no_request_or_answer_but_the_creation_shows_a_secret(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    assert {name for name, schema in schemas.items() if "secret" in schema.get("properties", {})} == SHOW_A_SECRET
    for name, schema in schemas.items():
        if name.endswith("Answer"):
            assert "credentials" not in schema.get("properties", {}), name
