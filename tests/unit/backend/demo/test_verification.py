"""The demo says yes only when everything agrees."""

import hashlib
import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.demo.artifacts import DownloadedArtifact, download_artifacts
from backend.demo.breaks import expected_set_aside
from backend.demo.expectations import check_artifacts, check_run
from backend.demo.expected_warnings import expected_warnings
from backend.demo.options import DemoOptions, last_working_day
from backend.demo.outcome import Check, DemoOutcome
from backend.demo.platform_client import PlatformClient

ROWS = 2000
OPTIONS = DemoOptions(rows=ROWS, seed=7, reporting_date=date(2026, 11, 20), out=Path("out"))
FINDINGS = [
    {"rule_id": rule, "severity": "warning", "count": count} for rule, count in expected_warnings(OPTIONS.day).items()
]


def _run(**changes: Any) -> dict[str, Any]:
    set_aside = expected_set_aside(ROWS, 7)
    aside = sum(set_aside.values())
    run = {
        "id": "1",
        "state": "partial",
        "counts": {
            "rows_in": ROWS,
            "rows_out": ROWS - aside,
            "set_aside": aside,
            "filtered": 0,
            "excluded": 0,
            "held": 0,
        },
        "set_aside_by_rule": set_aside,
        "steps": [],
    }
    return run | changes


def _failed(checks: list[Check]) -> set[str]:
    return {check.name for check in checks if not check.is_ok}


def test_a_run_as_expected_passes() -> None:
    assert _failed(check_run(_run(), FINDINGS, OPTIONS)) == set()


def test_a_record_set_aside_under_another_rule_is_noticed() -> None:
    moved = expected_set_aside(ROWS, 7)
    moved["MR-02"], moved["MR-03"] = moved["MR-03"], moved["MR-02"]
    assert _failed(check_run(_run(set_aside_by_rule=moved), FINDINGS, OPTIONS)) == {"set aside by rule"}


def test_a_lost_row_is_noticed() -> None:
    counts = _run()["counts"] | {"rows_out": _run()["counts"]["rows_out"] - 1}
    assert _failed(check_run(_run(counts=counts), FINDINGS, OPTIONS)) == {"rows are accounted for"}


def test_missing_warnings_and_a_wrong_state_are_noticed() -> None:
    assert _failed(check_run(_run(state="succeeded"), [], OPTIONS)) == {"state of the run", "warnings"}


def _zip(content: bytes) -> bytes:
    packed = Path("x.zip")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("file.xml", content)
    return packed.read_bytes()


@pytest.fixture
def downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Downloads one artifact of a platform that describes it with the given changes."""
    monkeypatch.chdir(tmp_path)
    content = b"<Document/>"
    packed = _zip(content)
    item = {
        "id": "a",
        "name": "../../mifir.zip",
        "format": "xml",
        "size_bytes": len(packed),
        "sha256": hashlib.sha256(packed).hexdigest(),
        "content_sha256": hashlib.sha256(content).hexdigest(),
        "records": 3,
        "schema_check": {"status": "valid", "errors": []},
    }

    def download(**changes: Any) -> DownloadedArtifact:
        def answer(request: httpx.Request) -> httpx.Response:
            path = request.url.path.removeprefix("/api/v1")
            documents = {"/auth/login": {"access_token": "t"}, "/runs/1/artifacts": {"items": [item | changes]}}
            return (
                httpx.Response(200, json=documents[path]) if path in documents else httpx.Response(200, content=packed)
            )

        with PlatformClient("http://p", "a", "b", transport=httpx.MockTransport(answer)) as client:
            (artifact,) = download_artifacts(client, "1", tmp_path / "out")
        return artifact

    return download


def test_a_zip_is_unpacked_beside_itself_and_its_hashes_agree(downloaded: Any, tmp_path: Path) -> None:
    artifact = downloaded()
    assert Path(artifact.file.path) == tmp_path / "out" / "mifir.xml"
    assert Path(artifact.file.path).read_bytes() == b"<Document/>"
    assert _failed(list(artifact.checks)) == set()


def test_a_name_from_the_server_never_leaves_the_folder(downloaded: Any, tmp_path: Path) -> None:
    assert downloaded().stored == tmp_path / "out" / "mifir.zip"


@pytest.mark.parametrize("field", ["sha256", "content_sha256"])
def test_a_wrong_hash_is_noticed(downloaded: Any, field: str) -> None:
    artifact = downloaded(**{field: "0" * 64})
    assert len(_failed(list(artifact.checks))) == 1


def test_wrong_records_and_a_missing_verdict_are_noticed(downloaded: Any) -> None:
    xml = downloaded(records=2, schema_check={"status": "unverified"})
    csv = replace(downloaded(), format="csv")
    failed = _failed(check_artifacts([xml, csv], rows_out=3, has_schemas=True))
    assert failed == {"records in mifir.zip", "verdict of the official schemas"}


def test_errors_of_the_schema_are_passed_on(downloaded: Any) -> None:
    artifact = downloaded(schema_check={"status": "invalid", "errors": ["line 3: TxId"]})
    assert artifact.file.xsd == ["line 3: TxId"]


def _outcome(*checks: Check) -> DemoOutcome:
    return DemoOutcome(
        run=_run(), artifacts=(), csv=(), source={"dsn": "d", "query": "q"}, delivery={}, submission={}, webhook={},
        expected_set_aside={}, findings=(), seconds=2.0, checks=checks,
    )  # fmt: skip


def test_one_failed_check_is_enough_to_fail() -> None:
    good, bad = Check("a", is_ok=True, detail=""), Check("b", is_ok=False, detail="")
    assert _outcome(good).document()["status"] == "succeeded"
    assert _outcome(good, bad).document()["status"] == "failed"


def test_the_document_has_the_keys_scripts_rely_on() -> None:
    document = _outcome().document()
    assert set(document) >= {
        "status", "rows_in", "rows_out", "set_aside", "artifacts", "source", "seconds", "rows_per_second",
        "peak_rss_mb", "steps", "delivery", "submission", "webhook", "run_id",
    }  # fmt: skip
    assert document["rows_per_second"] == 1000


@pytest.mark.parametrize(
    ("today", "day"), [("2026-11-24", "2026-11-23"), ("2026-11-23", "2026-11-20"), ("2026-11-22", "2026-11-20")]
)
def test_the_default_day_is_the_last_working_day_before_today(today: str, day: str) -> None:
    assert last_working_day(datetime.fromisoformat(f"{today}T12:00:00+00:00")) == date.fromisoformat(day)
