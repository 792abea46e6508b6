"""What a run of the demo must say, known beforehand from seed and number of rows, against what it said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.demo.artifacts import DownloadedArtifact
from backend.demo.breaks import expected_set_aside
from backend.demo.expected_warnings import expected_warnings
from backend.demo.options import DemoOptions
from backend.demo.outcome import Check


def check_run(run: dict[str, Any], findings: Sequence[dict[str, Any]], options: DemoOptions) -> list[Check]:
    """State, counts, records set aside by rule, warnings."""
    counts = run["counts"]
    set_aside = expected_set_aside(options.rows, options.seed)
    warnings = {item["rule_id"]: item["count"] for item in findings if item["severity"] == "warning"}
    total = sum(counts[name] for name in ("rows_out", "set_aside", "filtered", "excluded", "held"))
    return [
        _equal("state of the run", "partial" if set_aside else "succeeded", run["state"]),
        _equal("rows in", options.rows, counts["rows_in"]),
        Check(
            "rows are accounted for",
            counts["rows_in"] == total,
            f"{counts['rows_in']} in, {total} out, set aside, filtered, excluded or held",
        ),
        _equal("records set aside", sum(set_aside.values()), counts["set_aside"]),
        _equal("set aside by rule", set_aside, dict(sorted(run["set_aside_by_rule"].items()))),
        _equal("warnings", expected_warnings(options.day), warnings),
    ]


def check_artifacts(artifacts: Sequence[DownloadedArtifact], rows_out: int, *, has_schemas: bool) -> list[Check]:
    """One XML and one CSV with every record (none of them when nothing is left to report), and the schemas' verdict."""
    checks = [_equal("formats", ["csv", "xml"] if rows_out else [], sorted(artifact.format for artifact in artifacts))]
    for artifact in artifacts:
        checks += artifact.checks
        checks.append(_equal(f"records in {artifact.name}", rows_out, artifact.file.records))
        if artifact.format == "xml":
            checks.append(
                _equal("verdict of the official schemas", "valid" if has_schemas else "unverified", artifact.file.xsd)
            )
    return checks


def _equal(name: str, wanted: object, found: object) -> Check:
    return Check(name, wanted == found, f"{found}" if wanted == found else f"{found} instead of {wanted}")
