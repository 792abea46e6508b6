"""Counts and times every request by the template of its route. Plain ASGI, shared by both services."""

from __future__ import annotations

import time
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.core.metrics import HTTP_REQUESTS, HTTP_SECONDS

#: Pages, files and paths that nobody serves: what callers make up must not become a series each.
OTHER = "other"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_EVENT_STREAM = b"text/event-stream"


class RequestMetrics:
    """Middleware of one service."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service
        self._templates = RouteTemplates()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, is_stream = time.perf_counter(), 500, False

        async def answer(message: Message) -> None:
            nonlocal status, is_stream
            if message["type"] == "http.response.start":
                status = message["status"]
                is_stream = dict(message.get("headers", [])).get(b"content-type", b"").startswith(_EVENT_STREAM)
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else OTHER
            route = self._templates.template(scope)
            HTTP_REQUESTS.labels(self._service, method, route, str(status)).inc()
            if not is_stream:
                HTTP_SECONDS.labels(self._service, method, route).observe(time.perf_counter() - started)


class RouteTemplates:
    """The declared paths of one application's routes."""

    def __init__(self) -> None:
        self._found: dict[int, list[str]] | None = None

    def template(self, scope: Scope) -> str:
        """The whole path of the route that was found, as it was declared; a route may stand under two prefixes."""
        if self._found is None:
            self._found = _templates(scope["app"])
        known = self._found.get(id(scope.get("route")), [])
        fitting = [one for one in known if scope["path"].startswith(one.partition("{")[0].rstrip("/"))]
        return max(fitting, key=len, default=OTHER)


def _templates(app: FastAPI) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for context in iter_route_contexts(app.routes):
        route: Any = context.original_route
        found.setdefault(id(route), []).append(str(context.path))
    return found
