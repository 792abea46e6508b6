"""The ledger of a run: every written record once, with the place in the files where it really stands."""

import io
from typing import Any

from backend.core.ids import RunId
from backend.domain.runs import RunState
from backend.persistence.repositories.runs import RunRepository
from backend.pipeline.ledger_reader import LedgerObject
from backend.services.record_ledger import RecordLedger
from tests.harness.installation import Installation, SourceAddress

KEY = ["reference"]
# Row 700 fails a rule, every tenth row is filtered; three row groups of 500 rows.
QUERY = "SELECT n::bigint AS n, 'R' || n AS reference FROM generate_series(1, 1200) AS n ORDER BY n"
RULE = {
    "id": "OWN-01", "title": "Not 701", "phase": "target", "severity": "correctable", "expression": "number <> 701",
    "message": "701 is wrong.",
}  # fmt: skip


def document(connector: object, **changes: object) -> dict[str, Any]:
    whole = {"format": "csv", "file_name": "{report}_{sequence}_whole"}
    split = {"format": "csv", "file_name": "{report}_{sequence}_{file_number}", "max_records": 300}
    return {
        "source": {"connector_id": str(connector), "query": QUERY},
        "filter": "n % 10 <> 0",
        "fields": {"number": "n", "reference": "reference"},
        "outputs": [whole, split],
        "record_key": KEY,
        "rules": [RULE],
        "on_partial": "deliver",
        **changes,
    }


def ledger_of(installation: Installation) -> RecordLedger:
    return RecordLedger(installation.scope, installation.adapters.storage)


async def test_every_written_record_is_found_where_its_place_says(
    installation: Installation, demo_source: SourceAddress
):
    report = await installation.add_report(document(await installation.add_connector(demo_source)))
    run = (await installation.run(report)).run
    assert (run.state, run.rows_out, run.set_aside) == (RunState.PARTIAL, 1079, 1), run.reason
    lines = {
        (one.output_number, one.file_number): installation.content(one).decode().splitlines()[1:]
        for one in await installation.runs.artifacts(RunId(run.id))
    }
    seen = 0
    async with installation.scope.transaction() as session:
        groups = await RunRepository(session, installation.tenant).row_groups(RunId(run.id))
    for group in groups:
        stored = LedgerObject(io.BytesIO(installation.adapters.storage.read(group.ledger_key)))
        numbers = stored.columns(["row_number"]).to_series().to_list()
        entries = stored.find_rows(numbers)
        assert len(entries) == group.rows_out
        for entry in entries:
            seen += 1
            assert entry.record_key == f"R{entry.row_number}"
            for place in entry.places:
                line = lines[place.output_number, place.file_number][place.position - 1]
                assert line == f"{entry.row_number},R{entry.row_number}"
            assert [place.output_number for place in entry.places] == [0, 1]
    assert seen == run.rows_out


async def test_record_is_found_by_row_and_by_key_and_what_was_not_written_is_not(
    installation: Installation, demo_source: SourceAddress
):
    report = await installation.add_report(document(await installation.add_connector(demo_source)))
    run_id = RunId((await installation.run(report)).run.id)
    ledger = ledger_of(installation)
    found = await ledger.find_row(run_id, 1101)
    assert found is not None
    assert await ledger.find_key(run_id, "R1101") == [found]
    # 1101 is the 990th that the filter leaves; 701 before it was set aside.
    assert [(one.output_number, one.file_number, one.position) for one in found.places] == [(0, 1, 990), (1, 4, 90)]
    assert found.identity == {"reference": "R1101"}
    for absent in (701, 700, 1201, 0):
        assert await ledger.find_row(run_id, absent) is None
    assert await ledger.find_key(run_id, "R701") == []
    again = RunId((await installation.run(report)).run.id)
    repeated = await ledger.find_row(again, 1101)
    assert repeated is not None
    assert repeated.content == found.content


async def test_run_that_failed_has_reported_nothing(installation: Installation, demo_source: SourceAddress):
    blocking = RULE | {"severity": "blocking", "expression": "number <> 1101"}
    report = await installation.add_report(document(await installation.add_connector(demo_source), rules=[blocking]))
    run = (await installation.run(report)).run
    assert run.state == RunState.FAILED
    assert run.row_groups_done > 0
    assert await ledger_of(installation).find_row(RunId(run.id), 1) is None
    assert await ledger_of(installation).find_key(RunId(run.id), "R1") == []
