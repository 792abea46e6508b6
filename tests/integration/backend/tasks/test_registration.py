"""What the workers know: tasks by explicit names, one queue each, sweepers on a clock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from backend.persistence.clock import MAX_DEVIATION

SAY = """
import json
from backend.tasks.app import app
app.loader.import_default_modules()
tasks = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
print(json.dumps({
    "names": sorted(tasks),
    "modules": sorted({task.__module__ for task in tasks.values()}),
    "limits": {name: task.time_limit for name, task in tasks.items()},
    "beat": {name: [entry["task"], entry["schedule"], entry["options"]["queue"], entry["options"]["expires"]]
             for name, entry in app.conf.beat_schedule.items()},
    "acks_late": app.conf.task_acks_late,
    "reject_lost": app.conf.task_reject_on_worker_lost,
    "prefetch": app.conf.worker_prefetch_multiplier,
    "ignore_result": app.conf.task_ignore_result,
    "backend": app.conf.result_backend,
    "default_limit": app.conf.task_time_limit,
    "visibility": app.conf.broker_transport_options["visibility_timeout"],
    "utc": [app.conf.timezone, app.conf.enable_utc],
    "accept": list(app.conf.accept_content),
}))
"""


@pytest.fixture
def known(environment: dict[str, str]) -> dict[str, Any]:
    """What a worker of this installation says about itself."""
    done = subprocess.run(
        [sys.executable, "-c", SAY],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_worker_knows_its_tasks_queues_and_clock(known: dict[str, Any]) -> None:
    assert known["names"] == [
        "answers.look",
        "answers.sweep",
        "billing.events",
        "billing.read_all",
        "billing.reconcile",
        "connectors.retest",
        "connectors.sweep",
        "customers.expire",
        "deadlines.sweep",
        "deliveries.deliver",
        "deliveries.sweep",
        "feedback.read",
        "feedback.sweep",
        "held_records.sweep",
        "mails.send",
        "mails.sweep",
        "notices.sweep",
        "quality.measure",
        "reconciliations.compare",
        "reconciliations.sweep",
        "reports.sweep",
        "runs.execute",
        "runs.sweep",
        "schedules.tick",
        "triggers.look",
        "triggers.sweep",
        "uploads.expire",
        "webhook_recoveries.sweep",
        "webhooks.drain",
        "webhooks.expire",
        "webhooks.sweep",
    ]
    assert {entry[0] for entry in known["beat"].values()} == {
        name
        for name in known["names"]
        if name.endswith((".sweep", ".tick", ".expire", ".measure")) or name.startswith("billing.")
    }
    for task, seconds, queue, expires in known["beat"].values():
        assert task in known["names"]
        assert queue == ("billing" if task.startswith("billing.") else "maintenance")
        assert seconds <= 10 or task.endswith((".expire", ".measure", ".reconcile", ".read_all")), (
            "what was missed must not wait long"
        )
        assert expires > MAX_DEVIATION.total_seconds(), "a worker whose clock is a little off must not throw it away"
        assert expires <= 3 * seconds + MAX_DEVIATION.total_seconds(), "sweeps must not pile up while nobody works"
    limits = known["limits"]
    assert (limits.pop("runs.execute"), known["default_limit"]) == (None, None), "a run is watched, not timed"
    assert all(limits.values()), "everything else must end"
    assert (known["acks_late"], known["reject_lost"], known["prefetch"]) == (True, True, 1)
    assert (known["ignore_result"], known["backend"]) == (True, None)
    assert known["visibility"] >= 3600
    assert known["utc"] == ["UTC", True]
    assert known["accept"] == ["json"], "pickled messages would be code"
