"""Submitted records against an extract, compared once more by plain Python: both find the same differences."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from backend.domain.feedback import AdviceState
from backend.services.scope import TenantScope
from tests.factories.installation import Installation
from tests.factories.reconciliation_desk import Desk, extract
from tests.factories.rows import Rows
from tests.factories.submitted_runs import (
    SubmittedReport,
    line_of,
    submitted_report,
    submitted_run,
    trade,
)

Trade = dict[str, Any]


@pytest.fixture
def desk(installation: Installation, scope: TenantScope, rows: Rows) -> Desk:
    return Desk(installation, scope, rows)


@pytest.fixture
async def report(rows: Rows) -> SubmittedReport:
    return await submitted_report(rows)


def spelled(generator: random.Random, one: Trade) -> list[str]:
    """The same record, written as another system may write it."""
    zone = timezone(timedelta(hours=generator.choice([-5, 0, 1, 9])))
    zeros = "0" * generator.randrange(4)
    quantity = f"{one['quantity']:.5f}{zeros}" if generator.random() < 0.5 else f"{one['quantity'].normalize():f}"
    at = one["traded_at"].astimezone(zone)
    time = generator.choice([at.isoformat(), at.isoformat().replace("T", " "), at.isoformat(timespec="microseconds")])
    words = {True: ["true", "TRUE", "1", "Y"], False: ["false", "N", "0", "no"]}
    venue = one["venue"].lower() if generator.random() < 0.5 else f" {one['venue'].upper()} "
    return line_of(
        one,
        Qty=generator.choice(["", "+"]) + quantity if one["quantity"] > 0 else quantity,
        Price=f"{one['price']:f}",
        Time=time,
        MIC=venue,
        SFT=generator.choice(words[one["is_sft"]]),
        Buyer="" if one["buyer"] is None else one["buyer"],
    )


def random_trade(generator: random.Random) -> Trade:
    """A record of one of 900 transactions."""
    return trade(
        generator.randrange(900),
        status="CANC" if generator.random() < 0.2 else "NEWT",
        quantity=Decimal(generator.randrange(-(10**6), 10**6)) / Decimal(10 ** generator.randrange(5)),
        price=Decimal(generator.randrange(1, 10**9)) / Decimal(10**6),
        traded_at=datetime(2026, 11, 19, tzinfo=UTC) + timedelta(microseconds=generator.randrange(86_400_000_000)),
        venue=generator.choice(["XETR", "xlon"]),
        is_sft=generator.random() < 0.5,
        buyer=generator.choice(["SMITH", "Müller", None]),
    )


async def report_randomly(desk: Desk, report: SubmittedReport, generator: random.Random) -> dict[str, Trade | None]:
    """Three submissions with rejections; what the regulator must have in the end, None where it must have nothing."""
    state: dict[str, Trade | None] = {}
    for order in range(3):
        trades = [random_trade(generator) for _ in range(400)]
        rejected = {row for row in range(1, 401) if generator.random() < 0.1}
        _, submission = await submitted_run(desk.rows, desk.storage, report, trades, order=order, per_group=150)
        await desk.advise(submission, dict.fromkeys(rejected, AdviceState.REJECTED))
        for row, one in enumerate(trades, 1):
            if row in rejected:
                state.setdefault(one["trn"], None)
            else:
                state[one["trn"]] = None if one["status"] == "CANC" else one
    return state


def mutated(generator: random.Random, one: Trade) -> tuple[Trade, list[str]]:
    """The record with some fields changed, and which."""
    changes = (
        ("quantity", "quantity_nominal", one["quantity"] + Decimal("0.00001")),
        ("traded_at", "trading_datetime", one["traded_at"] + timedelta(microseconds=1)),
        ("venue", "venue", "XPAR"),
        ("is_sft", "securities_financing", not one["is_sft"]),
        ("buyer", "buyer_surnames", "JONES"),
    )
    chosen = [each for each in changes if generator.random() < 0.5]
    return {**one, **{column: value for column, _, value in chosen}}, [field for _, field, _ in chosen]


@pytest.mark.parametrize("seed", range(3))
async def test_another_reckoning_finds_the_same(desk: Desk, report: SubmittedReport, seed: int) -> None:
    """Random days with mutations; the expected result is counted record by record, with Python's own types."""
    generator = random.Random(seed)
    state = await report_randomly(desk, report, generator)
    state |= {f"TRNNEW{number}": None for number in range(200)}
    lines, expected = list[list[str]](), Counter[tuple[str, str, str | None]]()
    for name, one in state.items():
        draw = generator.random()
        if one is None and draw < 0.1:
            lines.append(spelled(generator, trade(name.removeprefix("TRN"))))
            expected["extra", name, None] += 1
        elif one is not None and draw < 0.1:
            expected["missing", name, None] += 1
        elif one is not None:
            there, fields = mutated(generator, one) if draw < 0.3 else (one, [])
            expected.update(("different", name, field) for field in fields)
            lines.append(spelled(generator, there))
    generator.shuffle(lines)
    done = await desk.compare(report, extract(lines))
    found = Counter(
        (one.difference.kind, one.difference.record_key.split("/")[1], one.difference.field)
        for one in await desk.differences(done)
    )
    assert {kind for kind, _, _ in expected} == {"missing", "extra", "different"}
    assert found == expected
    assert done.counts.ours == sum(one is not None for one in state.values())
    assert done.counts.equal == done.counts.ours - done.counts.missing - done.counts.different
    assert sum(int(str(one)) for one in done.by_field.values()) == done.counts.fields
