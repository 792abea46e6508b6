"""The answers to probes, alike in both services: is the process alive, and can it do its work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field


class DependencySeen(Protocol):
    """What is known of one dependency."""

    @property
    def name(self) -> str:
        """Such as ``database``."""

    @property
    def is_well(self) -> bool:
        """Whether it answers."""


class DependencyAnswer(BaseModel):
    """One dependency; ``code``, ``cause``, ``fix`` and ``since`` only when it is away."""

    model_config = ConfigDict(from_attributes=True)

    is_well: bool
    code: str | None = Field(description="As in problem documents.")
    cause: str | None
    fix: str | None = Field(description="The next step, in plain words.")
    since: datetime | None = Field(description="Since when this process has seen it so.")


class HealthAnswer(BaseModel):
    """The process answers. ``degraded``: something is away, and named; ``unknown``: it has not been looked at yet."""

    status: str = Field(examples=["ok", "degraded", "unknown"])
    checks: dict[str, DependencyAnswer]

    @classmethod
    def of(cls, states: Sequence[DependencySeen]) -> HealthAnswer:
        """What the last look found."""
        status = "ok" if all(one.is_well for one in states) else "degraded"
        return cls(status=status if states else "unknown", checks=_checks(states))


class ReadyAnswer(BaseModel):
    """``ready``, ``degraded`` (reading goes on without what is away), or ``not_ready``."""

    status: str = Field(examples=["ready", "degraded", "not_ready"])
    checks: dict[str, DependencyAnswer]

    @classmethod
    def of(cls, states: Sequence[DependencySeen], *, is_ready: bool) -> ReadyAnswer:
        """What was found now."""
        degraded = "ready" if all(one.is_well for one in states) else "degraded"
        return cls(status=degraded if is_ready else "not_ready", checks=_checks(states))


def _checks(states: Sequence[DependencySeen]) -> dict[str, DependencyAnswer]:
    return {one.name: DependencyAnswer.model_validate(one) for one in states}
