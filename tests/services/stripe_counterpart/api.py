"""The part of Stripe's API that OpenReg speaks."""

from __future__ import annotations

import copy
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.services.stripe_counterpart.forms import nested
from tests.services.stripe_counterpart.ledger import Ledger, Refused, Thing, page
from tests.services.stripe_counterpart.life import Life

Answer = Callable[[Request, Thing], Thing]


class Api:
    """Requests with a key of the account; writes once for each idempotency key."""

    def __init__(self, ledger: Ledger, life: Life, key: str) -> None:
        self.ledger, self.life, self._key = ledger, life, key

    def routes(self) -> list[Route]:
        """Method and path of everything there is."""
        table: list[tuple[str, str, Answer]] = [
            ("POST", "/v1/customers", self.create_customer),
            ("GET", "/v1/customers/{id}", self._read("customer")),
            ("POST", "/v1/products", self.create_product),
            ("POST", "/v1/prices", self.create_price),
            ("GET", "/v1/prices/{id}", self._read("price")),
            ("POST", "/v1/checkout/sessions", self.create_checkout),
            ("GET", "/v1/checkout/sessions", self.list_checkouts),
            ("GET", "/v1/checkout/sessions/{id}", self._read("checkout.session")),
            ("POST", "/v1/checkout/sessions/{id}/expire", self.expire_checkout),
            ("POST", "/v1/billing_portal/sessions", self.create_portal),
            ("POST", "/v1/subscriptions", self.create_subscription),
            ("GET", "/v1/subscriptions", self.list_subscriptions),
            ("GET", "/v1/subscriptions/{id}", self._read("subscription")),
            ("POST", "/v1/subscriptions/{id}", self.update_subscription),
            ("DELETE", "/v1/subscriptions/{id}", self.cancel_subscription),
            ("POST", "/v1/invoices/create_preview", self.preview),
            ("GET", "/v1/invoices", self.list_invoices),
            ("GET", "/v1/invoices/{id}", self._read("invoice")),
            ("GET", "/v1/events", self.list_events),
        ]
        return [Route(path, self._endpoint(answer), methods=[method]) for method, path, answer in table]

    def _endpoint(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            body = (await request.body()).decode()
            pairs = list((await request.form()).multi_items()) if body else list(request.query_params.multi_items())
            params = nested((name, str(value)) for name, value in pairs)
            key = request.headers.get("idempotency-key")
            self.ledger.requests.append({"method": request.method, "path": request.url.path, "idempotency_key": key})
            if self.ledger.is_down:
                return JSONResponse(
                    {"error": {"type": "api_error", "message": "Down."}}, 503, {"Stripe-Should-Retry": "false"}
                )
            if request.headers.get("authorization") != f"Bearer {self._key}":
                return JSONResponse({"error": {"type": "invalid_request_error", "message": "Invalid API Key."}}, 401)
            return self._once(request, params, answer, key if request.method != "GET" else None)

        return respond

    def _once(self, request: Request, params: Thing, answer: Answer, key: str | None) -> Response:
        asked = json.dumps([request.method, request.url.path, params], sort_keys=True)
        if key is not None and key in self.ledger.answered:
            before, status, content = self.ledger.answered[key]
            if before != asked:
                error = {"type": "idempotency_error", "message": "Keys can only be used with the same parameters."}
                return JSONResponse({"error": error}, 400)
            return JSONResponse(content, status, {"Idempotent-Replayed": "true"})
        try:
            status, content = 200, self._expanded(copy.deepcopy(answer(request, params)), params)
        except Refused as error:
            return JSONResponse(error.body, error.status)
        if key is not None:
            self.ledger.answered[key] = (asked, status, content)
        return JSONResponse(content, status)

    def _expanded(self, content: Thing, params: Thing) -> Thing:
        for path in params.get("expand", []):
            for one in content["data"] if path.startswith("data.") else [content]:
                name = path.removeprefix("data.")
                if isinstance(one.get(name), str):
                    one[name] = copy.deepcopy(self.ledger.things[one[name]])
        return content

    def _read(self, kind: str) -> Answer:
        return lambda request, _params: self.ledger.get(request.path_params["id"], kind)

    def create_customer(self, _request: Request, params: Thing) -> Thing:
        names = {name: params.get(name) for name in ("name", "email")}
        made = self.ledger.new("cus", "customer", metadata=params.get("metadata", {}), **names)
        self.ledger.emit("customer.created", made)
        return made

    def create_product(self, _request: Request, params: Thing) -> Thing:
        return self.ledger.new("prod", "product", name=params["name"], active=True)

    def create_price(self, _request: Request, params: Thing) -> Thing:
        recurring = params.get("recurring", {})
        return self.ledger.new(
            "price",
            "price",
            params.get("id"),
            active=True,
            currency=params["currency"],
            unit_amount=int(params["unit_amount"]),
            product=params["product"],
            type="recurring",
            recurring={
                "interval": recurring.get("interval", "month"),
                "interval_count": int(recurring.get("interval_count", 1)),
                "usage_type": "licensed",
            },
            metadata={},
        )

    def create_checkout(self, _request: Request, params: Thing) -> Thing:
        self.ledger.get(params["customer"], "customer")
        price = self.ledger.get(params["line_items"][0]["price"], "price")
        made = self.ledger.new(
            "cs_test",
            "checkout.session",
            mode=params["mode"],
            customer=params["customer"],
            client_reference_id=params.get("client_reference_id"),
            status="open",
            payment_status="unpaid",
            subscription=None,
            invoice=None,
            success_url=params["success_url"],
            cancel_url=params.get("cancel_url"),
            expires_at=self.ledger.now + 86_400,
            metadata=params.get("metadata", {}),
        )
        made["url"] = f"{self.ledger.things['_address']['url']}/checkout/{made['id']}"
        self.ledger.things[f"_wanted_{made['id']}"] = {
            "object": "_wanted",
            "price": price["id"],
            "trial_days": int(params.get("subscription_data", {}).get("trial_period_days", 0)),
            "metadata": params.get("subscription_data", {}).get("metadata", {}),
        }
        return made

    def list_checkouts(self, request: Request, params: Thing) -> Thing:
        conditions = {name: params[name] for name in ("customer", "status") if name in params}
        return page(self.ledger.all("checkout.session", **conditions), params, request.url.path)

    def expire_checkout(self, request: Request, _params: Thing) -> Thing:
        session = self.ledger.get(request.path_params["id"], "checkout.session")
        if session["status"] != "open":
            raise Refused(400, "invalid_request_error", None, "Only open sessions can be expired.")
        session["status"], session["url"] = "expired", None
        self.ledger.emit("checkout.session.expired", session)
        return session

    def create_portal(self, _request: Request, params: Thing) -> Thing:
        self.ledger.get(params["customer"], "customer")
        made = self.ledger.new(
            "bps", "billing_portal.session", customer=params["customer"], return_url=params.get("return_url")
        )
        made["url"] = f"{self.ledger.things['_address']['url']}/portal/{made['id']}"
        return made

    def create_subscription(self, _request: Request, params: Thing) -> Thing:
        self.ledger.get(params["customer"], "customer")
        price = self.ledger.get(params["items"][0]["price"], "price")
        end = params.get("trial_settings", {}).get("end_behavior", {})
        return self.life.begin(
            params["customer"],
            price,
            trial_days=int(params.get("trial_period_days", 0)),
            metadata=params.get("metadata", {}),
            pauses=end.get("missing_payment_method") == "pause",
        )

    def list_subscriptions(self, request: Request, params: Thing) -> Thing:
        conditions = {name: params[name] for name in ("customer",) if name in params}
        found = self.ledger.all("subscription", **conditions)
        if params.get("status") != "all":
            found = [one for one in found if one["status"] != "canceled"]
        return page(found, params, request.url.path)

    def update_subscription(self, request: Request, params: Thing) -> Thing:
        one = self.ledger.get(request.path_params["id"], "subscription")
        if "cancel_at_period_end" in params:
            self.life.end_with_period(one, ends=params["cancel_at_period_end"].lower() == "true")
        if "items" in params:
            price = self.ledger.get(params["items"][0]["price"], "price")
            at = int(params.get("proration_date", self.ledger.now))
            is_strict = params.get("payment_behavior") == "error_if_incomplete"
            self.life.change(one, price, at, only_if_paid=is_strict)
        one["metadata"] |= params.get("metadata", {})
        return one

    def cancel_subscription(self, request: Request, _params: Thing) -> Thing:
        one = self.ledger.get(request.path_params["id"], "subscription")
        self.life.end(one)
        return one

    def preview(self, _request: Request, params: Thing) -> Thing:
        one = self.ledger.get(params["subscription"], "subscription")
        details: dict[str, Any] = params["subscription_details"]
        price = self.ledger.get(details["items"][0]["price"], "price")
        lines = self.life.prorations(one, price, int(details.get("proration_date", self.ledger.now)))
        total = sum(line["amount"] for line in lines)
        return {
            "object": "invoice",
            "currency": one["currency"],
            "total": total,
            "amount_due": max(total, 0),
            "lines": {"object": "list", "data": lines, "has_more": False},
        }

    def list_invoices(self, request: Request, params: Thing) -> Thing:
        conditions = {name: params[name] for name in ("customer", "status") if name in params}
        return page(self.ledger.all("invoice", **conditions), params, request.url.path)

    def list_events(self, request: Request, params: Thing) -> Thing:
        since, types = int(params.get("created", {}).get("gte", 0)), params.get("types")
        found = [one for one in reversed(self.ledger.events) if one["created"] >= since]
        return page([one for one in found if not types or one["type"] in types], params, request.url.path)
