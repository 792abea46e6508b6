"""Feedback of 2 GB: read as it comes, in memory that does not grow with it, and it ends in a state."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
import pytest

from backend.domain.feedback import FeedbackSource, FeedbackState
from backend.services.feedback import Arrival
from backend.services.scope import TenantScope
from tests.factories.answered import LEI, NAMESPACE, Answered, reported_submission
from tests.factories.feedback_desk import Desk
from tests.factories.installation import Installation
from tests.factories.rows import Rows
from tests.harness.figures import show

RECORDS = 1_000
REDUCED_BYTES = 12 * 1024 * 1024
FULL_BYTES = int(os.environ.get("OPENREG_FEEDBACK_BYTES", str(2 * 1024**3)))
#: Whatever the size of the file.
MOST_GROWTH = 512 * 1024 * 1024
WORDS = "The instrument is not in the reference data of the day. " * 6


class Growth:
    """The most memory that this process has held more than at the beginning, in bytes."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._before = self.most = self._process.memory_info().rss
        self._ended = threading.Event()

    @property
    def size(self) -> int:
        return self.most - self._before

    @contextmanager
    def watched(self) -> Iterator[Growth]:
        watching = threading.Thread(target=self._watch, daemon=True)
        watching.start()
        yield self
        self._ended.set()
        watching.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.05):
            self.most = max(self.most, self._process.memory_info().rss)


def write(out: IO[bytes], message_id: str, size: int, *, is_whole: bool) -> int:
    """An answer of so many bytes that lists the same records again and again; how many it lists."""
    out.write(f'<Document xmlns="{NAMESPACE}"><FinInstrmRptgStsAdvc><StsAdvc>'.encode())
    out.write(f"<MsgRptIdr>{message_id}</MsgRptIdr><MsgSts><Sts>PART</Sts></MsgSts>".encode())
    block = b"".join(
        f"<RcrdSts><OrgnlRcrdId>{LEI}TRN{row}</OrgnlRcrdId><Sts>RJCT</Sts>"
        f"<VldtnRule><Id>CON-412</Id><Desc>{row} {WORDS}</Desc></VldtnRule></RcrdSts>".encode()
        for row in range(1, RECORDS + 1)
    )
    listed = 0
    while out.tell() + len(block) < size:
        out.write(block)
        listed += RECORDS
    if is_whole:
        out.write(b"</StsAdvc></FinInstrmRptgStsAdvc></Document>")
    out.seek(0)
    return listed


async def bring(desk: Desk, answered: Answered, folder: Path, size: int, *, is_whole: bool) -> None:
    with (folder / "answer.xml").open("w+b") as content:
        listed = write(content, answered.message_id, size, is_whole=is_whole)
        began, growth = time.perf_counter(), Growth()
        with growth.watched():
            arrival = Arrival("answer.xml", FeedbackSource.UPLOAD)
            file, _ = await desk.service.receive(content, 1, arrival)
            await desk.reader.read(desk.rows_scope.tenant, file.id)
    ended = (await desk.service.get(file.id)).file
    show(
        f"feedback of {size / 1e6:,.0f} MB, {listed:,} records: {ended.state} in {time.perf_counter() - began:.0f} s, "
        f"{growth.size / 1e6:.0f} MB more memory"
    )
    assert growth.size <= MOST_GROWTH
    submission = await desk.submission(answered)
    if is_whole:
        assert (ended.state, ended.rows_done) == (FeedbackState.APPLIED, listed)
        assert (submission.state, submission.rejected_count) == ("rejected", RECORDS)
        assert len(await desk.exceptions(answered)) == RECORDS
    else:
        assert (ended.state, ended.reason_code) == (FeedbackState.REFUSED, "not_well_formed")
        assert submission.unconfirmed_count == RECORDS


@pytest.fixture
async def answered(rows: Rows, installation: Installation) -> Answered:
    return await reported_submission(rows, installation.adapters.storage, RECORDS)


@pytest.fixture
def desk(installation: Installation, scope: TenantScope) -> Desk:
    return Desk(installation, scope)


@pytest.mark.parametrize("is_whole", [True, False])
async def test_large_feedback_is_applied_or_refused_in_bounded_memory(
    desk: Desk, answered: Answered, tmp_path: Path, *, is_whole: bool
) -> None:
    await bring(desk, answered, tmp_path, REDUCED_BYTES, is_whole=is_whole)


@pytest.mark.long
@pytest.mark.parametrize("is_whole", [True, False])
async def test_two_gigabytes_of_feedback_are_applied_or_refused_in_bounded_memory(
    desk: Desk, answered: Answered, tmp_path: Path, *, is_whole: bool
) -> None:
    await bring(desk, answered, tmp_path, FULL_BYTES, is_whole=is_whole)
