"""Waits for what happens after the run (transfers, webhook events) and checks both ends against each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from backend.demo.artifacts import DownloadedArtifact, sha256_of
from backend.demo.outcome import Check
from backend.demo.platform_client import PlatformClient
from backend.demo.sftp_server import SftpServer
from backend.demo.waiting import waited
from backend.demo.webhook_partner import ReceivedEvent, WebhookPartner, count_types

_SETTLED: Final = frozenset({"delivered", "failed"})


def check_deliveries(
    platform: PlatformClient, run_id: str, sftp: SftpServer, artifacts: Sequence[DownloadedArtifact]
) -> tuple[dict[str, Any], list[Check]]:
    """Wait for the transfers; compare what lies in the partner's folder with what the platform keeps."""

    def all_settled() -> list[dict[str, Any]] | None:
        items: list[dict[str, Any]] = platform.get(f"/runs/{run_id}/deliveries")["items"]
        is_done = len(items) == len(artifacts) and all(item["state"] in _SETTLED for item in items)
        return items if is_done else None

    items = waited(all_settled) or platform.get(f"/runs/{run_id}/deliveries")["items"]
    checks = [_delivered(item, sftp) for item in items]
    wanted = {artifact.name: artifact.stored_sha256 for artifact in artifacts}
    found = {path.name: sha256_of(path) for path in sftp.folder.iterdir() if path.is_file()}
    checks.append(
        Check(
            "files on the SFTP server",
            found == wanted,
            _listed(found) if found == wanted else f"{found} instead of {wanted}",
        )
    )
    document = {
        "server": sftp.program,
        "state": _state(items, checks),
        "files": [
            {
                "state": item["state"],
                "attempts": item["attempts"],
                "receipt": item["receipt"],
                "error": item["last_error"],
            }
            for item in items
        ],
    }
    return document, checks


def check_submission(platform: PlatformClient, run: dict[str, Any]) -> tuple[dict[str, Any], list[Check]]:
    """What the platform says it has told the regulator: sent with the last file, with every record that was written."""
    found: list[dict[str, Any]] = platform.get(f"/submissions?run_id={run['id']}")["items"]
    if len(found) != 1:
        return {"state": None}, [Check("submission", False, f"{len(found)} submissions of the run instead of one")]
    one = found[0]
    is_told = one["state"] == "sent" and one["counts"]["records"] == run["counts"]["rows_out"]
    document = {name: one[name] for name in ("id", "reference", "kind", "state", "sent_at", "counts")}
    said = f"{one['reference']} with {one['counts']['records']} records is {one['state']}"
    return document, [Check("submission", is_told, said)]


def check_webhooks(
    partner: WebhookPartner, run_id: str, file_count: int, delivery_count: int
) -> tuple[dict[str, Any], list[Check]]:
    """Wait until the partner heard of the run's end, of every file and every transfer; verify all signatures."""
    wanted = {"run.completed": 1, "artifact.created": file_count, "delivery.completed": delivery_count}

    def all_heard() -> list[ReceivedEvent] | None:
        events = partner.received(run_id)
        counts = count_types(events)
        return events if all(counts.get(name, 0) >= count for name, count in wanted.items()) else None

    events = waited(all_heard) or partner.received(run_id)
    counts = count_types(events)
    forged = sum(not event.is_authentic for event in events)
    heard = {name: counts.get(name, 0) for name in wanted}
    checks = [
        Check(
            "webhook signatures",
            bool(events) and not forged,
            f"{len(events)} requests, {forged} with a wrong signature",
        ),
        Check("webhook events", heard == wanted, str(heard) if heard == wanted else f"{heard} instead of {wanted}"),
    ]
    document = {
        "verified": all(check.is_ok for check in checks),
        "requests": len(events),
        "standard_webhooks": sum(event.has_standard_signature for event in events),
        "openreg": sum(event.has_openreg_signature for event in events),
        "events": counts,
    }
    return document, checks


def _state(items: Sequence[dict[str, Any]], checks: Sequence[Check]) -> str:
    if not all(check.is_ok for check in checks):
        return "failed"
    return "delivered" if items else "nothing_to_deliver"


def _delivered(item: dict[str, Any], sftp: SftpServer) -> Check:
    receipt = item.get("receipt")
    if item["state"] != "delivered" or not receipt:
        return Check("delivery", is_ok=False, detail=f"{item['state']}: {item.get('last_error')}")
    name = PurePosixPath(str(receipt["remote_path"])).name
    there = sftp.folder / name
    is_same = (
        there.is_file() and sha256_of(there) == receipt["sha256"] and there.stat().st_size == receipt["size_bytes"]
    )
    is_ours = receipt["host_key_fingerprint"] == sftp.fingerprint
    detail = f"{receipt['remote_path']}, {receipt['size_bytes']} bytes, SHA-256 {receipt['sha256']}"
    return Check(f"receipt of {name}", is_same and is_ours, detail)


def _listed(found: dict[str, str]) -> str:
    return ", ".join(sorted(found)) or "none"
