"""Stripe, and the only module that knows its SDK: requests with our idempotency keys, answers as facts of ours.

Objects of the SDK are turned into plain dictionaries at this border and read by the names of the pinned version of the
API. Nothing of an answer but these facts leaves it: names, addresses and cards stay where they are.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

import httpx
import stripe
from stripe import HTTPXClient, StripeClient, WebhookSignature

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.publishing_settings import StripeSettings
from backend.domain.subscriptions import EventFacts, InvoiceFacts, PriceFacts, SubscriptionFacts, SubscriptionStatus

#: The version of Stripe's API that the names below are of; requests carry it, and the webhook is to be made with it.
API_VERSION: Final = "2026-10-28.endive"
TOLERANCE: Final = timedelta(seconds=300)
TIMEOUT_SECONDS: Final = 20.0
#: Where we note in Stripe's objects whose they are.
CUSTOMER_NOTE: Final = "openreg_customer_id"
PLAN_NOTE: Final = "openreg_plan_id"
_PAGE: Final = 100
_EXPANDED: Final = ["latest_invoice"]

# The SDK writes bodies of requests at lower levels, and they name people.
logging.getLogger("stripe").setLevel(logging.WARNING)


class StripeUnavailable(OpenRegError):
    """Stripe does not answer at the moment."""

    code: ClassVar[str] = "stripe_unavailable"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


class StripeRefused(OpenRegError):
    """Stripe did not accept the request."""

    code: ClassVar[str] = "stripe_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class PaymentDeclined(OpenRegError):
    """The payment was declined, and nothing has changed."""

    code: ClassVar[str] = "payment_declined"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class StripeSignatureInvalid(OpenRegError):
    """The message is not signed by Stripe for this service, or not within five minutes of now."""

    code: ClassVar[str] = "stripe_signature_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class StripeEventUnreadable(OpenRegError):
    """The message is no event of the kind that this service reads."""

    code: ClassVar[str] = "stripe_event_unreadable"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class LivemodeMismatch(OpenRegError):
    """The event is of Stripe's other mode: test instead of live, or the reverse."""

    code: ClassVar[str] = "livemode_mismatch"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class HostedPage:
    """A page of Stripe's that a customer is sent to."""

    id: str
    url: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class CheckoutWanted:
    """What is to be paid for, by whom, and where the browser goes afterwards."""

    stripe_customer: str
    customer_id: str
    plan_id: str
    price_id: str
    trial_days: int
    success_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line of an invoice that is not made yet; the amount in the smallest unit of the currency."""

    description: str
    amount: int
    is_proration: bool


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """What a change would cost at once. ``at`` is the moment that it is counted from; give it with the change."""

    currency: str
    amount_due: int
    lines: Sequence[PreviewLine]
    at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list, and where the next one begins; None at the end."""

    subscriptions: Sequence[SubscriptionFacts]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class ListedEvents:
    """One page of events, newest first, and where the next one begins; None at the end."""

    events: Sequence[EventFacts]
    next_after: str | None


