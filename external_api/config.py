"""Settings of the external API: the shared ones, read by the shared reader."""

from __future__ import annotations

from backend.config import Settings, load_settings


def load_external_settings() -> Settings:
    """Every setting this service reads. Raises SettingsInvalid."""
    return load_settings()
