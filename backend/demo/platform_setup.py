"""Sets the platform up as an operator would: schemas, connector, destination, webhook, report, all over HTTP."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.ids import new_id
from backend.demo.errors import PlatformRefused
from backend.demo.platform_client import Answer, PlatformClient
from backend.demo.regulator import RESPONSES
from backend.demo.report import demo_document
from backend.demo.sftp_server import SftpServer
from backend.demo.source_kinds import DemoSource
from backend.demo.webhook_partner import WebhookPartner

EVENT_TYPES = ("run.*", "artifact.created", "delivery.*")


@dataclass(frozen=True, slots=True)
class Setup:
    """What was created on the platform."""

    report_id: str
    webhook_id: str
    destination_id: str


@dataclass(frozen=True, slots=True)
class People:
    """Three signed-in callers: who sets up and runs, who writes the report, who approves it."""

    administrator: PlatformClient
    author: PlatformClient
    approver: PlatformClient


def install_schemas(platform: PlatformClient, folder: Path) -> None:
    """Install the folder's XSDs as one schema package; a package that is there already is the same package."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.glob("*.xsd")):
            # A fixed time: the same schemas give the same package.
            archive.writestr(zipfile.ZipInfo(file.name), file.read_bytes(), zipfile.ZIP_DEFLATED)
    platform.upload("/schema-packages", "mifir.zip", content.getvalue())


def set_up(
    people: People, source: DemoSource, sftp: SftpServer, partner: WebhookPartner, *, is_answered: bool = False
) -> Setup:
    """Connector, destination, webhook and an active report, each under a name of its own.

    Where a regulator answers, the platform looks for its answers in a folder beside the files.

    The author builds the report and submits it; the approver, who wrote nothing of it, approves and so activates it.
    """
    platform, author, approver = people.administrator, people.author, people.approver
    name = f"demo {new_id().hex[-8:]}"
    connector_id = _connector(platform, name, source)
    destination_id = _destination(platform, name, sftp, is_answered=is_answered)
    webhook = platform.post("/webhooks", {"url": partner.url, "event_types": list(EVENT_TYPES), "description": name})
    partner.learn_secret(str(webhook["secret"]))
    report = author.post("/reports", {"name": f"MiFIR transactions, {name}", "slug": name.replace(" ", "-")})
    document = demo_document(connector_id, [destination_id], query=source.query)
    version = author.post(f"/reports/{report['id']}/versions", {"document": document, "note": "The demo's report."})
    path = f"/reports/{report['id']}/versions/{version['id']}"
    author.post(f"{path}/submit", {"comment": "Fields and rules follow RTS 22."})
    approver.post(f"{path}/approve", {"comment": "Compared with the pack."})
    return Setup(str(report["id"]), str(webhook["id"]), destination_id)


def _connector(platform: PlatformClient, name: str, source: DemoSource) -> str:
    connector = platform.post("/connectors", {"name": name, "holds_demo_data": True, **source.connector})
    source.bring(platform, str(connector["id"]))
    _tested(platform.post(f"/connectors/{connector['id']}/test"), "source")
    return str(connector["id"])


def _destination(platform: PlatformClient, name: str, sftp: SftpServer, *, is_answered: bool) -> str:
    destination = platform.post(
        "/destinations",
        {
            "name": name,
            "kind": "sftp",
            "environment": "test",
            "settings": {
                "host": sftp.host,
                "port": sftp.port,
                "username": sftp.username,
                "folder": ".",
                "host_key_fingerprint": sftp.fingerprint,
            },
            "credentials": {"private_key": sftp.private_key},
            **({"response_folder": RESPONSES} if is_answered else {}),
        },
    )
    _tested(platform.post(f"/destinations/{destination['id']}/test"), "SFTP server")
    return str(destination["id"])


def _tested(answer: Answer, subject: str) -> None:
    """Raises PlatformRefused with the step that failed."""
    if answer["ok"]:
        return
    steps: list[dict[str, Any]] = answer["steps"]
    failed = next((step for step in steps if not step["ok"]), {"name": "test", "message": "it failed", "fix": None})
    raise PlatformRefused(
        f"The platform cannot use the demo's {subject}: {failed['name']}: {failed['message']}", fix=failed.get("fix")
    )
