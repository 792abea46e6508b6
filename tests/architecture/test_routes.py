"""Every route says who may use it, what it answers and what may go wrong."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import BaseModel

from backend.api.dependencies import PermissionMissing, Requires, signed_in
from backend.core.metrics.access import reads_metrics
from backend.core.problems import Problem, problems
from backend.core.tokens import TokenInvalid
from backend.domain.permissions import Permission
from external_api.api.access import RequiresScope, key_caller
from external_api.api.people import RequiresRight

#: Whoever signs in has no token yet, whoever renews or ends a session shows its cookie; probes have no account.
PUBLIC_ROUTES = {
    *(
        ("backend", f"/api/v1/auth/{path}")
        for path in ("login", "login/second-factor", "refresh", "logout", "logout-all")
    ),
    *(
        ("backend", f"/api/v1/auth/{path}")
        for path in ("forgot-password", "reset-password", "invitations/read", "invitations/accept")
    ),
    *((app, path) for app in ("backend", "external_api") for path in ("/health", "/ready")),
    # What a refusal means is no secret, and the same for all.
    *(("external_api", f"/external_api/v1/problems{path}") for path in ("", "/{code}")),
    # The link itself is what opens it.
    ("external_api", "/external_api/v1/downloads/{token}"),
    *(
        ("external_api", f"/external_api/v1/customers/{path}")
        for path in (
            "sign-up",
            "verify",
            "sign-in",
            "refresh",
            "sign-out",
            "forgot-password",
            "reset-password",
            "accept-invitation",
            "plans",
            "billing/webhook",  # Stripe signs what it sends
        )
    ),
}
#: Prometheus is nobody with an account: it shows METRICS_TOKEN, or asks from the same machine.
METRICS_ROUTES = {("backend", "/metrics"), ("external_api", "/metrics")}
#: What a key may do needs the key, and no scope.
KEY_ROUTES = {("external_api", "/external_api/v1/key")}
#: One's own account, and what shows each caller only what they may see, need a valid token and no permission.
SIGNED_IN_ROUTES = {
    ("backend", "/api/v1/dashboard"),
    ("backend", "/api/v1/search"),
    *(
        ("backend", f"/api/v1/auth/{path}")
        for path in (
            "me",
            "change-password",
            "switch-tenant",
            "sessions",
            "sessions/{session_id}",
            "second-factor",
            "second-factor/begin",
            "second-factor/confirm",
            "second-factor/recovery-codes",
        )
    ),
    *(
        ("backend", f"/api/v1/notices{path}")
        for path in ("", "/stream", "/read-all", "/{notice_id}/read", "/preferences")
    ),
}
#: Routes that stream bytes and so have no model of their answer; why, in a word.
STREAMS = {
    "/metrics": "text of Prometheus",
    "/api/v1/runs/{run_id}/events": "server-sent events",
    "/api/v1/runs/export": "a CSV file",
    "/api/v1/runs/{run_id}/decisions/export": "a CSV file",
    "/api/v1/held-records/export": "a CSV file",
    "/api/v1/quality/days/export": "a CSV file",
    "/api/v1/error-register/export": "a CSV file",
    "/api/v1/exceptions/export": "a CSV file",
    "/api/v1/reconciliations/{reconciliation_id}/download": "a CSV file",
    "/api/v1/rules/export": "a CSV file",
    "/api/v1/runs/{run_id}/findings/export": "a CSV file",
    "/api/v1/datasets/{dataset_id}/export": "a CSV file or a workbook",
    "/api/v1/mapping-sets/{dataset_id}/export": "a CSV file or a workbook",
    "/api/v1/notices/stream": "server-sent events",
    "/api/v1/audit-entries/export": "a CSV file or lines of JSON",
    "/api/v1/reports/{report_id}/export": "a YAML file",
    "/api/v1/artifacts/{artifact_id}/content": "a stored file",
    "/external_api/v1/reports/{report}/artifacts/{artifact_id}/content": "a stored file",
    "/external_api/v1/schemas/{schema}/content": "a stored file",
    "/external_api/v1/validation-rules/export": "lines of JSON, CSV or Parquet",
    "/external_api/v1/reference-data/{name}/export": "lines of JSON, CSV or Parquet",
    "/external_api/v1/downloads/{token}": "a stored file",
    "/api/v1/runs/{run_id}/quarantine/content": "a CSV file",
}
#: Paths of the web framework, outside of our routers.
FRAMEWORK_PATHS = {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"}
CHANGES = {"POST", "PUT", "PATCH", "DELETE"}


def routes(app: FastAPI) -> Iterator[RouteContext]:
    """Every route of ours with its full path."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute):
            yield route
        else:
            assert route.path in FRAMEWORK_PATHS


def calls(dependant: Dependant) -> Iterator[object]:
    """Everything a route depends on, at any depth."""
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from calls(dependency)


def unguarded(name: str, app: FastAPI) -> list[str]:
    """Routes that anybody may use, or anybody who is signed in, without standing in a list."""
    found = []
    for route in routes(app):
        used = list(calls(route.dependant))
        is_guarded = any(isinstance(call, Requires | RequiresScope | RequiresRight) for call in used)
        is_listed = (
            (name, route.path) in PUBLIC_ROUTES
            or ((name, route.path) in SIGNED_IN_ROUTES and signed_in in used)
            or ((name, route.path) in METRICS_ROUTES and reads_metrics in used)
            or ((name, route.path) in KEY_ROUTES and key_caller in used)
        )
        if is_guarded == is_listed:
            found.append(f"{sorted(route.methods or ())} {route.path}")
    return found


