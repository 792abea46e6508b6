"""A run from source rows to verified files, in its own process over real servers."""

import hashlib
import io
import zipfile
from datetime import date, datetime, timedelta

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.core.ids import RunId
from backend.core.pagination import PageRequest
from backend.demo.breaks import expected_breaks
from backend.domain.reports.document import DecisionKind
from backend.domain.runs import RunState
from backend.persistence.models.eligibility import HeldRecord
from backend.persistence.models.quality import QualityDay
from backend.persistence.models.run import Run
from backend.pipeline.decisions import DecisionSearch, RecordDecision
from backend.services.connectors.base import Credentials
from backend.services.held_records import HandDecision, HeldRecordService
from backend.services.held_reporting import HeldReporting, NothingReleased
from backend.services.run_decisions import RunDecisionService
from backend.services.run_ending import TRANSIENT_DELAYS
from backend.services.wakeups import NoWakeups
from tests.harness.installation import REPORTING_DATE, Installation, SourceAddress
from tests.integration.backend.runs.conftest import ROWS

NUMBERS = "SELECT n::bigint AS n, 'row ' || n AS name FROM generate_series(1, {rows}) AS n ORDER BY n"
CSV = {"format": "csv", "packaging": "none", "file_name": "{report}_{sequence}"}


def numbers_document(connector_id: object, rows: int = 1000, **changes: object) -> dict[str, object]:
    return {
        "source": {"connector_id": str(connector_id), "query": NUMBERS.format(rows=rows)},
        "fields": {"number": "n", "name": "name"},
        "outputs": [CSV],
        **changes,
    }


async def test_demo_day_becomes_files_whose_counts_reconcile(installation: Installation, demo_source: SourceAddress):
    view = await installation.run(await installation.add_demo_report(demo_source))
    run = view.run
    assert run.state == RunState.PARTIAL, run.reason
    assert run.rows_in == ROWS
    assert run.set_aside == sum(expected_breaks(ROWS, 7).values())
    assert run.rows_in == run.rows_out + run.set_aside + run.filtered
    assert sum(finding.primary_count for finding in view.findings) == run.set_aside
    files = await installation.artifacts(RunId(run.id))
    for artifact in files.values():
        stored = installation.content(artifact)
        assert hashlib.sha256(stored).hexdigest() == artifact.sha256
        assert len(stored) == artifact.size_bytes
    xml = zipfile.ZipFile(io.BytesIO(installation.content(files["xml"])))
    content = xml.read(xml.namelist()[0])
    assert content.count(b"<Tx>") - content.count(b"<Tx><TradDt>") == run.rows_out
    assert hashlib.sha256(content).hexdigest() == files["xml"].content_sha256


@pytest.mark.schemas
async def test_file_is_called_valid_only_when_the_schemas_are_installed(
    installation: Installation, demo_source: SourceAddress, schema_archive: bytes
):
    report = await installation.add_demo_report(demo_source)
    before = await installation.artifacts(RunId((await installation.run(report)).run.id))
    assert before["xml"].schema_status == "unverified"
    await installation.schemas.install(installation.scope, "mifir.zip", schema_archive)
    after = await installation.artifacts(RunId((await installation.run(report)).run.id))
    assert after["xml"].schema_status == "valid"
    assert after["csv"].schema_status == "not_applicable"


async def test_rule_that_overflows_in_row_250000_fails_the_run_and_leaves_nothing(
    installation: Installation, demo_source: SourceAddress
):
    connector = await installation.add_connector(demo_source)
    query = (
        "SELECT n::bigint AS n, CASE WHEN n = 250000 THEN 123456789012 ELSE n END::bigint AS amount "
        "FROM generate_series(1, 300000) AS n ORDER BY n"
    )
    rule = {
        "id": "OWN-OVERFLOW", "title": "Amount fits", "phase": "target", "severity": "warning",
        "expression": "CAST(amount AS DECIMAL(9,2)) >= 0", "message": "The amount does not fit.",
    }  # fmt: skip
    document = numbers_document(connector) | {
        "source": {"connector_id": str(connector), "query": query},
        "fields": {"number": "n", "amount": "amount"},
        "rules": [rule],
    }
    run = (await installation.run(await installation.add_report(document))).run
    assert run.state == RunState.FAILED
    assert run.reason is not None
    assert run.reason["code"] == "run_blocked"
    assert "OWN-OVERFLOW" in str(run.reason["message"])
    assert "250000" in str(run.reason["message"])
    assert await nothing_is_left(installation, run.id)


