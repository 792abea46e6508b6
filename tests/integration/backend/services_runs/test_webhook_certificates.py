"""The end of a stored certificate is told to those who keep webhooks, in each tenant for itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from backend.core.clock import utc_now
from backend.persistence.models.notice import Notice
from backend.services.webhook_certificates import WebhookCertificateWatch
from tests.factories.installation import Installation
from tests.factories.rows import Rows


def certificate(ends: datetime, name: str) -> dict[str, Any]:
    return {"subject": f"CN={name}", "expires_at": ends.isoformat(), "sha256": name}


async def titles(rows: Rows) -> list[tuple[str, str]]:
    async with rows.database.transaction(rows.person.tenant) as session:
        notices = await session.scalars(select(Notice).order_by(Notice.id))
        return [(one.kind, one.title) for one in notices]


async def test_a_month_and_a_week_before_its_end_a_certificate_is_told_of_once(
    installation: Installation, rows: Rows, strangers_rows: Rows
) -> None:
    ends = utc_now() + timedelta(days=60)
    access = {"client_certificate": certificate(ends, "us"), "ca_certificates": [certificate(ends, "house")]}
    endpoint = await rows.webhook(description="Ledger", access=access)
    await rows.webhook(description="Off", access=access, is_active=False)
    await rows.webhook(description="Plain")
    later = {"client_certificate": certificate(ends + timedelta(days=300), "them")}
    await strangers_rows.webhook(access=later)
    told = []
    for days in (0, 29, 31, 32, 52, 54, 55, 61):
        at = ends - timedelta(days=60) + timedelta(days=days)
        watch = WebhookCertificateWatch(installation.database, installation.system, lambda moment=at: moment)
        told.append(await watch.look())
    assert told == [0, 0, 2, 0, 0, 2, 0, 0]
    assert await titles(rows) == 2 * [
        ("certificate_ending", "The client certificate of the webhook endpoint Ledger expires soon"),
        ("certificate_ending", "The trusted authority of the webhook endpoint Ledger expires soon"),
    ]
    assert await titles(strangers_rows) == []
    fresh = await rows.fresh(type(endpoint), endpoint.id)
    assert (fresh.revision, fresh.certificates_told) == (endpoint.revision, {"us": 7, "house": 7})