def without_model(app: FastAPI) -> list[str]:
    """Routes whose answer has no model and no reason for it."""
    return [
        str(route.path)
        for route in routes(app)
        if route.response_model is None and route.status_code != 204 and route.path not in STREAMS
    ]


def without_problems(app: FastAPI) -> list[str]:
    """Routes that look for something or change something, and do not say how that fails."""
    found = []
    for route in routes(app):
        if not route.include_in_schema:  # another path to a route that is described under its own
            continue
        declared = {int(status) for status, answer in route.responses.items() if answer.get("model") is Problem}
        if "{" in str(route.path) and 404 not in declared:
            found.append(f"{route.path}: nothing found")
        guards = Requires | RequiresScope | RequiresRight
        if any(isinstance(call, guards) for call in calls(route.dependant)) and not {401, 403} <= declared:
            found.append(f"{route.path}: not signed in, not allowed")
        if CHANGES & set(route.methods or ()) and not any(400 <= status < 500 for status in declared):
            found.append(f"{route.path}: refused")
    return found


def test_every_route_has_a_permission_or_is_public(apps: Mapping[str, FastAPI]) -> None:
    """A route without a guard is open to the internet on the day it is merged."""
    assert not [place for name, app in apps.items() for place in unguarded(name, app)]


def test_every_listed_route_exists(apps: Mapping[str, FastAPI]) -> None:
    """A list of exceptions that is longer than needed waits for a path that matches it."""
    paths = {(name, route.path) for name, app in apps.items() for route in routes(app)}
    assert paths >= PUBLIC_ROUTES | SIGNED_IN_ROUTES | METRICS_ROUTES | KEY_ROUTES
    assert set(STREAMS) <= {path for _, path in paths}


def test_no_route_asks_for_its_own_dependencies(apps: Mapping[str, FastAPI]) -> None:
    """A dependency that FastAPI cannot resolve becomes a query parameter, and the guard is never called."""
    for app in apps.values():
        for route in routes(app):
            for parameter in route.dependant.query_params:
                assert parameter.name not in {"scope", "runtime", "service", "request"}, route.path


def in_threads(app: FastAPI) -> list[str]:
    """Functions that routes depend on and that the framework would call in a thread."""
    plain = {
        call
        for route in routes(app)
        for call in calls(route.dependant)
        if inspect.isfunction(call) and not (inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call))
    }
    return sorted(f"{call.__module__}.{call.__qualname__}" for call in plain)


def test_no_dependency_is_called_in_a_thread(apps: Mapping[str, FastAPI]) -> None:
    """A thread per dependency costs more than most routes do, and they add up unseen."""
    assert not [name for app in apps.values() for name in in_threads(app)]


def test_a_dependency_that_would_be_called_in_a_thread_is_seen() -> None:
    def plain() -> None:
        """Not a coroutine."""

    app = FastAPI()
    app.get("/x", dependencies=[Depends(plain)])(_nothing)
    assert in_threads(app) == [f"{__name__}.{plain.__qualname__}"]


async def _nothing() -> None:
    """The route of a sample."""


def test_every_permission_guards_a_route(apps: Mapping[str, FastAPI]) -> None:
    used = {
        call.permission
        for app in apps.values()
        for route in routes(app)
        for call in calls(route.dependant)
        if isinstance(call, Requires)
    }
    # To read personal data opens no route: it unmasks values on routes that other permissions open.
    assert used == set(Permission) - {Permission.PII_READ}


def test_every_route_has_a_model_of_its_answer(apps: Mapping[str, FastAPI]) -> None:
    """What is not declared is not in the OpenAPI document, and changes without anyone being told."""
    assert not [path for app in apps.values() for path in without_model(app)]


def test_every_route_declares_its_problems(apps: Mapping[str, FastAPI]) -> None:
    """A client can only treat the refusals it knows of."""
    assert not [place for app in apps.values() for place in without_problems(app)]


class _Answer(BaseModel):
    value: int


async def _act(body: _Answer) -> Response:
    return Response(str(body.value))


async def _look(thing_id: int) -> _Answer:
    return _Answer(value=thing_id)


async def _own(_: Annotated[object, Depends(Requires(Permission.RUNS_READ))]) -> _Answer:
    return _Answer(value=1)


@pytest.fixture
def sample() -> FastAPI:
    """One route of each bad kind, and one that is right."""
    router = APIRouter(prefix="/api/v1")
    router.add_api_route("/open", _act, methods=["POST"], response_model=None)
    router.add_api_route("/things/{thing_id}", _look, methods=["GET"])
    router.add_api_route("/own", _own, methods=["GET"], responses=problems(TokenInvalid))
    router.add_api_route("/mine", _own, methods=["GET"], responses=problems(TokenInvalid, PermissionMissing))
    app = FastAPI()
    app.include_router(router)
    return app


def test_routes_without_guard_model_or_problems_are_seen(sample: FastAPI) -> None:
    assert unguarded("backend", sample) == ["['POST'] /api/v1/open", "['GET'] /api/v1/things/{thing_id}"]
    assert without_model(sample) == ["/api/v1/open"]
    assert without_problems(sample) == [
        "/api/v1/open: refused",
        "/api/v1/things/{thing_id}: nothing found",
        "/api/v1/own: not signed in, not allowed",
    ]
