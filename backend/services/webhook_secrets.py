"""The secrets of endpoints, opened once for many requests and forgotten with the drain that asked for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from backend.core.crypto import SecretBox
from backend.domain.webhook_access import WebhookAccess
from backend.domain.webhook_secrets import WebhookSecrets, private_key
from backend.persistence.models.webhook import WebhookEndpoint
from backend.services.webhooks import access_of

#: More endpoints than one organisation has; those that are changed meanwhile come again.
MOST_OPENED: Final = 64


@dataclass(frozen=True, slots=True)
class OpenedSecrets:
    """What the requests to an endpoint are signed with, and what else they carry."""

    secrets: WebhookSecrets
    private_key: Ed25519PrivateKey | None
    access: WebhookAccess

    def in_use(self, at: datetime) -> list[SecretStr]:
        """The secrets that sign at this moment, newest first."""
        return self.secrets.in_use(at)


class SecretsOfEndpoints:
    """Opens what an endpoint's row holds; a row with other ciphertext is opened anew."""

    def __init__(self, box: SecretBox) -> None:
        """Nothing is opened yet."""
        self._box = box
        self._opened: dict[tuple[bytes, bytes | None], OpenedSecrets] = {}

    def open(self, endpoint: WebhookEndpoint) -> OpenedSecrets:
        """Raises SecretUnreadable."""
        sealed = (endpoint.secrets, endpoint.access_secrets)
        if (known := self._opened.get(sealed)) is not None:
            return known
        secrets = WebhookSecrets.of_document(self._box.open(endpoint.secrets))
        key = private_key(secrets.signing_key) if secrets.signing_key is not None else None
        if len(self._opened) >= MOST_OPENED:
            self._opened.clear()
        opened = self._opened[sealed] = OpenedSecrets(secrets, key, access_of(self._box, endpoint))
        return opened
