"""From a record that was set aside, or reported wrongly, to a supplemental file that holds it and nothing else."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

from backend.core.ids import RunId
from backend.core.pagination import SortedPageRequest
from backend.domain.exceptions import AmendmentFrame, ExceptionAction, ExceptionState
from backend.domain.permissions import ALL_PERMISSIONS
from backend.domain.runs import RunKind, RunState
from backend.persistence.models.run import Run
from backend.persistence.repositories.exception_lists import ExceptionFilter, ExceptionSort, ListedException
from backend.pipeline.trial import RowOutcome
from backend.services.exception_amendments import (
    Change,
    ExceptionAmendmentService,
)
from backend.services.exception_lists import ExceptionListService
from backend.services.exception_records import ExceptionRecordService
from backend.services.exception_resubmission import ExceptionResubmissionService
from backend.services.exceptions import Chosen, ExceptionService
from backend.services.supplemental_runs import SupplementalRuns
from backend.services.wakeups import NoWakeups
from tests.harness.installation import Installation, SourceAddress

ROWS = """
SELECT n::bigint AS n, 'T-' || n AS name,
       CASE WHEN n % 10 = 0 THEN -1.1 ELSE n + 0.0000000001 END::numeric(28,10) AS amount,
       CASE WHEN n % 3 = 0 THEN NULL ELSE DATE '2026-11-20' + (n % 5)::int END AS day,
       CASE WHEN n % 2 = 0 THEN '' ELSE NULL END AS note
  FROM generate_series(1, 1200) AS n ORDER BY n
"""
FIELDS = {"name": "name", "amount": "amount", "day": "day", "note": "coalesce(note, 'none')", "twice": "amount * 2"}
POSITIVE = {
    "id": "OWN-POSITIVE", "title": "Positive", "phase": "source", "severity": "correctable",
    "expression": "amount > 0", "message": "The amount must be positive.",
}  # fmt: skip
CSV = {"format": "csv", "packaging": "none", "file_name": "{report}_{sequence}"}


class Desk:
    """The services of somebody who works on exceptions."""

    def __init__(self, installation: Installation, permissions: frozenset[str] = ALL_PERMISSIONS) -> None:
        scope = installation.scope
        self.records = ExceptionRecordService(scope, permissions, installation.adapters.storage)
        self.amendments = ExceptionAmendmentService(self.records, NoWakeups())
        self.resubmission = ExceptionResubmissionService(self.records, SupplementalRuns(scope), NoWakeups())
        self.exceptions = ExceptionService(scope, NoWakeups())
        self.lists = ExceptionListService(scope)

    async def of(self, run: Run) -> dict[int, ListedException]:
        """The exceptions of a run by row."""
        page = await self.lists.page(
            SortedPageRequest(ExceptionSort.CREATED_AT, limit=200), ExceptionFilter(run_id=run.id)
        )
        return {one.row_number: one for one in page.items}


def lines(installation: Installation, file: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(installation.content(file).decode())))


async def run_of(installation: Installation, source: SourceAddress, **changes: object) -> Run:
    document = {
        "source": {"connector_id": str(await installation.add_connector(source)), "query": ROWS},
        "fields": FIELDS,
        "rules": [POSITIVE],
        "outputs": [CSV],
        "record_key": ["name"],
        **changes,
    }
    return (await installation.run(await installation.add_report(document))).run


async def test_amended_records_alone_are_in_the_supplemental_file_with_exact_values(
    installation: Installation, demo_source: SourceAddress
) -> None:
    parent = await run_of(installation, demo_source)
    assert (parent.state, parent.set_aside) == (RunState.PARTIAL, 120), parent.reason
    desk = Desk(installation)
    found = await desk.of(parent)
    first, second, third = found[10], found[610], found[1200]
    amount = Change(AmendmentFrame.SOURCE, "amount", new="0.0000000001", old="-1.1000000000", is_old_known=True)
    (changed,) = await desk.amendments.amend([Chosen(first.id, first.revision)], [amount], "A sign too many.")
    assert (changed.before.outcome, changed.after.outcome) == (RowOutcome.SET_ASIDE, RowOutcome.REPORTED)
    changes = [
        Change(AmendmentFrame.SOURCE, "amount", expression="abs(amount) * 10"),
        Change(AmendmentFrame.TARGET, "note", new=None),
        Change(AmendmentFrame.TARGET, "day", new="2027-02-28"),
    ]
    preview = await desk.amendments.preview([Chosen(second.id), Chosen(third.id)], changes)
    assert [one.after.outcome for one in preview] == [RowOutcome.REPORTED] * 2
    assert (await desk.of(parent))[610].state == ExceptionState.OPEN, "a preview keeps nothing"
    await desk.amendments.amend([Chosen(second.id), Chosen(third.id)], changes, "The source had another unit.")
    (made,) = await desk.resubmission.resubmit([Chosen(one.id) for one in (first, second, third)])
    assert (made.run.kind, made.run.parent_run_id, made.exceptions) == (RunKind.SUPPLEMENTAL, parent.id, 3)
    view = await installation.finish(RunId(made.run.id))
    assert view.run.state == RunState.SUCCEEDED, view.run.reason
    (file,) = await installation.runs.artifacts(RunId(made.run.id))
    assert lines(installation, file) == [
        {"name": "T-10", "amount": "0.0000000001", "day": "2026-11-20", "note": "", "twice": "0.0000000002"},
        {"name": "T-610", "amount": "11", "day": "2027-02-28", "note": "", "twice": "22"},
        {"name": "T-1200", "amount": "11", "day": "2027-02-28", "note": "", "twice": "22"},
    ]
    after = await desk.of(parent)
    assert {after[row].state for row in (10, 610, 1200)} == {ExceptionState.RESOLVED}
    assert after[20].state == ExceptionState.OPEN
    history = await desk.exceptions.history(first.id)
    actions = [one.action for one in history.events]
    assert actions == [ExceptionAction.AMENDED, ExceptionAction.RESUBMITTED, ExceptionAction.RESOLVED]
    (kept,) = history.amendments
    assert (kept.old, kept.new, Decimal(kept.old or "")) == ("-1.1000000000", "0.0000000001", Decimal("-1.1"))
