"""What the platform starts is what the house rules say about processes and queues."""

from pathlib import Path

from backend.embedded.folder import DataFolder
from backend.embedded.plan import platform_plan

PLAN = platform_plan(DataFolder(Path("/data")), api_port=8100, external_api_port=8101)


def test_every_queue_has_exactly_one_worker():
    queues = [
        queue
        for spec in PLAN.processes
        if "worker" in spec.command
        for queue in spec.command[spec.command.index("-Q") + 1].split(",")
    ]
    assert sorted(queues) == ["billing", "delivery", "maintenance", "runs", "sync", "webhooks"]


def test_apis_listen_on_loopback_at_the_ports_asked_for_and_take_the_platform_down_when_they_die():
    apis = {spec.name: spec for spec in PLAN.processes if spec.port is not None}
    assert {name: spec.port for name, spec in apis.items()} == {"backend": 8100, "external_api": 8101}
    for spec in apis.values():
        assert spec.command[spec.command.index("--host") + 1] == "127.0.0.1"
        assert not spec.restarts
    assert all(spec.restarts for spec in PLAN.processes if spec.name not in apis)


def test_what_the_scheduler_writes_stays_in_the_data_folder():
    (beat,) = [spec for spec in PLAN.processes if spec.name == "beat"]
    assert "/data/beat/schedule" in beat.command
    assert "--pidfile=" in beat.command
