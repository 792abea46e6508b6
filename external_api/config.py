"""Settings of the external API: the shared ones, read by the shared reader."""

from __future__ import annotations

from backend.config import Settings, settings_at_start


def load_external_settings() -> Settings:
    """Every setting this service reads; the process ends with the reason when one is wrong."""
    return settings_at_start()
