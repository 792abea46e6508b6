"""Paying: plans with their prices, Stripe's pages, the subscription, invoices, and the webhook that Stripe calls."""

# Annotations are evaluated here, not kept as text, as in ``external_api.api.people``.

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import etag_of
from backend.core.pagination import DEFAULT_LIMIT, MAX_LIMIT, CursorInvalid
from backend.core.problems import problems
from backend.domain.customers import CustomerRight
from backend.domain.subscriptions import EventFacts
from backend.services.billing import (
    BillingByHand,
    BillingService,
    BillingState,
    PlanNotForSale,
    PlanUnchanged,
    PreviewTooOld,
    SubscriptionMissing,
    SubscriptionPresent,
    TrialUnavailable,
)
from backend.services.idempotency import AnswerLost, IdempotencyKeyReused, RequestInProgress, RequestOvertaken
from backend.services.plans import PlanNotFound
from backend.services.publishers import PublisherUnknown
from backend.services.stripe_gateway import (
    LivemodeMismatch,
    PaymentDeclined,
    StripeEventUnreadable,
    StripeRefused,
    StripeSignatureInvalid,
    StripeUnavailable,
    verified_event,
)
from backend.services.stripe_intake import StripeIntake
from backend.services.wakeups import NoWakeups
from external_api.api.access import Runtime
from external_api.api.people import (
    SIGNED_IN_RESPONSES,
    IdempotencyKey,
    Publisher,
    SignedIn,
    billing_service,
    customers_own,
    idempotency_of,
)
from external_api.api.runtime import ExternalRuntime
from external_api.api.schemas.billing import (
    BillingMode,
    ChangePreviewAnswer,
    EventTaken,
    HostedPageAnswer,
    InvoiceList,
    OfferList,
    PlanChangeWanted,
    PlanChoice,
    SubscriptionAnswer,
)

router = APIRouter(prefix="/customers/billing", tags=["customers: billing"])
BillingRead = Annotated[BillingService, billing_service(CustomerRight.BILLING_READ)]
BillingWrite = Annotated[BillingService, billing_service(CustomerRight.BILLING_WRITE)]
#: How anything that is asked of Stripe may be refused.
_STRIPE: Final = (BillingByHand, StripeUnavailable, StripeRefused)
_ONCE: Final = (IdempotencyKeyReused, RequestInProgress, RequestOvertaken, AnswerLost)
#: Stripe's events are some kilobytes; more is nobody's event.
MAX_EVENT_BYTES: Final = 512 * 1024


class EventTooLarge(OpenRegError):
    """The message is larger than any event of Stripe's."""

    code: ClassVar[str] = "stripe_event_too_large"
    kind: ClassVar[ErrorKind] = ErrorKind.TOO_LARGE


@router.get("/plans", responses={**SIGNED_IN_RESPONSES})
async def list_offers(billing: BillingRead, runtime: Runtime) -> OfferList:
    """Plans that can be had, with what they cost."""
    return OfferList.of(await billing.offers(), _mode(billing), runtime.settings.stripe.publishable_key)


@router.get("/subscription", responses={**SIGNED_IN_RESPONSES, **problems(SubscriptionMissing)})
async def get_subscription(billing: BillingRead, response: Response) -> SubscriptionAnswer:
    """What the customer has now, and until when."""
    answer = _shown(billing, await billing.state())
    response.headers["ETag"] = etag_of(answer.model_dump_json(exclude={"checked_at"}))
    return answer


@router.get("/invoices", responses={**SIGNED_IN_RESPONSES, **problems(CursorInvalid)})
async def list_invoices(
    billing: BillingRead,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
) -> InvoiceList:
    """Invoices, newest first."""
    return InvoiceList.of(await billing.invoices(limit, cursor))


