"""The installation that docker-compose.yml starts, as its users and its operators meet it: `make docker-test`."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests.harness.browser import FLAGS, Visitor, chromium_path
from tests.harness.compose import ComposeProject, waited

pytestmark = [pytest.mark.docker, pytest.mark.timeout(3000)]
FRONTEND, PORTAL = "http://127.0.0.1:13000", "http://127.0.0.1:13001"
APIS = ("backend", "external_api")
WORKERS = ("worker-runs", "worker-delivery", "worker-webhooks", "worker-maintenance", "beat")
#: The same run row from its beginning, so that identifiers and times in its files are the same.
START_OVER = """
delete from delivery_attempts where delivery_id in (select id from deliveries where run_id = '{run}');
delete from deliveries where run_id = '{run}';
delete from artifacts where run_id = '{run}';
delete from run_events where run_id = '{run}';
delete from run_steps where run_id = '{run}';
delete from run_row_groups where run_id = '{run}';
delete from run_outputs where run_id = '{run}';
delete from run_findings where run_id = '{run}';
delete from findings where run_id = '{run}';
delete from exceptions where run_id = '{run}';
update runs set state = 'pending', stage = 'extract', attempt = 0, reason = null, input_key = null,
  input_sha256 = null, input_size_bytes = null, started_at = null, finished_at = null, lease_owner = null,
  lease_expires_at = null, rows_in = 0, rows_out = 0, set_aside = 0, filtered = 0, row_groups_done = 0,
  row_groups_total = 0 where id = '{run}';
"""


def hashes(project: ComposeProject, run: object) -> str:
    """Names and hashes of a run's files, as stored and unpacked."""
    return project.sql(f"select name, sha256, content_sha256 from artifacts where run_id = '{run}' order by name")


def test_people_sign_in_through_the_web_server_and_customers_meet_the_portal(project: ComposeProject) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        person = Visitor.arrive(browser, FRONTEND)
        page = person.page
        page.goto("/")
        page.get_by_label("E-mail").fill(project.setting("OPENREG_ADMIN_EMAIL"))
        page.get_by_label("Password", exact=True).fill(project.setting("OPENREG_ADMIN_PASSWORD"))
        page.get_by_role("button", name="Sign in").click()
        for _ in range(2):  # the second time the session is renewed by its cookie alone
            page.get_by_role("heading", name="Dashboard").wait_for()
            assert page.evaluate("window.__cspViolations") == []
            page.reload()
        page.goto(PORTAL)
        page.get_by_text("The service is available").wait_for()
        assert page.evaluate("window.__cspViolations") == []
        assert person.crashes == []


def test_the_demonstration_succeeds_inside_of_the_containers(demonstration: dict[str, Any]) -> None:
    assert [check for check in demonstration["checks"] if not check["ok"]] == []
    assert demonstration["status"] == "succeeded"
    assert (demonstration["rows_in"], demonstration["rows_out"]) == (100_000, 98_000)
    assert demonstration["delivery"]["state"] == "delivered"
    assert demonstration["webhook"]["verified"] is True


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_worker_that_goes_in_mid_run_leaves_the_same_files(
    project: ComposeProject, demonstration: dict[str, Any], how: str
) -> None:
    run = demonstration["run_id"]
    undisturbed = hashes(project, run)
    project.compose("up", "--wait", "--scale", "worker-runs=3", timeout_seconds=600)
    assert len(project.containers("worker-runs")) == 3
    project.sql(START_OVER.format(run=run))

    def under_way() -> str | None:
        owner = f"select lease_owner from runs where id = '{run}' and stage = 'produce' and row_groups_done > 0"
        return project.sql(owner) or None

    container = waited(under_way, 300).partition("/")[0]
    subprocess.run(["docker", how, container], check=True, capture_output=True)

    def ended() -> str | None:
        state = project.sql(f"select state from runs where id = '{run}'")
        return state if state in {"partial", "succeeded", "failed"} else None

    assert waited(ended, 600) == "partial"
    # Who is asked to stop has five seconds, in which a quick machine may end the run.
    attempts = int(project.sql(f"select attempt from runs where id = '{run}'"))
    assert attempts == 2 or (how == "stop" and attempts == 1)
    assert hashes(project, run) == undisturbed


@pytest.mark.parametrize("service", [*APIS, *WORKERS])
@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "changeme" * 5}, "SECRET_KEY looks like a default"),
        ({"MINIO_SECRET_KEY": "minioadmin"}, "MINIO_SECRET_KEY "),
        ({"DATABASE_URL": "postgresql://openreg_app:{superuser}@nowhere:5432/openreg"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://postgres:{superuser}@postgres:5432/openreg"}, "postgres"),
    ],
    ids=["missing secret", "weak secret", "default secret", "no database", "superuser"],
)
def test_a_service_that_must_not_start_says_why(
    project: ComposeProject, service: str, setting: dict[str, str], reason: str
) -> None:
    if service == "backend":  # its address is one container's
        project.compose("stop", "backend")
    superuser = project.setting("POSTGRES_PASSWORD")
    status, said = project.refusal(
        service, **{name: value.format(superuser=superuser) for name, value in setting.items()}
    )
    assert status != 0, said[-2000:]
    assert reason in said, said[-2000:]
    assert superuser not in said


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        (
            {"DATABASE_SUPERUSER_URL": "postgresql://postgres:{superuser}@nowhere:5432/postgres"},
            "DATABASE_SUPERUSER_URL",
        ),
        ({"DATABASE_URL": "postgresql://postgres:{superuser}@postgres:5432/openreg"}, "signs in as postgres"),
    ],
    ids=["missing secret", "no database", "superuser"],
)
def test_an_installation_that_cannot_be_made_says_why(
    project: ComposeProject, setting: dict[str, str], reason: str
) -> None:
    superuser = project.setting("POSTGRES_PASSWORD")
    status, said = project.refusal(
        "migrate", **{name: text.format(superuser=superuser) for name, text in setting.items()}
    )
    assert status != 0, said[-2000:]
    assert reason in said, said[-2000:]
    assert superuser not in said
