"""What a run warns of, counted once more, trade by trade."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from backend.demo.expected_warnings import expected_warnings
from backend.demo.instruments import instrument_rows
from backend.demo.trades import Day, make_trades

DAY = Day(7, date(2026, 11, 20), 3000)


def test_each_warning_is_counted_as_its_rule_counts_it() -> None:
    names = {row["instrument_id"]: row.get("isin") or row["full_name"] for row in instrument_rows(DAY.seed)}
    cancelled, packages, accounts = 0, defaultdict(list), defaultdict(list)
    for trade in make_trades(DAY, 0, DAY.rows).iter_rows(named=True):
        if trade["action"] == "CANCEL":
            cancelled += 1
            continue
        if trade["package_id"]:
            packages[trade["entity_id"], trade["package_id"]].append(trade)
        own, other = trade["is_aggregated"], trade["is_counterparty_aggregated"]
        buys = own if trade["own_side"] == "BUY" else other
        if own or other:
            place = (trade["entity_id"], trade["executed_at"].date(), names[trade["instrument_id"]])
            sign = 1 if buys else -1
            accounts[place].append((trade["quantity_type"], sign * Decimal(trade["quantity"])))
    nets = {
        place: {kind: sum(one for other, one in legs if other == kind) for kind, _ in legs}
        for place, legs in accounts.items()
    }
    expected = expected_warnings(DAY)
    assert cancelled > 20
    assert expected["MR-06"] == cancelled
    assert expected["MR-28"] == sum(len(legs) for legs in packages.values() if len(legs) == 1) > 20
    assert expected["MR-30"] == sum(len(legs) for place, legs in accounts.items() if any(nets[place].values())) > 20


def test_a_day_without_trades_that_warn_has_only_what_is_not_asked() -> None:
    assert set(expected_warnings(Day(7, date(2026, 11, 20), 1)).values()) == {1}
