"""Random advices through the service: the last word about each record counts, and a replay changes nothing."""

from __future__ import annotations

import io
import itertools
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from lxml import etree
from sqlalchemy import func, select

from backend.domain.feedback import FeedbackState
from backend.domain.webhooks import WebhookEventType
from backend.persistence.models.exception import RunException
from backend.persistence.models.feedback import RecordAdvice
from backend.persistence.models.notice import Notice
from backend.persistence.models.submission import Submission, SubmissionEvent
from backend.persistence.models.webhook import Event
from backend.services.scope import TenantScope
from tests.factories.answered import LEI, Answered, reported_submission
from tests.factories.feedback_desk import Desk
from tests.factories.installation import Installation
from tests.factories.random_advices import RandomDocument
from tests.factories.rows import Rows
from tests.services.skips import schemas_folder

RECORDS = 200
#: Told a second time, after the schemas.
STATES = {"ACPT": "accepted", "PDNG": "pending", "RCVD": "received", "RJCT": "rejected"}
pytestmark = pytest.mark.schemas


@dataclass(frozen=True)
class Said:
    """An answer as bytes, the same in other bytes, and what it says of records in its order."""

    content: bytes
    again: bytes
    records: Sequence[tuple[int, str]]


def drawn(message_id: str, seed: int) -> Said:
    """A random document of the regulator's schema, made to be about records of ours, without its drawn counts."""
    folder = schemas_folder()
    assert folder is not None
    draws = random.Random(seed)
    root = RandomDocument(folder / "mifir/auth.031.001.01_ESMAUG_Reporting_1.1.0.xsd", draws).draw()
    namespace = etree.QName(root).namespace
    records: list[tuple[int, str]] = []
    for advice in root.iter(f"{{{namespace}}}StsAdvc"):
        for named in advice.findall(f"{{{namespace}}}MsgRptIdr"):
            advice.remove(named)
        named = etree.Element(f"{{{namespace}}}MsgRptIdr")
        named.text = message_id
        advice.insert(0, named)
        (status,) = advice.iterfind(f"{{{namespace}}}MsgSts")
        for name in ("Sttstcs", "MsgDt"):  # a date alone makes no other answer
            for unused in status.findall(f"{{{namespace}}}{name}"):
                status.remove(unused)
        is_read = status.findtext(f"{{{namespace}}}Sts") not in {"INCF", "CRPT"}
        for record in advice.iterfind(f"{{{namespace}}}RcrdSts"):
            row = draws.randint(1, RECORDS)
            (name,) = record.iterfind(f"{{{namespace}}}OrgnlRcrdId")
            name.text = f"{LEI}TRN{row}"
            if is_read:
                records.append((row, STATES[str(record.findtext(f"{{{namespace}}}Sts"))]))
    content = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    root.insert(0, etree.Comment(" sent again "))
    return Said(content, etree.tostring(root, xml_declaration=True, encoding="UTF-16"), records)


def distinct(message_id: str, files: int) -> list[Said]:
    """So many answers of which no two are the same: short ones are drawn twice."""
    found: dict[bytes, Said] = {}
    for seed in itertools.count():
        one = drawn(message_id, seed)
        found.setdefault(one.content, one)
        if len(found) == files:
            break
    return list(found.values())


async def everything(desk: Desk, answered: Answered) -> tuple[object, ...]:
    """All that answers have made, but for the news that a file has come."""
    async with desk.rows_scope.reading() as session:
        submission = await session.get_one(Submission, answered.submission.id)
        exceptions = await session.execute(
            select(RunException.row_number, RunException.state, RunException.revision).order_by(RunException.row_number)
        )
        heard = select(func.count()).select_from(Event).where(Event.type != WebhookEventType.FEEDBACK_RECEIVED)
        counted = [
            await session.scalar(select(func.count()).select_from(model))
            for model in (RecordAdvice, Notice, SubmissionEvent)
        ]
        return (
            submission.state,
            submission.revision,
            submission.counts,
            [tuple(one) for one in exceptions],
            *counted,
            await session.scalar(heard),
        )


async def replay(desk: Desk, answered: Answered, files: int) -> None:
    advices = distinct(answered.message_id, files)
    last: dict[int, str] = {}
    for number, one in enumerate(advices):
        file = await desk.bring(io.BytesIO(one.content), f"{number}.xml")
        assert file.state == FeedbackState.APPLIED, (number, file.reason)
        last |= dict(one.records)
    counts = (await desk.submission(answered)).counts
    expected = Counter(last.values())
    assert (counts.accepted, counts.pending, counts.rejected) == (
        expected["accepted"],
        expected["pending"],
        expected["rejected"],
    )
    before = await everything(desk, answered)
    for number, one in enumerate(advices):
        same = await desk.bring(io.BytesIO(one.content), f"same-{number}.xml")
        assert same.name == f"{number}.xml"
        other = await desk.bring(io.BytesIO(one.again), f"other-{number}.xml")
        assert (other.state, other.reason_code) == (FeedbackState.APPLIED, "repeated")
    assert await everything(desk, answered) == before


@pytest.fixture
async def answered(rows: Rows, installation: Installation) -> Answered:
    return await reported_submission(rows, installation.adapters.storage, RECORDS)


@pytest.fixture
def desk(installation: Installation, scope: TenantScope) -> Desk:
    return Desk(installation, scope)


async def test_random_advices_again_change_nothing(desk: Desk, answered: Answered) -> None:
    await replay(desk, answered, 15)


@pytest.mark.long
async def test_a_thousand_random_advices_again_change_nothing(desk: Desk, answered: Answered) -> None:
    await replay(desk, answered, 1_000)
