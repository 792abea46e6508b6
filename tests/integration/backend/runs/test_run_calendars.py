"""Working days in runs: counted with the calendars as they were when the run was made."""

from __future__ import annotations

from datetime import date
from typing import Any

from backend.core.etags import Precondition
from backend.core.ids import ConnectorId, RunId
from backend.domain.calendars import CalendarDefinition, OwnDay
from backend.domain.runs import RunState
from backend.persistence.models.run import Run
from backend.services.calendars import CalendarService
from backend.services.source_uploads import NewUpload, SourceUploadService
from tests.harness.installation import REPORTING_DATE, Installation

TABLE = {"name": "trades", "file": {"format": "csv"}, "columns": [{"name": "day", "type": "date"}]}
FIELDS = {
    "target": "business_day(day, 1, 'TARGET')",
    "house": "business_day(day, 1, 'HOUSE')",
    "bavaria": "business_day(day, -1, 'DE-BY')",
}
#: A Friday, and the Thursday before Good Friday.
ROWS = b"day\n2026-11-20\n2026-04-02\n"
MONDAY_OFF = CalendarDefinition(based_on="TARGET", added=(OwnDay(date=date(2026, 11, 23), name="Moving house"),))


async def _connector(installation: Installation) -> ConnectorId:
    stored = await installation.connectors.create(
        name="days", kind="files", settings={"tables": [TABLE]}, credentials=None
    )
    uploads = SourceUploadService(installation.scope, installation.adapters.storage, 10**9)
    begun = await uploads.begin(ConnectorId(stored.id), NewUpload("days.csv", "trades", len(ROWS)))
    await uploads.add_part(ConnectorId(stored.id), begun.id, 0, ROWS)
    await uploads.complete(ConnectorId(stored.id), begun.id)
    return ConnectorId(stored.id)


async def _lines(installation: Installation, run: Run) -> list[str]:
    assert run.state == RunState.SUCCEEDED, run.reason
    (file,) = await installation.runs.artifacts(RunId(run.id))
    return installation.content(file).decode().splitlines()


async def test_a_run_counts_with_the_days_it_was_made_with(installation: Installation) -> None:
    calendars = CalendarService(installation.scope)
    house = await calendars.create("HOUSE", "", MONDAY_OFF)
    document: dict[str, Any] = {
        "source": {
            "connector_id": str(await _connector(installation)),
            "query": "select day from files.trades where :reporting_date is not null order by day desc",
        },
        "fields": FIELDS,
        "outputs": [{"format": "csv", "packaging": "none", "file_name": "{report}_{sequence}"}],
    }
    report = await installation.add_report(document)
    first = (await installation.run(report)).run
    assert await _lines(installation, first) == [
        "target,house,bavaria",
        "2026-11-23,2026-11-24,2026-11-19",
        "2026-04-07,2026-04-07,2026-04-01",
    ]
    pins = first.calendars
    assert set(pins) == {"TARGET", "HOUSE", "DE-BY"}
    assert pins["HOUSE"]["version"] == 1  # type: ignore[index]  # JSON as it is stored
    await calendars.change(house.id, None, CalendarDefinition(based_on="TARGET"), Precondition())
    second = (await installation.run(report)).run
    assert (await _lines(installation, second))[1] == "2026-11-23,2026-11-23,2026-11-19"
    assert (await installation.runs.get(RunId(first.id))).calendars == pins
    assert second.reporting_date == REPORTING_DATE