async def test_blocking_rule_leaves_no_artifact(installation: Installation, demo_source: SourceAddress):
    rule = {
        "id": "OWN-BLOCK", "title": "No 777", "phase": "source", "severity": "blocking", "expression": "n <> 777",
        "message": "777 is not allowed.",
    }  # fmt: skip
    document = numbers_document(await installation.add_connector(demo_source), rules=[rule])
    view = await installation.run(await installation.add_report(document))
    assert view.run.state == RunState.FAILED
    assert view.run.reason is not None
    assert view.run.reason["details"]["rule_id"] == "OWN-BLOCK"
    assert view.run.reason["details"]["row_number"] == 777
    assert [finding.rule_id for finding in view.findings] == ["OWN-BLOCK"]
    assert await nothing_is_left(installation, view.run.id)


async def test_set_rule_sets_every_duplicate_aside(installation: Installation, demo_source: SourceAddress):
    rule = {
        "id": "OWN-UNIQUE", "title": "Unique", "phase": "set", "scope": "whole_set", "severity": "correctable",
        "expression": "count(*) OVER (PARTITION BY number) = 1", "message": "The number occurs more than once.",
    }  # fmt: skip
    document = numbers_document(
        await installation.add_connector(demo_source),
        fields={"number": "n // 2", "name": "name"},
        rules=[rule],
        on_partial="deliver",
    )
    view = await installation.run(await installation.add_report(document))
    # 1 gives 0 and 1000 gives 500: alone; every other quotient has two rows, far apart or near.
    assert view.run.state == RunState.PARTIAL
    assert (view.run.rows_out, view.run.set_aside) == (2, 998)


async def test_filtered_rows_are_counted_apart(installation: Installation, demo_source: SourceAddress):
    document = numbers_document(await installation.add_connector(demo_source), filter="n % 10 <> 0")
    run = (await installation.run(await installation.add_report(document))).run
    assert run.state == RunState.SUCCEEDED, run.reason
    assert (run.rows_in, run.rows_out, run.filtered) == (1000, 900, 100)


async def test_excluded_and_held_records_are_counted_apart_found_again_and_wait(
    installation: Installation, demo_source: SourceAddress
):
    decisions = [
        {"when": "n % 100 = 0", "decision": "exclude", "code": "ROUND", "reason": "Round numbers do not count."},
        {"when": "n > 950", "decision": "hold", "code": "LATE", "reason": "Their data arrives later."},
    ]
    document = numbers_document(
        await installation.add_connector(demo_source), filter="n <> 1", eligibility=decisions, record_key=["name"]
    )
    run = (await installation.run(await installation.add_report(document))).run
    assert run.state == RunState.SUCCEEDED, run.reason
    assert (run.rows_in, run.rows_out, run.filtered, run.excluded, run.held) == (1000, 940, 1, 10, 49)
    service = RunDecisionService(installation.scope, installation.adapters.storage)
    counts = {one.code: (one.decision, one.count) for one in await service.counts(RunId(run.id))}
    assert counts == {"LATE": ("hold", 49), "ROUND": ("exclude", 10)}
    (found,) = (await service.page(RunId(run.id), DecisionSearch(key="row 960"), PageRequest())).items
    assert found == RecordDecision(960, "row 960", DecisionKind.HOLD, "LATE")
    async with installation.scope.transaction() as session:
        waiting = (await session.scalars(select(HeldRecord).where(HeldRecord.run_id == run.id))).all()
    assert sorted(one.row_number for one in waiting) == list(range(951, 1000))
    assert {(one.state, one.code) for one in waiting} == {("held", "LATE")}