@router.post(
    "/checkout-session",
    responses={
        **SIGNED_IN_RESPONSES,
        **problems(*_STRIPE, *_ONCE, PlanNotFound, PlanNotForSale, SubscriptionPresent),
    },
)
async def open_checkout(
    body: PlanChoice, billing: BillingWrite, principal: SignedIn, runtime: Runtime, key: IdempotencyKey = None
) -> HostedPageAnswer:
    """A page of Stripe's to pay for a plan at. Coming back from it proves nothing: ask for the subscription then."""

    async def act() -> BaseModel:
        return HostedPageAnswer.of(await billing.checkout(body.plan, key))

    answer = await _once(runtime, billing, customers_own(key, principal), body, "checkout", act)
    return HostedPageAnswer.model_validate(answer)


@router.post("/portal-session", responses={**SIGNED_IN_RESPONSES, **problems(*_STRIPE)})
async def open_portal(billing: BillingWrite, key: IdempotencyKey = None) -> HostedPageAnswer:
    """A page of Stripe's where means to pay, and invoices, are kept; made for one visit."""
    return HostedPageAnswer.of(await billing.portal(key))


@router.post(
    "/trial",
    responses={
        **SIGNED_IN_RESPONSES,
        **problems(*_STRIPE, *_ONCE, PlanNotFound, PlanNotForSale, TrialUnavailable, SubscriptionMissing),
    },
)
async def start_trial(
    body: PlanChoice, billing: BillingWrite, principal: SignedIn, runtime: Runtime, key: IdempotencyKey = None
) -> SubscriptionAnswer:
    """Try a plan without paying, once; it pauses when the trial ends and there is no means to pay."""

    async def act() -> BaseModel:
        return _shown(billing, await billing.start_trial(body.plan, key))

    answer = await _once(runtime, billing, customers_own(key, principal), body, "trial", act)
    return SubscriptionAnswer.model_validate(answer)


@router.post(
    "/subscription/preview",
    responses={
        **SIGNED_IN_RESPONSES,
        **problems(*_STRIPE, PlanNotFound, PlanNotForSale, SubscriptionMissing, PlanUnchanged),
    },
)
async def preview_change(body: PlanChoice, billing: BillingWrite) -> ChangePreviewAnswer:
    """What another plan would cost at once; nothing is changed."""
    return ChangePreviewAnswer.of(await billing.preview(body.plan))


@router.post(
    "/subscription/change",
    responses={
        **SIGNED_IN_RESPONSES,
        **problems(
            *_STRIPE,
            *_ONCE,
            PlanNotFound,
            PlanNotForSale,
            SubscriptionMissing,
            PlanUnchanged,
            PreviewTooOld,
            PaymentDeclined,
        ),
    },
)
async def change_subscription(
    body: PlanChangeWanted, billing: BillingWrite, principal: SignedIn, runtime: Runtime, key: IdempotencyKey = None
) -> SubscriptionAnswer:
    """Another plan from now on; the difference is charged at once, and when that fails nothing changes."""

    async def act() -> BaseModel:
        return _shown(billing, await billing.change(body.plan, body.counted_from, key))

    answer = await _once(runtime, billing, customers_own(key, principal), body, "change", act)
    return SubscriptionAnswer.model_validate(answer)


@router.post("/subscription/cancel", responses={**SIGNED_IN_RESPONSES, **problems(*_STRIPE, SubscriptionMissing)})
async def cancel_subscription(billing: BillingWrite, key: IdempotencyKey = None) -> SubscriptionAnswer:
    """End with the period that is paid; until then keys work."""
    return _shown(billing, await billing.end_with_period(key, ends=True))


@router.post("/subscription/undo-cancel", responses={**SIGNED_IN_RESPONSES, **problems(*_STRIPE, SubscriptionMissing)})
async def undo_cancellation(billing: BillingWrite, key: IdempotencyKey = None) -> SubscriptionAnswer:
    """Go on after all, as long as the period has not ended."""
    return _shown(billing, await billing.end_with_period(key, ends=False))


