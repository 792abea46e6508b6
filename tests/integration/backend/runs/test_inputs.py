"""A report over two servers: every input extracted, joined in one order, keys looked up, repeated after a crash."""

import asyncio
import csv
import io
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psutil
import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from backend.core.ids import RunId
from backend.domain.exceptions import AmendmentFrame
from backend.domain.runs import RunState
from backend.persistence.models.run import Run
from backend.persistence.repositories.runs import RunRepository
from backend.services.connectors.base import Credentials
from backend.services.exception_amendments import Change
from backend.services.exceptions import Chosen
from tests.harness.installation import REPORTING_DATE, Installation
from tests.integration.backend.runs.test_resubmission import Desk
from tests.services.mariadb import DATABASE, READER, MariadbSource
from tests.services.source_database import READER_PASSWORD, SourceDatabase
from tests.services.waiting import until

CSV = {"format": "csv", "packaging": "none", "file_name": "{report}_{sequence}"}
#: Trades in an order that no key has: their numbers modulo a prime.
TRADES = "select id, trade_date, price, note from trades order by (id * 7) % 997, id"
#: Two legs for every fifth trade; those of the thousandth and of no trade besides.
LEGS = """
select id as trade, price * 3 as fee, note from trades where id % 5 = 0
union all select id, price * 4, 'second' from trades where id % 5 = 0
order by fee desc, trade, note desc
"""
BOOKS = (
    "select id % 7 as book, max(id) as newest, min(trade_date) as opened from trades where id % 7 < 5 group by id % 7"
)
JOIN = """
select s.id, s.price, s.trade_date, l.fee, l.note as leg, s.id % 7 as book
  from source s left join legs l on l.trade = s.id
"""
FIELDS = {
    "id": "id",
    "price": "price",
    "fee": "coalesce(fee, 0)",
    "leg": "leg",
    "newest": "lookup('books', book, 'newest')",
    "opened": "lookup('books', book, 'opened')",
}


@dataclass(frozen=True)
class Sources:
    """Connectors to both servers."""

    installation: Installation
    postgresql: str
    mysql: str

    def document(self, **changes: Any) -> dict[str, Any]:
        """The trades of one server, their legs and books of the other."""
        document = {
            "source": {"connector_id": self.postgresql, "query": TRADES},
            "inputs": {
                "legs": {"connector_id": self.mysql, "query": LEGS},
                "books": {"connector_id": self.mysql, "query": BOOKS, "key": ["book"]},
            },
            "join": JOIN,
            "fields": FIELDS,
            "outputs": [CSV],
        }
        return {**document, **changes}

    async def run(self, **changes: Any) -> Run:
        """One run of such a report to its end."""
        report = await self.installation.add_report(self.document(**changes))
        return (await self.installation.run(report)).run


@pytest.fixture
async def sources(installation: Installation, postgresql: SourceDatabase, mariadb: MariadbSource) -> Sources:
    made = []
    for kind, port, database, username in (
        ("postgresql", postgresql.port, postgresql.database, postgresql.reader),
        ("mysql", mariadb.port, DATABASE, READER),
    ):
        connector = await installation.connectors.create(
            name=f"{kind}-{os.urandom(4).hex()}",
            kind=kind,
            settings={"host": "127.0.0.1", "port": port, "database": database, "ssl_mode": "disable"},
            credentials=Credentials(username=username, password=SecretStr(READER_PASSWORD)),
        )
        made.append(str(connector.id))
    return Sources(installation, *made)


def trade(number: int) -> tuple[Decimal, date]:
    """What both servers know of a trade."""
    return Decimal(number) / 8, date(2026, 3, 1) + timedelta(number % 2)


def plain(number: Decimal) -> str:
    """As a CSV file has it."""
    return f"{number.normalize():f}"


