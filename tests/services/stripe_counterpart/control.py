"""What tests, and people at the pages, do to the stand-in."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.services.stripe_counterpart.ledger import Ledger, Refused, Thing
from tests.services.stripe_counterpart.life import Life
from tests.services.stripe_counterpart.post import Post

_PAGE = """<!doctype html><html lang="en"><title>{title}</title><h1>{title}</h1>{content}</html>"""


class Control:
    """The routes below ``/_control``, and the pages that browsers are sent to."""

    def __init__(self, ledger: Ledger, life: Life, post: Post) -> None:
        self.ledger, self.life, self.post = ledger, life, post

    def routes(self) -> list[Route]:
        """Method and path of everything there is."""
        posts = {
            "/_control/prices": self.prices,
            "/_control/checkouts/{id}/complete": self.complete,
            "/_control/checkouts/{id}/bank": self.bank,
            "/_control/checkouts/{id}/expire": self.expire,
            "/_control/clock": self.clock,
            "/_control/customers/{id}/card": self.card,
            "/_control/invoices/{id}/pay": self.pay_invoice,
            "/_control/subscriptions/{id}/do": self.do,
            "/_control/webhook": self.webhook,
            "/_control/deliver": self.deliver,
            "/_control/sign": self.sign,
            "/_control/down": self.down,
            "/checkout/{id}/pay": self.pay_page,
        }
        return [
            *(Route(path, endpoint, methods=["POST"]) for path, endpoint in posts.items()),
            Route("/_control/state", self.state),
            Route("/_control/things/{id}", self.thing),
            Route("/_control/events", self.events),
            Route("/checkout/{id}", self.checkout_page),
            Route("/portal/{id}", self.portal_page),
            Route("/invoice/{id}", self.invoice_page),
        ]

    async def prices(self, request: Request) -> Response:
        wanted = await _json(request)
        product = self.ledger.new("prod", "product", name="A plan", active=True)
        recurring = {"interval": wanted.get("interval", "month"), "interval_count": 1, "usage_type": "licensed"}
        price = self.ledger.new(
            "price",
            "price",
            wanted.get("id"),
            active=True,
            currency=wanted.get("currency", "eur"),
            unit_amount=wanted.get("amount", 4900),
            product=product["id"],
            type="recurring",
            recurring=recurring,
            metadata={},
        )
        return JSONResponse(price)

    async def complete(self, request: Request) -> Response:
        wanted = await _json(request)
        return JSONResponse(self._complete(self._session(request), wanted.get("payment", "works")))

    async def bank(self, request: Request) -> Response:
        session, wanted = self._session(request), await _json(request)
        subscription = self.ledger.get(session["subscription"], "subscription")
        if wanted.get("answers", True):
            session["payment_status"] = "paid"
            self.life.pay(self.ledger.get(subscription["latest_invoice"], "invoice"))
            self.ledger.emit("checkout.session.async_payment_succeeded", session)
        else:
            self.life.fail_first(subscription)
            self.ledger.emit("checkout.session.async_payment_failed", session)
        return JSONResponse(session)

    async def expire(self, request: Request) -> Response:
        session = self._session(request)
        session["status"], session["url"] = "expired", None
        self.ledger.emit("checkout.session.expired", session)
        return JSONResponse(session)

    async def clock(self, request: Request) -> Response:
        wanted = await _json(request)
        self.life.move_to(int(wanted.get("to", self.ledger.now + wanted.get("advance", 0))))
        return JSONResponse({"now": self.ledger.now})

    async def card(self, request: Request) -> Response:
        customer, wanted = self.ledger.get(request.path_params["id"], "customer"), await _json(request)
        customer["has_card"] = True
        change = self.ledger.broken_cards.discard if wanted["works"] else self.ledger.broken_cards.add
        change(customer["id"])
        return JSONResponse(customer)

    async def pay_invoice(self, request: Request) -> Response:
        invoice = self.ledger.get(request.path_params["id"], "invoice")
        self.life.pay(invoice)
        return JSONResponse(invoice)

    async def do(self, request: Request) -> Response:
        one, wanted = self.ledger.get(request.path_params["id"], "subscription"), await _json(request)
        self.life.do(one, wanted["what"])
        return JSONResponse(one)

    async def webhook(self, request: Request) -> Response:
        self.post.configure(await _json(request))
        return JSONResponse({})

    async def deliver(self, request: Request) -> Response:
        self.post.send([self._event(name) for name in (await _json(request))["ids"]])
        return JSONResponse({})

    async def sign(self, request: Request) -> Response:
        wanted = await _json(request)
        body, header = self.post.signed(
            self._event(wanted["id"]), sign_with=wanted.get("sign_with"), skew=wanted.get("skew")
        )
        return JSONResponse({"body": body, "header": header})

    async def down(self, request: Request) -> Response:
        self.ledger.is_down = (await _json(request))["is_down"]
        return JSONResponse({})

    async def thing(self, request: Request) -> Response:
        return JSONResponse(self.ledger.things[request.path_params["id"]])

    async def events(self, request: Request) -> Response:
        found = self.ledger.events[int(request.query_params.get("after", 0)) :]
        return JSONResponse({"events": found, "count": len(self.ledger.events)})

    async def state(self, _request: Request) -> Response:
        things = [one for name, one in self.ledger.things.items() if not name.startswith("_")]
        return JSONResponse(
            {
                "now": self.ledger.now,
                "things": things,
                "events": self.ledger.events,
                "deliveries": self.post.deliveries,
                "requests": self.ledger.requests,
            }
        )

    async def checkout_page(self, request: Request) -> Response:
        session = self._session(request)
        if session["status"] != "open":
            return HTMLResponse(_PAGE.format(title="This page has expired", content=""), 410)
        pay = f'<form method="post" action="/checkout/{session["id"]}/pay"><button>Pay</button></form>'
        return HTMLResponse(
            _PAGE.format(title="Checkout", content=f'{pay}<a href="{session["cancel_url"]}">Cancel</a>')
        )

    async def pay_page(self, request: Request) -> Response:
        session = self._session(request)
        self._complete(session, "works")
        return RedirectResponse(session["success_url"], 303)

    async def portal_page(self, request: Request) -> Response:
        session = self.ledger.get(request.path_params["id"], "billing_portal.session")
        return HTMLResponse(_PAGE.format(title="Billing", content=f'<a href="{session["return_url"]}">Return</a>'))

    async def invoice_page(self, request: Request) -> Response:
        invoice = self.ledger.get(request.path_params["id"].removesuffix(".pdf"), "invoice")
        return HTMLResponse(_PAGE.format(title=invoice["number"], content=invoice["status"]))

    def _complete(self, session: Thing, payment: str) -> Thing:
        if session["status"] != "open":
            raise Refused(400, "invalid_request_error", None, "The session is not open.")
        wanted = self.ledger.things[f"_wanted_{session['id']}"]
        self.ledger.things[session["customer"]]["has_card"] = True
        subscription = self.life.begin(
            session["customer"],
            self.ledger.get(wanted["price"], "price"),
            trial_days=wanted["trial_days"],
            metadata=dict(wanted["metadata"]),
            payment=payment,
        )
        is_paid = subscription["status"] in ("active", "trialing")
        session.update(
            status="complete",
            payment_status="paid" if is_paid else "unpaid",
            subscription=subscription["id"],
            invoice=subscription["latest_invoice"],
            url=None,
        )
        self.ledger.emit("checkout.session.completed", session)
        return session

    def _session(self, request: Request) -> Thing:
        return self.ledger.get(request.path_params["id"], "checkout.session")

    def _event(self, name: str) -> Thing:
        return next(one for one in self.ledger.events if one["id"] == name)


async def _json(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = await request.json() if await request.body() else {}
    return found
