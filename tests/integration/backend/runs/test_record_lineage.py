"""The way of one record: from its row, over what was found and changed, to its place in the second file."""

from __future__ import annotations

import pytest

from backend.core.ids import RunId
from backend.domain.exceptions import AmendmentFrame, ExceptionState
from backend.domain.permissions import ALL_PERMISSIONS
from backend.services.exception_amendments import Change
from backend.services.exception_records import RecordsUnavailable
from backend.services.exceptions import Chosen
from backend.services.record_lineage import RecordLineageService
from tests.harness.installation import Installation, SourceAddress
from tests.integration.backend.runs.test_resubmission import Desk, run_of

BROKEN = 10


async def test_a_record_is_followed_from_its_row_into_the_second_file(
    installation: Installation, demo_source: SourceAddress
) -> None:
    parent = await run_of(installation, demo_source)
    desk, service = (
        Desk(installation),
        RecordLineageService(installation.scope, ALL_PERMISSIONS, installation.adapters.storage),
    )
    found = (await desk.of(parent))[BROKEN]
    waiting = await service.read(RunId(parent.id), BROKEN)
    assert (waiting.places, waiting.supplements, waiting.entry) == ([], [], None)
    change = Change(AmendmentFrame.SOURCE, "amount", new="12.5")
    await desk.amendments.amend([Chosen(found.id)], [change], "A sign too many.")
    (made,) = await desk.resubmission.resubmit([Chosen(found.id)])
    await installation.finish(RunId(made.run.id))

    lineage = await service.read(RunId(parent.id), BROKEN)
    assert lineage.exception is not None
    assert lineage.exception.state == ExceptionState.RESOLVED
    assert [one.rule_id for one in lineage.record.before.findings] == ["OWN-POSITIVE"]
    assert [(one.column_name, one.new) for one in lineage.amendments] == [("amount", "12.5")]
    assert lineage.places == []
    (supplement,) = lineage.supplements
    (file,) = await installation.runs.artifacts(RunId(made.run.id))
    assert (supplement.run.id, supplement.row.row_number) == (made.run.id, 1)
    assert [(one.file.id, one.position) for one in supplement.places] == [(file.id, 1)]

    second = await service.read(RunId(made.run.id), 1)
    assert second.origin is not None
    assert (second.origin.parent_run_id, second.origin.parent_row_number) == (parent.id, BROKEN)
    assert second.record.before.findings == ()

    # Nine records of the first ten were written before it.
    sound = await service.read(RunId(parent.id), BROKEN + 1)
    assert [one.position for one in sound.places] == [BROKEN]
    with pytest.raises(RecordsUnavailable):
        await service.read(RunId(parent.id), 5_000)