def expected_rows() -> list[dict[str, str]]:
    """The report, worked out without a database."""
    newest = {book: max(one for one in range(1, 1001) if one % 7 == book) for book in range(5)}
    found = []
    for number in sorted(range(1, 1001), key=lambda one: ((one * 7) % 997, one)):
        price = trade(number)[0]
        note = "" if number % 3 == 0 else f"n{number}"
        # The legs come with the highest fee first: the second one of a trade costs more.
        legs = [(price * 4, "second"), (price * 3, note)] if number % 5 == 0 else [(Decimal(0), "")]
        book = number % 7
        for fee, leg in legs:
            found.append(
                {
                    "id": str(number),
                    "price": plain(price),
                    "fee": plain(fee),
                    "leg": leg,
                    "newest": str(newest[book]) if book in newest else "",
                    "opened": date(2026, 3, 1).isoformat() if book in newest else "",
                }
            )
    return found


async def content_of(installation: Installation, run: Run) -> bytes:
    assert run.state == RunState.SUCCEEDED, run.reason
    (file,) = await installation.runs.artifacts(RunId(run.id))
    return installation.content(file)


async def test_rows_of_two_servers_are_joined_in_the_order_of_the_source(installation: Installation, sources: Sources):
    run = await sources.run()
    rows = list(csv.DictReader(io.StringIO((await content_of(installation, run)).decode())))
    assert rows == expected_rows()
    stored = {name: (one["rows"], one["key"]) for name, one in run.inputs.items()}
    assert {name: rows for name, (rows, _) in stored.items()} == {"source": 1000, "legs": 400, "books": 5}
    prefix = f"tenants/{installation.tenant}/runs/{run.id}/inputs/"
    kept = {one.key for one in installation.adapters.storage.list(prefix)}
    assert kept == {key for _, key in stored.values()}
    content = await content_of(installation, run)
    await _produce_again(installation, RunId(run.id))
    resumed = (await installation.finish(RunId(run.id))).run
    assert resumed.inputs == run.inputs, "the inputs were extracted again"
    assert await content_of(installation, resumed) == content


async def _produce_again(installation: Installation, run_id: RunId) -> None:
    """The run as it was when it had extracted everything and nothing more."""
    async with installation.scope.transaction() as session:
        runs = RunRepository(session, installation.tenant)
        await runs.forget_attempt(run_id)
        await session.execute(text("DELETE FROM artifacts WHERE run_id = :run"), {"run": run_id})
        again = await runs.find_for_update(run_id)
        assert again is not None
        again.state, again.finished_at = RunState.PENDING, None
        again.rows_out = again.set_aside = again.filtered = again.row_groups_done = 0


async def test_a_missing_key_sets_its_records_aside(installation: Installation, sources: Sources):
    inputs = sources.document()["inputs"]
    inputs["books"]["missing"] = "finding"
    run = await sources.run(inputs=inputs)
    assert run.state == RunState.PARTIAL, run.reason
    view = await installation.runs.view(RunId(run.id))
    assert {one.rule_id for one in view.findings} == {"LOOKUP-books"}
    lost = [row for row in expected_rows() if not row["newest"]]
    assert (run.rows_out, run.set_aside) == (1200 - len(lost), len(lost))


async def test_a_corrected_record_is_joined_with_the_stored_rows_of_every_input(
    installation: Installation, sources: Sources
):
    rule = {
        "id": "OWN-FEE", "title": "Fee", "phase": "source", "severity": "correctable",
        "expression": "fee IS NULL OR fee < 370 OR leg <> 'second'", "message": "The fee is too high.",
    }  # fmt: skip
    parent = await sources.run(rules=[rule])
    assert parent.state == RunState.PARTIAL, parent.reason
    desk = Desk(installation)
    found = await desk.of(parent)
    assert len(found) == parent.set_aside > 1
    change = Change(AmendmentFrame.SOURCE, "fee", expression="CAST(fee / 100 AS DECIMAL(19, 8))")
    await desk.amendments.amend([Chosen(one.id) for one in found.values()], [change], "It was in pence.")
    (made,) = await desk.resubmission.resubmit([Chosen(one.id) for one in found.values()])
    ended = (await installation.finish(RunId(made.run.id))).run
    assert (ended.state, ended.rows_out) == (RunState.SUCCEEDED, len(found)), ended.reason
    lines = list(csv.DictReader(io.StringIO((await content_of(installation, ended)).decode())))
    expected = [
        {**one, "fee": plain(Decimal(one["fee"]) / 100)}
        for one in expected_rows()
        if one["leg"] == "second" and Decimal(one["fee"]) >= 370
    ]
    assert lines == expected


