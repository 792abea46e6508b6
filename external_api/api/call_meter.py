"""Every call with a key is counted, whatever came of it. Plain ASGI."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.core.clock import utc_now
from backend.core.ids import new_id
from backend.middleware.request_metrics import RouteTemplates
from backend.persistence.repositories.customer_usage import CallRecord
from backend.services.customer_access import CustomerCaller
from external_api.api.access import ADMITTED_STATE, CALLER_STATE
from external_api.api.runtime import ExternalRuntime

_METHOD_LENGTH = 10
_CRASHED = 500


class CallMeter:
    """Notes the calls of whoever the routes have found to be a customer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._templates = RouteTemplates()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), _CRASHED

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            caller = scope.get("state", {}).get(CALLER_STATE)
            if isinstance(caller, CustomerCaller):
                self._note(scope, caller, status, began)

    def _note(self, scope: Scope, caller: CustomerCaller, status: int, began: float) -> None:
        runtime: ExternalRuntime = scope["app"].state.runtime
        client = scope.get("client")
        call = CallRecord(
            id=new_id(),
            customer_id=caller.customer_id,
            key_id=caller.key_id,
            at=utc_now(),
            method=scope["method"][:_METHOD_LENGTH],
            route=self._templates.template(scope),
            status=status,
            milliseconds=round((time.perf_counter() - began) * 1000),
            is_counted=bool(scope["state"].get(ADMITTED_STATE)),
            address=client[0] if client else None,
            request_id=scope["state"]["request_id"],
        )
        runtime.meter.note(caller.tenant, call)
