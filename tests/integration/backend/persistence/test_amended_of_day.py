"""Which run of a day is corrected where several have amended records."""

from __future__ import annotations

import pytest

from backend.persistence.repositories.back_reporting import BackReportingRepository
from tests.factories.rows import AT, REPORTING_DATE, Rows


@pytest.mark.parametrize(
    ("states", "meant"),
    [
        (("accepted", "partially_accepted"), 1),
        (("partially_accepted", "withdrawn"), 0),
        (("rejected", "prepared"), 0),
        (("prepared", "prepared"), 1),
        ((None, None), 1),
        (("sent", None), 0),
    ],
)
async def test_the_run_that_told_the_regulator_last_is_corrected(
    rows: Rows, states: tuple[str | None, str | None], meant: int
) -> None:
    version = await rows.version(await rows.report())
    found = []
    for sequence, state in enumerate(states, 1):
        run = await rows.run(version, sequence=sequence, state="succeeded", finished_at=AT)
        if state is not None:
            await rows.submission(run, state=state)
        amended = [await rows.exception(run, state="amended", row_number=number) for number in (3, 5)]
        await rows.exception(run, row_number=9)
        found.append([one.id for one in amended])
    async with rows.database.transaction(rows.person.tenant) as session:
        again = BackReportingRepository(session, rows.person.tenant)
        assert list(await again.amended_of_day(version.report_id, REPORTING_DATE)) == found[meant]
