"""Plans of the kinds that give one: of the guarded query, with its parameters, and without running it."""

import time
from datetime import date
from typing import cast

import pytest

from backend.domain.expressions.types import DATE
from backend.services.connectors import faults
from backend.services.connectors.base import ExplainingConnector, SourceParameter
from tests.services.mariadb import MariadbSource
from tests.services.source_database import SourceDatabase

Source = SourceDatabase | MariadbSource


@pytest.fixture(params=["postgresql", "mariadb"])
def source(request: pytest.FixtureRequest) -> Source:
    found: Source = request.getfixturevalue(request.param)
    return found


def explaining(source: Source) -> ExplainingConnector:
    return cast("ExplainingConnector", source.connect())


def test_the_plan_is_that_of_the_query_and_runs_nothing(source: Source) -> None:
    connector = explaining(source)
    assert connector.capabilities.explains
    started = time.monotonic()
    query = "select a.id from trades a, trades b, trades c, trades d, trades e where a.trade_date = :day"
    plan = connector.explain(query, {"day": SourceParameter(DATE, date(2026, 3, 2))})
    assert time.monotonic() - started < 5
    assert len(plan) >= 5
    by_key = connector.explain("select id from trades where id = 7", {})
    assert any("trades_pkey" in line or "PRIMARY" in line for line in by_key)
    assert not any(
        "trades_pkey" in line or "PRIMARY" in line for line in connector.explain("select note from trades", {})
    )


@pytest.mark.parametrize(
    ("query", "fault"),
    [("select nope from trades", faults.ColumnUnknown), ("analyze select 1", faults.QueryInvalid)],
)
def test_what_cannot_be_read_is_not_explained(source: Source, query: str, fault: type[faults.ConnectorError]) -> None:
    with pytest.raises(fault):
        explaining(source).explain(query, {})
