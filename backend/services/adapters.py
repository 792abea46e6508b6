"""The adapters every process needs, built once from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from backend.config import Settings
from backend.core.crypto import SecretBox
from backend.core.tokens import TokenSigner
from backend.services.egress import EgressGuard, EgressPolicy
from backend.services.kept_secrets import KeptSecrets
from backend.services.storage import ObjectStorage


@dataclass(frozen=True, slots=True)
class Adapters:
    """Key ring, object storage, the egress guard in its two policies, and secrets that are kept outside."""

    box: SecretBox
    storage: ObjectStorage
    egress_public_web: EgressGuard
    egress_own_network: EgressGuard
    kept_secrets: KeptSecrets


def create_adapters(settings: Settings) -> Adapters:
    """Build them; nothing is contacted yet."""
    security, storage = settings.security, settings.storage
    return Adapters(
        box=SecretBox([key.get_secret_value() for key in security.encryption_keys]),
        storage=ObjectStorage(
            endpoint=storage.endpoint,
            access_key=storage.access_key.get_secret_value(),
            secret_key=storage.secret_key.get_secret_value(),
            secure=storage.secure,
            region=storage.region,
            bucket=storage.bucket,
        ),
        egress_public_web=EgressGuard(EgressPolicy.PUBLIC_WEB, security.egress_allowed_networks),
        egress_own_network=EgressGuard(
            EgressPolicy.OWN_NETWORK,
            security.egress_allowed_networks,
            source_folders=security.source_file_folders,
            delivery_folders=security.delivery_folder_roots,
        ),
        kept_secrets=KeptSecrets(settings.source_variables, security.source_secrets_dir),
    )


def create_signer(settings: Settings) -> TokenSigner:
    """What signs and reads the tokens of an installation."""
    security = settings.security
    return TokenSigner(
        secret=security.secret_key.get_secret_value(),
        algorithm=security.jwt_algorithm,
        issuer=security.jwt_issuer,
        audience=security.jwt_audience,
        lifetime=timedelta(minutes=security.access_token_expire_minutes),
        previous_secret=security.secret_key_previous.get_secret_value() if security.secret_key_previous else None,
    )