async def test_an_input_whose_column_has_another_type_now_is_named(
    installation: Installation, sources: Sources, postgresql: SourceDatabase
):
    postgresql.run("create table rates (code text, rate numeric(10, 2)); insert into rates values ('n1', 1.5)")
    postgresql.run(f"grant select on rates to {postgresql.reader}")
    try:
        inputs = {
            "rates": {"connector_id": sources.postgresql, "query": "select code, rate from rates", "key": ["code"]}
        }
        fields = {"id": "id", "rate": "lookup('rates', note, 'rate')"}
        document = sources.document(inputs=inputs, fields=fields)
        del document["join"]
        report = await installation.add_report(document)
        postgresql.run("alter table rates alter column rate type numeric(10, 3)")
        run = (await installation.run(report)).run
    finally:
        postgresql.run("drop table rates")
    assert run.state == RunState.FAILED
    assert run.reason is not None
    assert run.reason["code"] == "source_schema_changed"
    assert "column rate of the input rates has the type decimal128(10, 3)" in str(run.reason["message"])


async def test_a_crash_while_the_second_input_is_read_repeats_all_of_them(
    installation: Installation, sources: Sources, postgresql: SourceDatabase
):
    inputs = sources.document()["inputs"]
    # Sleeps as long as somebody holds the lock, so that the crash falls into the second input.
    slow = BOOKS.replace("from trades", "from gate, trades")
    inputs["books"] = {"connector_id": sources.postgresql, "query": slow, "key": ["book"]}
    postgresql.run("create table gate (one int); insert into gate values (1)")
    postgresql.run(f"grant select on gate to {postgresql.reader}")
    try:
        report = await installation.add_report(sources.document(inputs=inputs))
        run = await installation.runs.request(report, REPORTING_DATE, {})
        run_id = RunId(run.id)
        with psycopg.connect(postgresql.superuser_url) as holder:
            holder.execute("LOCK TABLE gate IN ACCESS EXCLUSIVE MODE")
            process = _supervise(installation, run_id)
            prefix = f"tenants/{installation.tenant}/runs/{run.id}/inputs/1/"

            async def second_is_waited_for() -> bool:
                known = [one.key for one in installation.adapters.storage.list(prefix)]
                return f"{prefix}legs.parquet" in known and postgresql.running_queries() > 0

            await until(second_is_waited_for, 60)
            (child,) = psutil.Process(process.pid).children()
            child.send_signal(signal.SIGKILL)
            await asyncio.to_thread(process.wait, 60)
        view = await installation.finish(run_id)
    finally:
        postgresql.run("drop table gate")
    assert view.run.attempt > 1
    rows = list(csv.DictReader(io.StringIO((await content_of(installation, view.run)).decode())))
    assert rows == expected_rows()
    assert not list(installation.adapters.storage.list(prefix)), "what the killed attempt had stored is still there"


def _supervise(installation: Installation, run_id: RunId) -> subprocess.Popen[bytes]:
    arguments = (str(installation.tenant), str(run_id), str(installation.scope.user_id))
    command = [sys.executable, "-m", "tests.harness.supervise", *arguments]
    return subprocess.Popen(command, env={**os.environ, **installation.env})
