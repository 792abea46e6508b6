"""Whatever order, number or part of a subscription's events is heard of: what is believed is what Stripe says."""

from __future__ import annotations

import random
from typing import Any

import pytest

from backend.domain.subscriptions import OVER
from tests.integration.external_api.billing import Till

DAY = 86_400


class Trial:
    """One customer whose subscription lives through what chance has chosen, and whose events come as chance wants."""

    def __init__(self, till: Till, chance: random.Random) -> None:
        self.till, self.chance = till, chance
        self.waiting: list[dict[str, Any]] = []
        self.dropped = 0
        self.names: list[str] = []

    async def live(self) -> None:
        """Steps of a life, and between them some of the events."""
        session = await self.till.checkout(self.chance.choice(["small", "large"]))
        self._complete(session)
        await self._hear_some()
        for _ in range(self.chance.randint(2, 5)):
            self._step()
            await self._hear_some()

    async def end(self) -> None:
        """The rest comes in any order, some of it never; then an hour passes."""
        self._collect()
        self.chance.shuffle(self.waiting)
        for event in self.waiting:
            if self.chance.random() < 0.25:
                self.dropped += 1
                continue
            for _ in range(self.chance.choice([1, 1, 2])):
                assert (await self.till.deliver(event)).status_code == 200
            if self.chance.random() < 0.2:
                await self.till.work().look()
        await self.till.work().look()

    async def differences(self) -> list[str]:
        """Where what is written down is not what Stripe's stand-in has."""
        stored = {one.stripe_id: one for one in await self.till.stored()}
        found = []
        for name in self.names:
            true, row = self.till.stripe.thing(name), stored.get(name)
            item = true["items"]["data"][0]
            wanted = (true["status"], item["price"]["id"], item["current_period_end"], true["cancel_at_period_end"])
            has = row and (row.status, row.price_id, int(row.current_period_end.timestamp()), row.cancel_at_period_end)
            if has != wanted:
                found.append(f"{name}: {has} instead of {wanted}")
        best = max((one.access_until for one in stored.values()), default=None)
        customer = await self.till.entitled()
        now = self.till.database.now()
        opens = customer.plan_until is not None and customer.plan_until > now
        if opens != (best is not None and best > now):
            found.append(f"opens: {opens}, though the subscriptions say until {best}")
        return found

    def leave(self) -> None:
        """What follows is about others."""
        for name in self.names:
            if self.till.stripe.thing(name)["status"] not in OVER:
                self.till.stripe.control(f"subscriptions/{name}/do", what="cancel")

    def _complete(self, session: str) -> None:
        self.names.append(self.till.stripe.control(f"checkouts/{session}/complete")["subscription"])

    def _step(self) -> None:
        name, control = self.names[-1], self.till.stripe.control
        one = self.till.stripe.thing(name)
        if one["status"] in OVER:
            return
        step = self.chance.choice(["renew", "fail", "mend", "cancel", "collect", "pause_collection", "days"])
        if step in ("renew", "days"):
            control("clock", advance=(31 if step == "renew" else self.chance.randint(1, 9)) * DAY)
        elif step in ("fail", "mend"):
            control(f"customers/{one['customer']}/card", works=step == "mend")
        else:
            control(f"subscriptions/{name}/do", what=step)

    def _collect(self) -> None:
        self.waiting += self.till.events()

    async def _hear_some(self) -> None:
        self._collect()
        self.chance.shuffle(self.waiting)
        count = self.chance.randint(0, len(self.waiting))
        heard, self.waiting = self.waiting[:count], self.waiting[count:]
        for event in heard:
            assert (await self.till.deliver(event)).status_code == 200
            if self.chance.random() < 0.5:
                self.waiting.append(event)
        if self.chance.random() < 0.6:
            await self.till.work().look()


@pytest.mark.parametrize(
    ("seed", "trials"),
    [(0, 5), *(pytest.param(seed, 50, marks=pytest.mark.long) for seed in range(1, 11))],
)
async def test_any_order_ends_in_what_stripe_says(till: Till, seed: int, trials: int) -> None:
    chance = random.Random(seed)
    wrong, dropped = [], 0
    for number in range(trials):
        trial = Trial(await till.new_customer() if number else till, chance)
        await trial.live()
        await trial.end()
        dropped += trial.dropped
        if trial.dropped:
            await till.hour_passes()
        wrong += await trial.differences()
        trial.leave()
    assert not wrong
    assert dropped >= trials // 2, "hardly anything was lost: the reconciliation was not tried"
