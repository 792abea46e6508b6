"""Every route of an application as (method, path), however deep its routers are nested, and who it is for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from backend.api.dependencies import Requires

API = "/api/v1"
PUBLIC = {
    "GET /health",
    "GET /ready",
    "GET /metrics",
    "GET /docs",
    "GET /openapi.json",
    f"POST {API}/auth/login",
    f"POST {API}/auth/login/second-factor",
    f"POST {API}/auth/refresh",
    f"POST {API}/auth/logout",
    f"POST {API}/auth/logout-all",
    f"POST {API}/auth/forgot-password",
    f"POST {API}/auth/reset-password",
    f"POST {API}/auth/invitations/read",
    f"POST {API}/auth/invitations/accept",
}
#: Routes that only need somebody who is signed in.
SIGNED_IN = {
    f"GET {API}/dashboard",
    f"GET {API}/search",
    f"GET {API}/notices",
    f"GET {API}/notices/stream",
    f"POST {API}/notices/read-all",
    f"POST {API}/notices/{{notice_id}}/read",
    f"GET {API}/notices/preferences",
    f"PUT {API}/notices/preferences",
    f"GET {API}/auth/me",
    f"PATCH {API}/auth/me",
    f"GET {API}/auth/sessions",
    f"DELETE {API}/auth/sessions/{{session_id}}",
    f"POST {API}/auth/change-password",
    f"POST {API}/auth/switch-tenant",
    f"POST {API}/auth/second-factor/begin",
    f"POST {API}/auth/second-factor/confirm",
    f"POST {API}/auth/second-factor/recovery-codes",
    f"DELETE {API}/auth/second-factor",
}
#: Answers that do not end while somebody reads them; they have tests of their own.
ENDLESS = {f"GET {API}/notices/stream"}


@dataclass(frozen=True, slots=True, order=True)
class RouteOf:
    """One method of one path template."""

    path: str
    method: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes_of(app: FastAPI) -> list[RouteOf]:
    """All of them, sorted; HEAD and OPTIONS follow from the others."""
    return sorted(set(_walk(app.routes)))


def _walk(candidates: Iterable[object]) -> Iterator[RouteOf]:
    for candidate in candidates:
        nested = getattr(candidate, "effective_candidates", None)
        if nested is not None:
            yield from _walk(nested())
            continue
        for method in getattr(candidate, "methods", None) or ():
            if method not in {"HEAD", "OPTIONS"}:
                yield RouteOf(str(getattr(candidate, "path")), method)  # noqa: B009 - two kinds of route, one attribute


def permissions_of(app: FastAPI) -> dict[RouteOf, frozenset[str]]:
    """What each route asks for; nothing where it is enough to be signed in, or not even that."""
    return {
        RouteOf(str(route.path), method): frozenset(_required(route.dependant))
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        for method in route.methods or ()
    }


def _required(dependant: Dependant) -> Iterator[str]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, Requires):
            yield dependency.call.permission.value
        yield from _required(dependency)
