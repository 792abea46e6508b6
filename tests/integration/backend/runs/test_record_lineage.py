"""The way of one record: from its row, over what was found and changed, to its place in the second file."""

from __future__ import annotations

import pytest

from backend.api.schemas.record_lineage import RecordLineageAnswer
from backend.core.ids import RunId
from backend.domain.exceptions import AmendmentFrame, ExceptionState
from backend.domain.runs import RunKind
from backend.services.exception_amendments import Change
from backend.services.exception_records import RecordsUnavailable
from backend.services.exceptions import Chosen
from tests.harness.installation import Installation, SourceAddress
from tests.integration.backend.runs.test_resubmission import Desk, run_of

BROKEN = 10


async def test_a_record_is_followed_from_its_row_into_the_second_file(
    installation: Installation, demo_source: SourceAddress
) -> None:
    parent = await run_of(installation, demo_source)
    desk = Desk(installation)
    found = (await desk.of(parent))[BROKEN]
    waiting = await desk.lineages.trace(parent.id, BROKEN)
    assert (waiting.reporting.files, waiting.later, waiting.parent) == ((), [], None)
    change = Change(AmendmentFrame.SOURCE, "amount", new="12.5")
    await desk.amendments.amend([Chosen(found.id)], [change], "A sign too many.")
    (made,) = await desk.resubmission.resubmit([Chosen(found.id)])
    await installation.finish(RunId(made.run.id))

    answer = RecordLineageAnswer.of(await desk.lineages.trace(parent.id, BROKEN))
    assert answer.exception is not None
    assert answer.exception.state == ExceptionState.RESOLVED
    # What the run had found about the row as it came, in the words of the rule for this record.
    assert [(one.rule_id, one.columns) for one in answer.exception.findings] == [("OWN-POSITIVE", ["amount"])]
    assert [(one.column, one.old, one.new) for one in answer.exception.changes] == [("amount", "-1.1000000000", "12.5")]
    assert answer.reporting.files == []
    (later,) = answer.later
    (file,) = await installation.runs.artifacts(RunId(made.run.id))
    assert (later.run_id, later.kind, later.row_number) == (made.run.id, RunKind.SUPPLEMENTAL, 1)
    assert [(one.artifact_id, one.position) for one in later.files] == [(file.id, 1)]

    second = await desk.lineages.trace(made.run.id, 1)
    assert second.parent is not None
    assert (second.parent.parent_run_id, second.parent.parent_row_number) == (parent.id, BROKEN)
    assert second.record.findings == ()

    # Nine records of the first ten were written before it.
    sound = await desk.lineages.trace(parent.id, BROKEN + 1)
    assert [one.position for one in sound.reporting.files] == [BROKEN]
    with pytest.raises(RecordsUnavailable):
        await desk.lineages.trace(parent.id, 5_000)