async def test_released_records_are_reported_by_a_supplemental_run_that_decides_nothing_again(
    installation: Installation, demo_source: SourceAddress
):
    decisions = [{"when": "n > 990", "decision": "hold", "code": "LATE", "reason": "Their data arrives later."}]
    document = numbers_document(await installation.add_connector(demo_source), eligibility=decisions)
    run = (await installation.run(await installation.add_report(document))).run
    async with installation.scope.transaction() as session:
        held = (await session.scalars(select(HeldRecord).where(HeldRecord.run_id == run.id))).all()
    chosen = [one.id for one in held if one.row_number in {995, 1000}]
    await HeldRecordService(installation.scope).decide(chosen, HandDecision.RELEASE, "They have arrived.")
    reporting = HeldReporting(installation.scope, NoWakeups())
    added, records = await reporting.report(RunId(run.id))
    with pytest.raises(NothingReleased):
        await reporting.report(RunId(run.id))
    supplement = (await installation.finish(RunId(added.id))).run
    assert supplement.state == RunState.SUCCEEDED, supplement.reason
    assert (records, supplement.rows_in, supplement.rows_out, supplement.held) == (2, 2, 2, 0)
    (file,) = (await installation.artifacts(RunId(supplement.id))).values()
    assert installation.content(file).decode().splitlines()[1:] == ["995,row 995", "1000,row 1000"]
    async with installation.scope.transaction() as session:
        states = await session.scalars(select(HeldRecord.state).where(HeldRecord.id.in_(chosen)))
        assert set(states) == {"reported"}
        (day,) = await session.scalars(select(QualityDay).where(QualityDay.report_id == run.report_id))
    # The day is still that of the regular run.
    assert (day.run_id, day.expected, day.held) == (run.id, 1000, 10)


async def test_a_decision_that_cannot_be_evaluated_stops_the_run(
    installation: Installation, demo_source: SourceAddress
):
    decisions = [{"when": "1000 // (n - 700) > 0", "decision": "hold", "code": "ODD", "reason": "No reason."}]
    document = numbers_document(await installation.add_connector(demo_source), eligibility=decisions)
    view = await installation.run(await installation.add_report(document))
    assert view.run.state == RunState.FAILED
    assert view.run.reason is not None
    assert view.run.reason["details"]["rule_id"] == "ELIGIBILITY-ODD"
    assert view.run.reason["details"]["row_number"] == 700
    assert await nothing_is_left(installation, view.run.id)


async def test_output_is_split_into_files_of_at_most_max_records(
    installation: Installation, demo_source: SourceAddress
):
    output = CSV | {"file_name": "{report}_{file_number}", "max_records": 300}
    document = numbers_document(await installation.add_connector(demo_source), outputs=[output])
    run = (await installation.run(await installation.add_report(document))).run
    files = await installation.runs.artifacts(RunId(run.id))
    assert [file.records for file in files] == [300, 300, 300, 100]
    lines = [line for file in files for line in installation.content(file).decode().splitlines()[1:]]
    assert lines == [f"{n},row {n}" for n in range(1, 1001)]


@pytest.mark.parametrize(
    ("on_empty", "state", "files"),
    [("no_file", RunState.SUCCEEDED, 0), ("nil_report", RunState.SUCCEEDED, 1), ("fail", RunState.FAILED, 0)],
)
async def test_empty_day_is_what_the_report_says(
    installation: Installation, demo_source: SourceAddress, on_empty: str, state: RunState, files: int
):
    document = numbers_document(await installation.add_connector(demo_source), rows=0, on_empty=on_empty)
    run = (await installation.run(await installation.add_report(document))).run
    assert run.state == state
    assert len(await installation.runs.artifacts(RunId(run.id))) == files


async def test_same_rows_give_the_same_content(installation: Installation, demo_source: SourceAddress):
    report = await installation.add_demo_report(demo_source)
    first = await installation.artifacts(RunId((await installation.run(report)).run.id))
    second = await installation.artifacts(RunId((await installation.run(report)).run.id))
    assert first["csv"].content_sha256 == second["csv"].content_sha256


