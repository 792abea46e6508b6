"""Health of the installation."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from backend.services.system_health import HealthState


class CheckAnswer(BaseModel):
    """One part: its state and, when it is not well, why and what to do."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(examples=["database", "workers:runs", "due:deliveries"])
    state: HealthState
    cause: str | None
    fix: str | None
    measured: dict[str, int | float | str | None]


class SystemHealthAnswer(BaseModel):
    """The installation as a whole: as well as its worst part."""

    state: HealthState
    checked_at: datetime
    checks: list[CheckAnswer]
