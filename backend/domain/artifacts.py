"""Artifacts: what is claimed about a file a run produced."""

from __future__ import annotations

from enum import StrEnum


class SchemaStatus(StrEnum):
    """Verdict of the regulator's schema. Without an installed schema nothing is ever called valid."""

    VALID = "valid"
    UNVERIFIED = "unverified"
    NOT_APPLICABLE = "not_applicable"
