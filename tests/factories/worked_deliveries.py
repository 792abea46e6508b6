"""Deliveries on which each action can be tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.domain.deliveries import DeliveryState
from tests.factories.rows import Rows
from tests.factories.whole_tenant import WholeTenant

_SAMPLE: Mapping[str, Any] = {"file": ("a.csv", b"Ref,Status\n", "text/csv")}
#: A destination to be made.
PARTNER: dict[str, Any] = {
    "kind": "sftp",
    "settings": {"host": "127.0.0.1", "port": 9, "username": "u", "host_key_fingerprint": "SHA256:" + "A" * 43},
    "credentials": {"password": "hunter2"},
}
CERTIFICATE = "AB:" * 31 + "AB"
_FTPS = {"host": "127.0.0.1", "port": 9, "username": "u", "certificate_fingerprint": CERTIFICATE}
#: What is answered to each action, and what is said with it (also in its query, headers and files), by the path's end.
WORK_ON_DELIVERIES: Mapping[str, tuple[Any, ...]] = {
    "/feedback-format/preview": (200, None, {}, {}, _SAMPLE),
    "{destination_id}/feedback-format": (200, {"record_id": "Ref", "state": "Status"}),
    "{destination_id}": (200, {"name": "Seen by its own tenant."}),
    "{destination_id}/test": (200, None),
    "{destination_id}/host-key": (200, {"fingerprint": "SHA256:" + "A" * 43}),
    "{destination_id}/certificate": (200, {"fingerprint": CERTIFICATE}),
    "{destination_id}/pause": (200, {"reason": "Their maintenance."}),
    "{destination_id}/resume": (200, {"reason": "They are back."}),
    "{delivery_id}/pause": (200, None),
    "{delivery_id}/resume": (200, None),
    "{delivery_id}/retry": (200, None),
    "{delivery_id}/cancel": (200, {"reason": "Not needed."}),
    "{delivery_id}/redeliver": (201, {"reason": "Asked for again."}),
}
#: The state in which a delivery is before each action.
_WORKED: Mapping[str, DeliveryState] = {
    "pause": DeliveryState.PENDING,
    "resume": DeliveryState.PAUSED,
    "retry": DeliveryState.FAILED,
    "cancel": DeliveryState.STOPPED,
    "redeliver": DeliveryState.DELIVERED,
}


async def worked_deliveries(rows: Rows, whole: WholeTenant) -> Mapping[str, str]:
    """One for each action, by its name, each to a destination of its own; and one to which nothing goes."""
    made = {
        "unused destination": str((await rows.destination()).id),
        "pinned certificate": str((await rows.destination(_FTPS, kind="ftp")).id),
    }
    for action, state in _WORKED.items():
        delivery = await rows.delivery(whole.artifact, await rows.destination(), state=state, attempts=1)
        made[action] = str(delivery.id)
    return made
