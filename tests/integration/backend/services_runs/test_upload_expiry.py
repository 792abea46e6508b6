"""Abandoned uploads: those of ended runs go when they are old, and no others."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from backend.core.clock import utc_now
from backend.domain.object_keys import input_key, run_prefix
from backend.domain.runs import RunState
from backend.services.storage import UploadLost
from backend.services.upload_expiry import MIN_AGE, UploadExpiry
from tests.factories.installation import Installation
from tests.factories.rows import AT, Rows


async def test_old_uploads_of_ended_runs_are_aborted_and_no_others(installation: Installation, rows: Rows) -> None:
    storage = installation.adapters.storage
    ended = await rows.run(state=RunState.FAILED, finished_at=AT)
    at_work = await rows.run(await rows.version(await rows.report()), state=RunState.RUNNING)
    keys = {
        name: input_key(run_prefix(rows.person.tenant, run), 1)
        for name, run in {"ended": ended.id, "at work": at_work.id, "another installation's": uuid4()}.items()
    }
    keys["no run's"] = f"tenants/{rows.person.tenant}/{uuid4()}"
    uploads = {name: storage.begin_upload(key) for name, key in keys.items()}
    assert {(one.key, one.upload_id) for one in storage.open_uploads()} >= {
        (keys[name], uploads[name]) for name in keys
    }
    assert await UploadExpiry(installation.system, storage, utc_now).expire() == 0, "it may still be completed"
    later = UploadExpiry(installation.system, storage, lambda: utc_now() + MIN_AGE + timedelta(minutes=1))
    assert await later.expire() == 1
    left = {one.key for one in storage.open_uploads()}
    assert {name for name, key in keys.items() if key in left} == keys.keys() - {"ended"}
    with pytest.raises(UploadLost):
        storage.upload_part(keys["ended"], uploads["ended"], 1, b"x")
    for name, upload in uploads.items():
        storage.abort_upload(keys[name], upload)
