"""Every model, imported so that the metadata is complete; for migrations and catalogue checks."""

from __future__ import annotations

from backend.persistence.models import (
    artifact,
    audit,
    calendar,
    connector,
    dataset,
    delivery,
    eligibility,
    exception,
    idempotency,
    invitation,
    mail,
    notice,
    official_text,
    quality,
    report,
    rule_set,
    run,
    schedule,
    schema_package,
    service_key,
    session,
    submission,
    tenant,
    webhook,
)
from backend.persistence.models.entity import Entity

MODULES = (
    artifact,
    audit,
    calendar,
    connector,
    dataset,
    delivery,
    eligibility,
    exception,
    idempotency,
    invitation,
    mail,
    notice,
    official_text,
    quality,
    report,
    rule_set,
    run,
    schedule,
    schema_package,
    service_key,
    session,
    submission,
    tenant,
    webhook,
)
metadata = Entity.metadata