class _Transport(HTTPXClient):
    """The SDK's client, with the body given to httpx under the name that it has now."""

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Raises stripe.APIConnectionError."""
        try:
            answer = await self._client_async.request(
                method, url, headers=dict(headers), content=post_data or None, timeout=TIMEOUT_SECONDS
            )
        except httpx.HTTPError as error:
            unreached: Callable[..., Exception] = stripe.APIConnectionError
            raise unreached("Stripe was not reached.", should_retry=True) from error
        return answer.content, answer.status_code, answer.headers


class StripeGateway:
    """One account of Stripe. Everything raises StripeUnavailable, StripeRefused."""

    def __init__(self, settings: StripeSettings) -> None:
        if settings.secret_key is None:
            raise ValueError("without a secret key there is no gateway")
        self.is_live = settings.is_live
        self._http = _Transport()
        self._client = StripeClient(
            settings.secret_key.get_secret_value(),
            stripe_version=API_VERSION,
            base_addresses={"api": settings.api_base.rstrip("/")},
            http_client=self._http,
            max_network_retries=2,
        )

    async def close(self) -> None:
        """Close its connections."""
        close: Callable[[], Awaitable[None]] = self._http.close_async
        await close()

    async def create_customer(self, customer_id: str, name: str, email: str, key: str) -> str:
        """Stripe's name of a new customer."""
        params: Any = {"name": name, "email": email, "metadata": {CUSTOMER_NOTE: customer_id}}
        return str((await _answer(self._client.v1.customers.create_async(params, _keyed(key))))["id"])

    async def checkout(self, wanted: CheckoutWanted, key: str) -> HostedPage:
        """A page to pay at. A trial asks for a means to pay, and charges it when the trial ends."""
        notes = {CUSTOMER_NOTE: wanted.customer_id, PLAN_NOTE: wanted.plan_id}
        subscription: dict[str, Any] = {"metadata": notes}
        if wanted.trial_days:
            subscription["trial_period_days"] = wanted.trial_days
        params: Any = {
            "mode": "subscription",
            "customer": wanted.stripe_customer,
            "client_reference_id": wanted.customer_id,
            "line_items": [{"price": wanted.price_id, "quantity": 1}],
            "success_url": wanted.success_url,
            "cancel_url": wanted.cancel_url,
            "subscription_data": subscription,
            "metadata": notes,
        }
        return _page(await _answer(self._client.v1.checkout.sessions.create_async(params, _keyed(key))))

    async def expire_open_checkouts(self, stripe_customer: str) -> int:
        """Nobody can pay at a page that was opened before; how many there were."""
        params: Any = {"customer": stripe_customer, "status": "open", "limit": _PAGE}
        listed = await _answer(self._client.v1.checkout.sessions.list_async(params))
        for one in listed["data"]:
            expiring = self._client.v1.checkout.sessions.expire_async(one["id"], None, _keyed(f"expire-{one['id']}"))
            await _answer(expiring)
        return len(listed["data"])

    async def portal(self, stripe_customer: str, return_url: str, key: str) -> HostedPage:
        """A page where means to pay and invoices are kept."""
        params: Any = {"customer": stripe_customer, "return_url": return_url}
        return _page(await _answer(self._client.v1.billing_portal.sessions.create_async(params, _keyed(key))))

    async def subscription(self, subscription_id: str) -> SubscriptionFacts | None:
        """A subscription as it is now, or None when there is no such one."""
        params: Any = {"expand": _EXPANDED}
        found = await _found(self._client.v1.subscriptions.retrieve_async(subscription_id, params))
        return None if found is None else _subscription(found)

    async def subscriptions(self, after: str | None = None, *, stripe_customer: str | None = None) -> Listed:
        """One page of subscriptions in any state, newest first."""
        params: Any = {"status": "all", "limit": _PAGE, "expand": [f"data.{one}" for one in _EXPANDED]}
        params |= _given(starting_after=after, customer=stripe_customer)
        listed = await _answer(self._client.v1.subscriptions.list_async(params))
        return Listed([_subscription(one) for one in listed["data"]], _next_after(listed))

    async def start_trial(self, wanted: CheckoutWanted, key: str) -> SubscriptionFacts:
        """A subscription that needs no means to pay yet; without one it pauses when the trial ends."""
        params: Any = {
            "customer": wanted.stripe_customer,
            "items": [{"price": wanted.price_id}],
            "trial_period_days": wanted.trial_days,
            "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}},
            "metadata": {CUSTOMER_NOTE: wanted.customer_id, PLAN_NOTE: wanted.plan_id},
            "expand": _EXPANDED,
        }
        return _subscription(await _answer(self._client.v1.subscriptions.create_async(params, _keyed(key))))

    async def preview_change(self, facts: tuple[str, str], price_id: str, at: datetime) -> ChangePreview:
        """What another price would cost at once; ``facts`` are the names of the subscription and of its item."""
        subscription_id, item_id = facts
        details = {
            "items": [{"id": item_id, "price": price_id}],
            "proration_behavior": "always_invoice",
            "proration_date": int(at.timestamp()),
        }
        params: Any = {"subscription": subscription_id, "subscription_details": details}
        invoice = await _answer(self._client.v1.invoices.create_preview_async(params))
        lines = [_preview_line(one) for one in invoice["lines"]["data"]]
        return ChangePreview(invoice["currency"], invoice["amount_due"], lines, at)

    async def change(self, facts: tuple[str, str], price_id: str, plan_id: str, at: datetime, key: str) -> None:
        """Another price from now on, the difference charged at once. Raises PaymentDeclined: then nothing changes."""
        subscription_id, item_id = facts
        params: Any = {
            "items": [{"id": item_id, "price": price_id}],
            "proration_behavior": "always_invoice",
            "proration_date": int(at.timestamp()),
            "payment_behavior": "error_if_incomplete",
            "metadata": {PLAN_NOTE: plan_id},
        }
        await _answer(self._client.v1.subscriptions.update_async(subscription_id, params, _keyed(key)))

    async def end_with_period(self, subscription_id: str, key: str, *, ends: bool) -> None:
        """Whether a subscription ends with the period that is paid."""
        params: Any = {"cancel_at_period_end": ends}
        await _answer(self._client.v1.subscriptions.update_async(subscription_id, params, _keyed(key)))

    async def end_now(self, subscription_id: str) -> None:
        """No more is charged; one that is over already stays so."""
        key = _keyed(f"end-{subscription_id}")
        await _found(self._client.v1.subscriptions.cancel_async(subscription_id, None, key))

    async def invoice(self, invoice_id: str) -> InvoiceFacts | None:
        """An invoice as it is now, or None when there is no such one."""
        found = await _found(self._client.v1.invoices.retrieve_async(invoice_id))
        return None if found is None else _invoice(found)

    async def price(self, price_id: str) -> PriceFacts | None:
        """A price, or None when there is no such one."""
        found = await _found(self._client.v1.prices.retrieve_async(price_id))
        if found is None:
            return None
        recurring = found.get("recurring") or {}
        return PriceFacts(
            id=found["id"],
            unit_amount=found.get("unit_amount"),
            currency=found["currency"],
            interval=recurring.get("interval"),
            interval_count=recurring.get("interval_count") or 1,
            is_active=found["active"],
        )

    async def events(self, since: datetime, types: Sequence[str], after: str | None = None) -> ListedEvents:
        """One page of the events of some types since a moment, newest first."""
        params: Any = {"created": {"gte": int(since.timestamp())}, "types": list(types), "limit": _PAGE}
        listed = await _answer(self._client.v1.events.list_async(params | _given(starting_after=after)))
        return ListedEvents([_event(one) for one in listed["data"]], _next_after(listed))