async def test_partial_run_is_held_until_a_person_releases_it(installation: Installation, demo_source: SourceAddress):
    report = await installation.add_demo_report(demo_source, on_partial="hold")
    run = (await installation.run(report)).run
    assert run.is_held
    released = await installation.runs.release(RunId(run.id))
    assert not released.is_held


async def test_source_that_is_down_is_tried_again_and_then_named(
    installation: Installation, demo_source: SourceAddress
):
    connector = await installation.connectors.create(
        name="closed-later",
        kind="postgresql",
        settings={
            "host": demo_source.host,
            "port": demo_source.port,
            "database": demo_source.database,
            "ssl_mode": "disable",
        },
        credentials=_credentials(demo_source),
    )
    report = await installation.add_report(numbers_document(connector.id))
    async with installation.scope.transaction() as session:
        stored = await session.get(type(connector), connector.id)
        stored.settings = {**stored.settings, "port": 1}
    run_id = RunId((await installation.runs.request(report, REPORTING_DATE, {})).id)
    for delay in TRANSIENT_DELAYS:
        began = utc_now()
        await installation.supervisor().supervise(installation.tenant, run_id)
        await due_now(installation, run_id, delay, began)
    run = (await installation.finish(run_id)).run
    assert run.state == RunState.FAILED
    assert run.transient_failures == len(TRANSIENT_DELAYS)
    assert run.reason is not None
    assert run.reason["fix"]


async def due_now(installation: Installation, run_id: RunId, delay: timedelta, began: datetime) -> None:
    """What an attempt since ``began`` has put off by ``delay`` is due now: that it is waited for is shown elsewhere."""
    async with installation.scope.transaction() as session:
        run = await session.get_one(Run, run_id)
        assert (run.state, run.lease_owner) == (RunState.RUNNING, None)
        assert run.lease_expires_at is not None
        assert began + delay <= run.lease_expires_at <= utc_now() + delay
        run.lease_expires_at = utc_now()


async def test_reporting_date_reaches_the_query_as_a_bound_value(
    installation: Installation, demo_source: SourceAddress
):
    connector = await installation.add_connector(demo_source)
    document = numbers_document(connector) | {
        "source": {"connector_id": str(connector), "query": "SELECT :reporting_date AS day"},
        "fields": {"day": "day", "same": "day = reporting_date()"},
    }
    run = (await installation.run(await installation.add_report(document), date(2026, 2, 3))).run
    (file,) = await installation.runs.artifacts(RunId(run.id))
    assert installation.content(file).decode().splitlines()[1] == "2026-02-03,true"


async def nothing_is_left(installation: Installation, run_id: object) -> bool:
    """No artifact row, no visible object, no open upload of the run."""
    if await installation.runs.artifacts(RunId(run_id)):
        return False
    prefix = f"tenants/{installation.tenant}/runs/{run_id}/artifacts/"
    return not list(installation.adapters.storage.list(prefix))


def _credentials(source: SourceAddress) -> Credentials:
    return Credentials(username=source.username, password=SecretStr(source.password))


async def test_source_whose_columns_changed_fails_the_run_by_name(
    installation: Installation, demo_source: SourceAddress
):
    with psycopg.connect(demo_source.dsn, autocommit=True) as connection:
        connection.execute(
            "DROP TABLE IF EXISTS changing; CREATE TABLE changing AS SELECT 1::bigint AS n, 2::numeric(9,2) AS a"
        )
        connector = await installation.add_connector(demo_source)
        document = numbers_document(connector) | {
            "source": {"connector_id": str(connector), "query": "SELECT n, a FROM changing"},
            "fields": {"number": "n", "amount": "a"},
        }
        report = await installation.add_report(document)
        connection.execute("ALTER TABLE changing ALTER COLUMN a TYPE numeric(9,3)")
    run = (await installation.run(report)).run
    assert run.state == RunState.FAILED
    assert run.reason is not None
    assert run.reason["code"] == "source_schema_changed"
    assert "column a " in str(run.reason["message"])
