"""What a demonstration found, as the one JSON object of ``openreg demo --json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

SUCCEEDED: Final = "succeeded"
FAILED: Final = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the demo verified by itself."""

    name: str
    is_ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class ProducedFile:
    """A file of the run as it lies in the output folder; ``xsd`` is ``valid``, ``unverified`` or the errors."""

    path: str
    sha256: str
    size_bytes: int
    records: int
    xsd: str | list[str]
    archive: Mapping[str, object] | None

    def document(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "path": self.path,
            "sha256": self.sha256,
            "size_bytes": self.size_bytes,
            "records": self.records,
            "xsd": self.xsd,
            "archive": dict(self.archive) if self.archive else None,
        }


@dataclass(frozen=True, slots=True)
class DemoOutcome:
    """Everything the demo says at its end."""

    run: Mapping[str, Any]
    artifacts: tuple[ProducedFile, ...]
    csv: tuple[ProducedFile, ...]
    source: Mapping[str, str]
    delivery: Mapping[str, Any]
    webhook: Mapping[str, Any]
    submission: Mapping[str, Any]
    expected_set_aside: Mapping[str, int]
    findings: tuple[Mapping[str, Any], ...]
    seconds: float
    checks: tuple[Check, ...] = field(default=())

    @property
    def is_success(self) -> bool:
        """Whether everything the demo verified agrees."""
        return all(check.is_ok for check in self.checks)

    @property
    def counts(self) -> Mapping[str, int]:
        """rows_in, rows_out, set_aside, filtered, excluded, held."""
        counts: Mapping[str, int] = self.run["counts"]
        return counts

    def document(self) -> dict[str, Any]:
        """JSON form, with the keys people and scripts rely on first."""
        rows_in = int(self.counts["rows_in"])
        return {
            "status": SUCCEEDED if self.is_success else FAILED,
            "run_id": self.run["id"],
            "run_state": self.run["state"],
            "rows_in": rows_in,
            "rows_out": int(self.counts["rows_out"]),
            "set_aside": dict(sorted(self.run["set_aside_by_rule"].items())),
            "filtered": int(self.counts["filtered"]),
            "excluded": int(self.counts["excluded"]),
            "held": int(self.counts["held"]),
            "artifacts": [file.document() for file in self.artifacts],
            "csv": [file.document() for file in self.csv],
            "source": dict(self.source),
            "seconds": round(self.seconds, 3),
            "rows_per_second": round(rows_in / self.seconds) if self.seconds else None,
            "peak_rss_mb": round(int(self.run.get("peak_rss_bytes") or 0) / 1_000_000, 1),
            "steps": self.run["steps"],
            "warnings": {item["rule_id"]: item["count"] for item in self.findings if item["severity"] == "warning"},
            "delivery": dict(self.delivery),
            "webhook": dict(self.webhook),
            "submission": dict(self.submission),
            "checks": [{"name": check.name, "ok": check.is_ok, "detail": check.detail} for check in self.checks],
        }


def failure_document(message: str, fix: str | None) -> dict[str, Any]:
    """The JSON form of a demo that could not be finished."""
    return {"status": FAILED, "error": {"message": message, "fix": fix}}