@router.post(
    "/webhook",
    responses=problems(
        PublisherUnknown,
        EventTooLarge,
        StripeSignatureInvalid,
        StripeEventUnreadable,
        LivemodeMismatch,
    ),
)
async def take_event(
    request: Request,
    tenant: Publisher,
    runtime: Runtime,
    signature: Annotated[str | None, Header(alias="Stripe-Signature", max_length=2000)] = None,
) -> EventTaken:
    """For Stripe. The answer comes when the event is kept; what it is about is read from Stripe afterwards."""
    body = await _body_of(request)
    event = verified_event(body, signature, runtime.settings.stripe, runtime.now())
    intake = StripeIntake(runtime.database, tenant, NoWakeups(), runtime.now)
    handle = HANDLERS.get(event.type)
    if handle is not None:
        await handle(event, intake)
    return EventTaken()


async def handle_checkout_session_completed(event: EventFacts, intake: StripeIntake) -> None:
    """Somebody has been through a page to pay at, or their bank has answered later: read what was bought."""
    await intake.take(event)


async def handle_customer_subscription_created(event: EventFacts, intake: StripeIntake) -> None:
    """There is a subscription that may not be known yet: read it."""
    await intake.take(event)


async def handle_customer_subscription_updated(event: EventFacts, intake: StripeIntake) -> None:
    """Something about a subscription is different: read it."""
    await intake.take(event)


async def handle_customer_subscription_deleted(event: EventFacts, intake: StripeIntake) -> None:
    """A subscription has ended: read it, and what else the customer has decides what is taken away."""
    await intake.take(replace(event, invoice_id=None))


async def handle_invoice_payment_succeeded(event: EventFacts, intake: StripeIntake) -> None:
    """An invoice was paid: read it, and the subscription that it is for."""
    await intake.take(event)


async def handle_invoice_payment_failed(event: EventFacts, intake: StripeIntake) -> None:
    """An invoice was not paid, or waits for somebody at their bank: read it, and the subscription that it is for."""
    await intake.take(event)


Handler = Callable[[EventFacts, StripeIntake], Awaitable[None]]
#: What is done about which event; others that Stripe may be told to send are answered, and left.
HANDLERS: Final[Mapping[str, Handler]] = {
    "checkout.session.completed": handle_checkout_session_completed,
    "checkout.session.async_payment_succeeded": handle_checkout_session_completed,
    "checkout.session.async_payment_failed": handle_checkout_session_completed,
    "checkout.session.expired": handle_checkout_session_completed,
    "customer.subscription.created": handle_customer_subscription_created,
    "customer.subscription.updated": handle_customer_subscription_updated,
    "customer.subscription.paused": handle_customer_subscription_updated,
    "customer.subscription.resumed": handle_customer_subscription_updated,
    "customer.subscription.trial_will_end": handle_customer_subscription_updated,
    "customer.subscription.deleted": handle_customer_subscription_deleted,
    "invoice.paid": handle_invoice_payment_succeeded,
    "invoice.payment_succeeded": handle_invoice_payment_succeeded,
    "invoice.payment_failed": handle_invoice_payment_failed,
    "invoice.payment_action_required": handle_invoice_payment_failed,
}


async def _body_of(request: Request) -> bytes:
    """The bytes as they come; no more are taken than an event can have."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_EVENT_BYTES:
            raise EventTooLarge
    return bytes(body)


async def _once(
    runtime: ExternalRuntime,
    billing: BillingService,
    key: str | None,
    body: BaseModel,
    route: str,
    act: Callable[[], Awaitable[BaseModel]],
) -> dict[str, object]:
    async def answered() -> dict[str, object]:
        return (await act()).model_dump(mode="json")

    request = {"route": f"customers/billing/{route}", **body.model_dump(mode="json")}
    return await idempotency_of(runtime, billing.scope).once(key, request, answered)


def _mode(billing: BillingService) -> BillingMode:
    return BillingMode.BY_HAND if billing.gateway is None else BillingMode.STRIPE


def _shown(billing: BillingService, state: BillingState) -> SubscriptionAnswer:
    return SubscriptionAnswer.of(state, _mode(billing))
