"""Every zone an author may name means the same to Polars and to DuckDB."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import polars as pl

from backend.domain.expressions.calendar_units import list_zones

MOMENTS = [datetime(2024, 7, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC), datetime(1990, 7, 1, tzinfo=UTC)]


def test_wall_clocks_of_all_zones_agree() -> None:
    zones = sorted(list_zones())
    instants = pl.Series(MOMENTS)
    ours = {zone: instants.dt.convert_time_zone(zone).dt.replace_time_zone(None).to_list() for zone in zones}
    parts = ", ".join(f"timezone('{zone}', moment) AS \"{zone}\"" for zone in zones)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("moments", pl.DataFrame({"moment": instants, "place": range(len(MOMENTS))}).to_arrow())
        theirs = connection.sql(f"SELECT {parts} FROM moments ORDER BY place").pl()
    assert len(zones) > 400
    assert {zone: theirs[zone].to_list() for zone in zones} == ours
