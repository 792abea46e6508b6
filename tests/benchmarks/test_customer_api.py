"""The customers' API against its floors, as ratios within one run; each server is one process.

A list of 50 with its key, its limits and its metering against a bare route that sends the same SQL by asyncpg and fills
the same model; an answer from the cache, and an unchanged one, against that list; an empty route with the limiter
against one without. ``OPENREG_BENCH_CALLS`` and ``OPENREG_BENCH_ROUNDS`` set the size.
"""

from __future__ import annotations

import os
import pickle
import statistics
from collections.abc import Mapping
from pathlib import Path

import httpx
import psycopg
import pytest

from backend.config import load_settings
from tests.benchmarks.bare_content import LIMITED, OPEN
from tests.benchmarks.bare_route import MATERIAL, Material
from tests.benchmarks.http_load import seconds_of
from tests.benchmarks.test_lists import served
from tests.factories.customer_rows import CustomerRows
from tests.factories.portal import bearer
from tests.factories.published_rows import PublishedDataset
from tests.factories.rows import Rows
from tests.harness.figures import show
from tests.integration.external_api.conftest import client_of, started
from tests.services.servers import TestDatabase
from tests.services.statements import Statement, statements_sent

CALLS = int(os.environ.get("OPENREG_BENCH_CALLS", "400"))
ROUNDS = int(os.environ.get("OPENREG_BENCH_ROUNDS", "5"))
SHOWN = 50
PATH = "/external_api/v1/reference-data/venues/entries"
#: What a call must reach of the speed of its floor; and what an unchanged answer may cost of a whole one.
LIST_OF_BARE = 0.25
HIT_OF_LIST = 2.0
UNCHANGED_OF_LIST = 0.5
LIMITED_OF_OPEN = 0.4
Target = tuple[int, str, Mapping[str, str], int]


@pytest.fixture
async def headers(rows: Rows, migrated: TestDatabase) -> dict[str, str]:
    """A key of a plan whose limit a benchmark does not reach: it is asked, and never in the way."""
    with psycopg.connect(migrated.superuser_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE plans DROP CONSTRAINT ck_plans_rate_bounded")
    await PublishedDataset.made(rows, [f"K{number:03}" for number in range(SHOWN * 2)], name="venues")
    customers = CustomerRows(rows.database, rows.person.tenant)
    _, secret = await customers.key(await customers.customer(await customers.plan(rate_limit_per_minute=100_000_000)))
    return bearer(secret)


async def _answer(environment: Mapping[str, str], headers: dict[str, str]) -> tuple[list[Statement], httpx.Response]:
    """The list as one process of ours answers it, and the statements of one call that is not its first."""
    async with started(load_settings(environment)) as application, client_of(application) as client:
        await client.get(PATH, params={"limit": SHOWN}, headers=headers)
        with statements_sent() as sent:
            answer = await client.get(PATH, params={"limit": SHOWN}, headers=headers)
        return [one for one in sent if "customer_" not in one.text], answer


def _without_limits(environment: Mapping[str, str]) -> dict[str, str]:
    return {**environment, "ANSWER_CACHE_SECONDS": "0"}


async def test_the_list_the_cache_and_the_limiter(
    rows: Rows, headers: dict[str, str], migrated: TestDatabase, environment: dict[str, str], tmp_path: Path
) -> None:
    uncached, cached = _without_limits(environment), {**environment, "ANSWER_CACHE_SECONDS": "3600"}
    statements, answer = await _answer(uncached, headers)
    assert len(answer.json()["items"]) == SHOWN
    material = Material(PATH, migrated.superuser_url, tuple(statements), answer.json())
    (tmp_path / "material").write_bytes(pickle.dumps(material))
    bare_environment = {**environment, MATERIAL: str(tmp_path / "material")}
    ours = "tests.benchmarks.bare_content:with_empty_routes"
    path = f"{PATH}?limit={SHOWN}"
    with (
        served("tests.benchmarks.bare_content:create_app", bare_environment, tmp_path / "bare.log") as bare,
        served(ours, uncached, tmp_path / "ours.log") as plain,
        served(ours, cached, tmp_path / "cached.log") as caching,
    ):
        taken = await _in_turn(
            {
                "bare": (bare, path, headers, 200),
                "list": (plain, path, headers, 200),
                "hit": (caching, path, headers, 200),
                "unchanged": (plain, path, {**headers, "If-None-Match": answer.headers["etag"]}, 304),
                "open": (plain, OPEN, {}, 200),
                "limited": (plain, LIMITED, headers, 200),
            }
        )
    for name, seconds in taken.items():
        show(f"{name:10} {seconds / CALLS * 1000:6.2f} ms")
    ratios = {
        "list of bare": (taken["bare"] / taken["list"], LIST_OF_BARE),
        "hit of list": (taken["list"] / taken["hit"], HIT_OF_LIST),
        "list of unchanged": (taken["list"] / taken["unchanged"], 1 / UNCHANGED_OF_LIST),
        "limited of open": (taken["open"] / taken["limited"], LIMITED_OF_OPEN),
    }
    for name, (ratio, least) in ratios.items():
        show(f"{name:18} {ratio:5.2f} (at least {least:.2f})")
    assert {name: ratio for name, (ratio, least) in ratios.items() if ratio < least} == {}


async def _in_turn(targets: Mapping[str, Target]) -> dict[str, float]:
    """Median over rounds of the time of ``CALLS`` calls to each, in turn, after a first look at each."""
    taken: dict[str, list[float]] = {name: [] for name in targets}
    for port, path, headers, status in targets.values():
        await seconds_of(port, path, headers, 80, status)
    for _ in range(ROUNDS):
        for name, (port, path, headers, status) in targets.items():
            taken[name].append(await seconds_of(port, path, headers, CALLS, status))
    return {name: statistics.median(seconds) for name, seconds in taken.items()}
