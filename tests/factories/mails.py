"""Mails as a test reads them: from the queue, with the key of the installation."""

from __future__ import annotations

import re

from backend.core.ids import TenantId
from backend.core.pagination import PageRequest
from backend.persistence.repositories.mail import MailRepository
from tests.factories.installation import Installation


async def mails_to(installation: Installation, tenant: TenantId, address: str) -> list[str]:
    """The texts of all mails to an address, the newest first."""
    async with installation.database.transaction(tenant) as session:
        page = await MailRepository(session, tenant).page(PageRequest(200))
    texts = [installation.box.open(one.content) for one in page.items if one.recipient == address and one.content]
    return [str(one["text"]) for one in texts]


def token_in(text: str) -> str:
    """What stands behind the # of the link."""
    found = re.search(r"https?://\S+#(\S+)", text)
    assert found is not None, text
    return found[1]
