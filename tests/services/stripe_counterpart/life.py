"""How subscriptions live: begun, paid, renewed, not paid, paused, changed, ended; each step with its events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.services.stripe_counterpart.ledger import Ledger, Refused, Thing

DAY = 86_400
#: Payments that fail are tried again after so many days; after the last one the subscription ends.
RETRIES = (3, 8, 15, 21)
OVER = ("canceled", "incomplete_expired")


class Life:
    """Subscriptions and invoices of one account."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def begin(
        self,
        customer: str,
        price: Thing,
        *,
        trial_days: int,
        metadata: Thing,
        pauses: bool = False,
        payment: str = "works",
    ) -> Thing:
        """A new subscription, its first invoice paid or not."""
        now = self.ledger.now
        end = now + trial_days * DAY if trial_days else _after(now, price)
        made = self.ledger.new(
            "sub",
            "subscription",
            customer=customer,
            status="trialing" if trial_days else "incomplete",
            currency=price["currency"],
            start_date=now,
            billing_cycle_anchor=now,
            cancel_at_period_end=False,
            cancel_at=None,
            canceled_at=None,
            ended_at=None,
            trial_start=now if trial_days else None,
            trial_end=end if trial_days else None,
            pause_collection=None,
            collection_method="charge_automatically",
            latest_invoice=None,
            metadata=metadata,
            trial_settings={"end_behavior": {"missing_payment_method": "pause" if pauses else "create_invoice"}},
        )
        item = {
            "id": f"si_{made['id'][4:]}",
            "object": "subscription_item",
            "subscription": made["id"],
            "quantity": 1,
            "price": price,
            "current_period_start": now,
            "current_period_end": end,
        }
        made["items"] = {"object": "list", "data": [item], "has_more": False, "url": "/v1/subscription_items"}
        self.ledger.emit("customer.subscription.created", made)
        if trial_days:
            self._settle(self._invoice(made, 0, "subscription_create"))
            return made
        invoice = self._invoice(made, price["unit_amount"], "subscription_create")
        if payment == "works" and self._pays(made):
            self._settle(invoice)
            self._become(made, "active")
        elif payment != "later":
            self._fail(invoice)
        return made

    def pay(self, invoice: Thing) -> None:
        """An open invoice is paid after all."""
        if invoice["status"] != "open":
            raise Refused(400, "invalid_request_error", "invoice_not_open")
        self._settle(invoice)
        owner = self._owner(invoice)
        if owner["status"] in ("incomplete", "past_due", "unpaid"):
            self._become(owner, "active")

    def fail_first(self, subscription: Thing) -> None:
        """The bank has said no to the first payment."""
        self._fail(self.ledger.get(subscription["latest_invoice"], "invoice"))

    def change(self, subscription: Thing, price: Thing, at: int, *, only_if_paid: bool) -> None:
        """Another price from a moment on; the difference is an invoice."""
        lines = self.prorations(subscription, price, at)
        amount = sum(one["amount"] for one in lines)
        if amount > 0 and only_if_paid and not self._pays(subscription):
            raise Refused(402, "card_error", "card_declined", "Your card was declined.")
        before = _item(subscription)["price"]["id"]
        _item(subscription)["price"] = price
        self.ledger.emit("customer.subscription.updated", subscription, items=before)
        invoice = self._invoice(subscription, amount, "subscription_update", lines)
        if amount <= 0 or self._pays(subscription):
            self._settle(invoice)
        else:
            self._fail(invoice)
            self._become(subscription, "past_due")

    def prorations(self, subscription: Thing, price: Thing, at: int) -> list[Thing]:
        """What is given back and what is charged for the rest of the period."""
        item = _item(subscription)
        start, end = item["current_period_start"], item["current_period_end"]
        if subscription["status"] == "trialing":
            return []
        left = max(0, min(1, (end - at) / (end - start)))
        old, fresh = item["price"]["unit_amount"], price["unit_amount"]
        return [
            _line(f"Unused time after {_day(at)}", -round(old * left), is_proration=True),
            _line(f"Remaining time after {_day(at)}", round(fresh * left), is_proration=True),
        ]

    def end_with_period(self, subscription: Thing, *, ends: bool) -> None:
        """Whether it ends with the period."""
        self._refuse_over(subscription)
        subscription["cancel_at_period_end"] = ends
        subscription["cancel_at"] = _item(subscription)["current_period_end"] if ends else None
        subscription["canceled_at"] = self.ledger.now if ends else None
        self.ledger.emit("customer.subscription.updated", subscription, cancel_at_period_end=not ends)

    def end(self, subscription: Thing, status: str = "canceled") -> None:
        """It is over."""
        self._refuse_over(subscription)
        subscription.update(status=status, ended_at=self.ledger.now, canceled_at=self.ledger.now)
        kind = "customer.subscription.deleted" if status == "canceled" else "customer.subscription.updated"
        self.ledger.emit(kind, subscription)

    def do(self, subscription: Thing, what: str) -> None:
        """What a person can do in Stripe's pages."""
        if what == "cancel":
            self.end(subscription)
        elif what == "pause":
            self._become(subscription, "paused", "customer.subscription.paused")
        elif what == "resume":
            self._begin_period(subscription)
            self._become(subscription, "active", "customer.subscription.resumed")
        else:
            subscription["pause_collection"] = {"behavior": "void"} if what == "pause_collection" else None
            self.ledger.emit("customer.subscription.updated", subscription)

    def move_to(self, target: int) -> None:
        """Let time pass; what is due on the way happens at its time."""
        while True:
            due = min(
                ((at, one["id"]) for one in self.ledger.all("subscription") if (at := self._due(one))), default=None
            )
            if due is None or due[0] > target:
                break
            self.ledger.now = max(self.ledger.now, due[0])
            self._happen(self.ledger.things[due[1]])
        self.ledger.now = max(self.ledger.now, target)

    def _due(self, one: Thing) -> int | None:
        if one["status"] in (*OVER, "paused", "unpaid"):
            return None
        if one["status"] == "incomplete":
            return int(one["created"]) + DAY - 3600
        if one["status"] == "past_due":
            invoice = self.ledger.things[one["latest_invoice"]]
            retry = min(invoice["attempt_count"] - 1, len(RETRIES) - 1)
            return min(int(invoice["created"]) + RETRIES[retry] * DAY, int(_item(one)["current_period_end"]))
        return int(_item(one)["current_period_end"])

    def _happen(self, one: Thing) -> None:
        item = _item(one)
        if one["status"] == "incomplete":
            self.end(one, "incomplete_expired")
        elif one["cancel_at_period_end"] and item["current_period_end"] <= self.ledger.now:
            self.end(one)
        elif one["status"] == "past_due":
            self._try_again(one)
        else:
            self._renew(one)

    def _renew(self, one: Thing) -> None:
        was_trial = one["status"] == "trialing"
        pauses = one["trial_settings"]["end_behavior"]["missing_payment_method"] == "pause"
        if was_trial and pauses and not self.ledger.things[one["customer"]].get("has_card"):
            self._become(one, "paused", "customer.subscription.paused")
            return
        self._begin_period(one)
        invoice = self._invoice(one, _item(one)["price"]["unit_amount"], "subscription_cycle")
        if one["pause_collection"] is not None:
            invoice["status"] = "void"
            self.ledger.emit("invoice.voided", invoice)
            self.ledger.emit("customer.subscription.updated", one)
        elif self._pays(one):
            self._settle(invoice)
            if was_trial:
                self._become(one, "active")
            else:
                self.ledger.emit("customer.subscription.updated", one)
        else:
            self._fail(invoice)
            self._become(one, "past_due")

    def _try_again(self, one: Thing) -> None:
        invoice = self.ledger.things[one["latest_invoice"]]
        if self._pays(one):
            self.pay(invoice)
        elif invoice["attempt_count"] >= len(RETRIES) or _item(one)["current_period_end"] <= self.ledger.now:
            self.end(one)
        else:
            self._fail(invoice)

    def _begin_period(self, one: Thing) -> None:
        item = _item(one)
        start = (
            max(item["current_period_end"], self.ledger.now)
            if one["status"] == "paused"
            else item["current_period_end"]
        )
        item.update(current_period_start=start, current_period_end=_after(start, item["price"]))

    def _invoice(self, one: Thing, amount: int, reason: str, lines: list[Thing] | None = None) -> Thing:
        item = _item(one)
        number = len(self.ledger.all("invoice")) + 1
        made = self.ledger.new(
            "in",
            "invoice",
            customer=one["customer"],
            status="open",
            number=f"COUNTERPART-{number:04d}",
            currency=one["currency"],
            total=amount,
            amount_due=max(amount, 0),
            amount_paid=0,
            amount_remaining=max(amount, 0),
            attempt_count=0,
            attempted=False,
            billing_reason=reason,
            period_start=item["current_period_start"],
            period_end=item["current_period_end"],
            hosted_invoice_url=None,
            invoice_pdf=None,
            parent={
                "type": "subscription_details",
                "subscription_details": {"subscription": one["id"], "metadata": one["metadata"]},
            },
            lines={"object": "list", "data": lines or [_line("Subscription", amount)], "has_more": False},
        )
        made["hosted_invoice_url"] = f"{self.ledger.things['_address']['url']}/invoice/{made['id']}"
        made["invoice_pdf"] = f"{made['hosted_invoice_url']}.pdf"
        one["latest_invoice"] = made["id"]
        self.ledger.emit("invoice.created", made)
        self.ledger.emit("invoice.finalized", made)
        return made

    def _settle(self, invoice: Thing) -> None:
        invoice.update(status="paid", amount_paid=invoice["amount_due"], amount_remaining=0, attempted=True)
        invoice["attempt_count"] += 1
        self.ledger.emit("invoice.paid", invoice)
        self.ledger.emit("invoice.payment_succeeded", invoice)

    def _fail(self, invoice: Thing) -> None:
        invoice["attempted"] = True
        invoice["attempt_count"] += 1
        self.ledger.emit("invoice.payment_failed", invoice)

    def _become(self, one: Thing, status: str, kind: str = "customer.subscription.updated") -> None:
        before, one["status"] = one["status"], status
        self.ledger.emit(kind, one, status=before)

    def _pays(self, one: Thing) -> bool:
        return one["customer"] not in self.ledger.broken_cards

    def _owner(self, invoice: Thing) -> Thing:
        return self.ledger.get(invoice["parent"]["subscription_details"]["subscription"], "subscription")

    def _refuse_over(self, one: Thing) -> None:
        if one["status"] in OVER:
            raise Refused(404, "invalid_request_error", "resource_missing", "No such subscription.")


def _item(subscription: Thing) -> Thing:
    found: Thing = subscription["items"]["data"][0]
    return found


def _line(description: str, amount: int, *, is_proration: bool = False) -> Thing:
    details: dict[str, Any] = {"proration": is_proration}
    parent = {"type": "subscription_item_details", "subscription_item_details": details}
    return {"object": "line_item", "description": description, "amount": amount, "parent": parent}


def _after(start: int, price: Thing) -> int:
    recurring = price["recurring"]
    count = int(recurring["interval_count"])
    if recurring["interval"] in ("day", "week"):
        return start + count * DAY * (7 if recurring["interval"] == "week" else 1)
    moment = datetime.fromtimestamp(start, UTC)
    months = moment.month - 1 + count * (12 if recurring["interval"] == "year" else 1)
    year, month = moment.year + months // 12, months % 12 + 1
    return int(moment.replace(year=year, month=month, day=min(moment.day, 28)).timestamp())


def _day(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%d %b %Y}"