def gateway_of(settings: StripeSettings) -> StripeGateway | None:
    """The account that is set, or None: then plans are kept by hand."""
    return None if settings.secret_key is None else StripeGateway(settings)


def verified_event(body: bytes, header: str | None, settings: StripeSettings, now: datetime) -> EventFacts:
    """What an event is about, its signature checked over the bytes as they came.

    Raises StripeSignatureInvalid, StripeEventUnreadable, LivemodeMismatch.
    """
    _check_signature(body, header, settings, now)
    try:
        told = json.loads(body)
        if told["object"] != "event":
            raise StripeEventUnreadable(fix="Make the webhook with snapshot events, not with thin ones.")
        event = _event(told)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StripeEventUnreadable from error
    if event.is_live != settings.is_live:
        raise LivemodeMismatch(fix="Let each mode of Stripe have a service, or a webhook, of its own.")
    return event


def _check_signature(body: bytes, header: str | None, settings: StripeSettings, now: datetime) -> None:
    secrets = [one.get_secret_value() for one in (settings.webhook_secret, settings.webhook_secret_previous) if one]
    if not any(_is_signed(body, header, secret) for secret in secrets):
        raise StripeSignatureInvalid
    # The SDK knows one secret and lets the future pass, so that the time is looked at here, both ways.
    stamps = [part[2:] for part in (header or "").split(",") if part.startswith("t=")]
    if abs(now.timestamp() - int(stamps[0])) > TOLERANCE.total_seconds():
        raise StripeSignatureInvalid(fix="Set the clock right.")


def _is_signed(body: bytes, header: str | None, secret: str) -> bool:
    try:
        return bool(WebhookSignature.verify_header(body, header, secret, None))
    except (stripe.SignatureVerificationError, UnicodeError):
        return False


