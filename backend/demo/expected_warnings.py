"""The warnings a run of the demo must give, counted in the trades by other means than the rules."""

from __future__ import annotations

from typing import Final

import polars as pl

from backend.demo.instruments import instrument_rows
from backend.demo.trades import Day, count_gifts, make_trades

#: Rules that look up what the demo does not install: each says once that it was not asked.
_NOT_ASKED: Final = ("MR-14", "MR-17", "MR-18", "MR-21", "MR-29", "MR-31")
_ROWS_PER_FRAME: Final = 50_000
_COMPLEX_TRADE: Final = ("entity_id", "package_id")
_POSITION: Final = ("entity_id", "day", "instrument")


def expected_warnings(day: Day) -> dict[str, int]:
    """Records by the rule that warns of them, for the rules that do.

    Gifts have no price (MR-22). What is cancelled was not reported before (MR-06). Packages are of one trade each, so
    that no other component is there (MR-28). What goes through an aggregated account is not balanced (MR-30).
    """
    trades = _trades(day)
    sent = trades.filter(pl.col("action") == "NEW")
    counts = {
        "MR-06": trades.height - sent.height,
        "MR-22": count_gifts(day),
        "MR-28": _incomplete_packages(sent),
        "MR-30": _unbalanced(sent, day),
        **dict.fromkeys(_NOT_ASKED, 1),
    }
    return {rule: count for rule, count in counts.items() if count}


def _trades(day: Day) -> pl.DataFrame:
    """All trades, in the few columns that are looked at."""
    frames = []
    for start in range(0, day.rows, _ROWS_PER_FRAME):
        trades = make_trades(day, start, min(start + _ROWS_PER_FRAME, day.rows))
        frames.append(
            trades.select(
                "action",
                "entity_id",
                "package_id",
                "instrument_id",
                "quantity_type",
                pl.col("quantity").cast(pl.Decimal(38, 17)),
                pl.col("executed_at").dt.date().alias("day"),
                pl.concat_str("price_form", pl.col("price").str.strip_prefix("-"), separator=" ").alias("price"),
                (pl.col("own_side") == "BUY").alias("is_buying"),
                "is_aggregated",
                "is_counterparty_aggregated",
            )
        )
    return pl.concat(frames)


def _incomplete_packages(sent: pl.DataFrame) -> int:
    """Trades that are alone in their package, or have another price than the rest of it."""
    packages = (
        sent.filter(pl.col("package_id") != "").group_by(_COMPLEX_TRADE).agg(pl.len(), pl.col("price").n_unique())
    )
    return int(packages.filter((pl.col("len") == 1) | (pl.col("price") > 1))["len"].sum())


def _unbalanced(sent: pl.DataFrame, day: Day) -> int:
    """Trades through an aggregated account, of an entity, day and instrument that does not come out at zero."""
    through = sent.filter(pl.col("is_aggregated") | pl.col("is_counterparty_aggregated"))
    if through.is_empty():
        return 0
    names = pl.DataFrame(
        [(row["instrument_id"], row.get("isin") or row["full_name"]) for row in instrument_rows(day.seed)],
        schema={"instrument_id": pl.Int64, "instrument": pl.String},
        orient="row",
    )
    # The account buys when it stands on the firm's own side of a purchase, or on the other side of a sale.
    is_bought = pl.when("is_buying").then("is_aggregated").otherwise("is_counterparty_aggregated")
    bought = pl.when(is_bought).then("quantity").otherwise(-pl.col("quantity"))
    sums = (
        through.join(names, on="instrument_id", how="left")
        .group_by(*_POSITION, "quantity_type")
        .agg(pl.len(), bought.sum().alias("net"))
        .group_by(_POSITION)
        .agg(pl.col("len").sum(), (pl.col("net") != 0).any().alias("is_open"))
    )
    return int(sums.filter("is_open")["len"].sum())
