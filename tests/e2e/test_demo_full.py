"""The whole way and back: run, SFTP, a regulator that rejects, exceptions, a correction that it accepts."""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from backend.embedded.platform import PlatformState, started_platform
from tests.services.skips import schemas_folder

ROOT = Path(__file__).resolve().parents[2]
ROWS = 2_000
AUTH_016 = "{urn:iso:std:iso:20022:tech:xsd:auth.016.001.01}"
#: What the simulated regulator rejects at once, and what it rejects of what it let wait.
REJECTED_AT_ONCE, REJECTED_LATER = 3, 1


@pytest.fixture(scope="module")
def platform(services_folder: Path) -> Iterator[PlatformState]:
    """A platform of this module's own, from nothing."""
    with started_platform(services_folder / "full-demo-platform") as state:
        yield state


@pytest.fixture(scope="module")
def shown(platform: PlatformState, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What ``openreg demo --full --json`` says."""
    command = [sys.executable, "-m", "backend.cli", "demo", "--full", "--json", "--rows", str(ROWS)]
    folder = tmp_path_factory.mktemp("full-demo")
    done = subprocess.run(
        [*command, "--data-dir", str(platform.data_dir), "--out", str(folder)],
        capture_output=True, text=True, cwd=ROOT, timeout=600, check=False,
        env={**os.environ, "OPENREG_SCHEMAS": str(schemas_folder())},
    )  # fmt: skip
    document: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == 0, json.dumps(document, indent=1) + done.stderr
    return document


@pytest.fixture(scope="module")
def api(platform: PlatformState) -> Iterator[httpx.Client]:
    """The platform as its administrator sees it."""
    with httpx.Client(base_url=f"{platform.api_url}/api/v1", trust_env=False) as client:
        signed_in = client.post(
            "/auth/login", json={"email": platform.admin_email, "password": platform.admin_password}
        )
        client.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
        yield client


@pytest.mark.schemas
def test_what_was_rejected_is_accepted_in_the_end(shown: dict[str, Any]) -> None:
    submission, rejected = shown["submission"], REJECTED_AT_ONCE + REJECTED_LATER
    assert submission["state"] == "accepted"
    assert submission["original"]["state"] == "corrected"
    told = submission["original"]["counts"]
    assert (told["records"], told["rejected"], told["pending"], told["unconfirmed"]) == (
        shown["rows_out"],
        rejected,
        0,
        0,
    )
    assert told["accepted"] == shown["rows_out"] - rejected
    # A cancellation and a new report for each of them.
    assert submission["correction"]["counts"]["accepted"] == submission["correction"]["counts"]["records"] > 0


@pytest.mark.schemas
def test_the_correction_takes_back_and_tells_again_exactly_what_was_rejected(
    shown: dict[str, Any], api: httpx.Client
) -> None:
    exceptions = api.get("/exceptions", params={"origin": "feedback", "run_id": shown["run_id"]}).json()["items"]
    assert sorted(one["rule_id"] for one in exceptions) == [
        *["CON-412"] * REJECTED_LATER,
        *["SIM-001"] * REJECTED_AT_ONCE,
    ]
    correction = api.get(f"/submissions/{shown['submission']['correction']['id']}").json()
    contents = [_unpacked(api.get(f"/artifacts/{one['artifact_id']}/content").content) for one in correction["files"]]
    (xml,) = [one for one in contents if b"</BizData>" in one[-200:]]
    document = etree.fromstring(xml)
    kinds: dict[str, list[str]] = {}
    for report in document.iter(f"{AUTH_016}New", f"{AUTH_016}Cxl"):
        kinds.setdefault(str(report.findtext(f"{AUTH_016}TxId")), []).append(etree.QName(report).localname)
    assert len(kinds) == REJECTED_AT_ONCE + REJECTED_LATER
    assert set(map(tuple, kinds.values())) == {("Cxl", "New")}
    assert {one["record_key"].split("/")[0] for one in exceptions} == set(kinds)


@pytest.mark.schemas
def test_each_step_of_the_submissions_stands_in_their_history(shown: dict[str, Any], api: httpx.Client) -> None:
    original = api.get(f"/submissions/{shown['submission']['original']['id']}").json()
    states = [step["to_state"] for step in original["history"]]
    assert states[0] == "prepared"
    assert [state for state in dict.fromkeys(states) if state in {"sent", "partially_accepted", "corrected"}] == [
        "sent",
        "partially_accepted",
        "corrected",
    ]
    assert original["is_history_whole"]


def _unpacked(content: bytes) -> bytes:
    if content[:2] != b"PK":
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(archive.infolist()[0])