async def _answer(request: Awaitable[Any]) -> dict[str, Any]:
    """The answer as plain values. What Stripe says in words is not passed on: it may name people."""
    try:
        answer: dict[str, Any] = (await request).to_dict()
    except stripe.CardError as error:
        raise PaymentDeclined(fix="Choose another means to pay.", extra=_given(reason=error.code)) from None
    except (stripe.InvalidRequestError, stripe.IdempotencyError) as error:
        raise StripeRefused(extra=_given(reason=error.code)) from None
    except stripe.StripeError as error:
        raise StripeUnavailable(fix="Try again later.", extra={"reason": type(error).__name__}) from None
    return answer


async def _found(request: Awaitable[Any]) -> dict[str, Any] | None:
    """The answer, or None when there is no such thing."""
    try:
        return await _answer(request)
    except StripeRefused as error:
        if error.extra.get("reason") == "resource_missing":
            return None
        raise


def _keyed(key: str) -> Any:
    return {"idempotency_key": key}


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _next_after(listed: Mapping[str, Any]) -> str | None:
    return str(listed["data"][-1]["id"]) if listed["has_more"] and listed["data"] else None


def _page(session: Mapping[str, Any]) -> HostedPage:
    return HostedPage(session["id"], session["url"], _moment(session.get("expires_at")))


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _id_of(value: str | Mapping[str, Any] | None) -> str | None:
    """An object is given by its id, or whole when that was asked for."""
    return value if value is None or isinstance(value, str) else str(value["id"])


def _subscription(found: Mapping[str, Any]) -> SubscriptionFacts:
    item = found["items"]["data"][0]
    latest = found.get("latest_invoice")
    return SubscriptionFacts(
        id=found["id"],
        stripe_customer=str(_id_of(found["customer"])),
        status=SubscriptionStatus(found["status"]),
        item_id=item["id"],
        price_id=item["price"]["id"],
        plan_hint=(found.get("metadata") or {}).get(PLAN_NOTE),
        current_period_start=_at(item["current_period_start"]),
        current_period_end=_at(item["current_period_end"]),
        cancel_at_period_end=bool(found["cancel_at_period_end"]),
        cancel_at=_moment(found.get("cancel_at")),
        ended_at=_moment(found.get("ended_at")),
        trial_end=_moment(found.get("trial_end")),
        is_collection_paused=found.get("pause_collection") is not None,
        latest_invoice=_invoice(latest) if isinstance(latest, dict) else None,
        is_live=found["livemode"],
        created_at=_at(found["created"]),
    )


def _invoice(found: Mapping[str, Any]) -> InvoiceFacts:
    return InvoiceFacts(
        id=found["id"],
        stripe_customer=str(_id_of(found["customer"])),
        number=found.get("number"),
        status=found["status"],
        currency=found["currency"],
        total=found["total"],
        amount_due=found["amount_due"],
        amount_paid=found["amount_paid"],
        period_start=_at(found["period_start"]),
        period_end=_at(found["period_end"]),
        hosted_url=found.get("hosted_invoice_url"),
        pdf_url=found.get("invoice_pdf"),
        subscription_id=_subscription_of(found),
        created_at=_at(found["created"]),
    )


def _subscription_of(invoice: Mapping[str, Any]) -> str | None:
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    return _id_of(details.get("subscription"))


def _preview_line(line: Mapping[str, Any]) -> PreviewLine:
    details = (line.get("parent") or {}).get("subscription_item_details") or {}
    return PreviewLine(line.get("description") or "", line["amount"], bool(details.get("proration")))


def _event(told: Mapping[str, Any]) -> EventFacts:
    about, kind = told["data"]["object"], str(told["data"]["object"].get("object"))
    subscription, invoice = None, None
    if kind == "subscription":
        subscription, invoice = about["id"], _id_of(about.get("latest_invoice"))
    elif kind == "checkout.session":
        subscription, invoice = _id_of(about.get("subscription")), _id_of(about.get("invoice"))
    elif kind == "invoice":
        subscription, invoice = _subscription_of(about), about.get("id")
    return EventFacts(
        id=str(told["id"]),
        type=str(told["type"]),
        is_live=bool(told["livemode"]),
        created_at=_at(int(told["created"])),
        subscription_id=subscription,
        invoice_id=invoice,
        stripe_customer=_id_of(about.get("customer")),
    )
