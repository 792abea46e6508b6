"""Data quality: indicators of a report's day, and the limits beyond which somebody is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.core.errors import ErrorKind, OpenRegError

#: Days after which a held record is old, where a report says nothing else.
DEFAULT_HOLD_DAYS: Final = 3
#: Days back in which a record counts as set aside before.
REPEAT_DAYS: Final = 30
_PLACES: Final = Decimal("0.000001")


class QualityRangeTooLong(OpenRegError):
    """A range of days is too long, or ends before it begins."""

    code: ClassVar[str] = "quality_range_too_long"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class Indicator(StrEnum):
    """What is measured. All are shares of records, but for timeliness: minutes after the due time."""

    COMPLETENESS = "completeness"
    TIMELINESS = "timeliness"
    VALIDITY = "validity"
    REJECTION_RATE = "rejection_rate"
    AMENDMENTS = "amendments"
    REPEATS = "repeats"

    @property
    def is_higher_better(self) -> bool:
        """Whether a value below the limit is the bad one."""
        return self in {Indicator.COMPLETENESS, Indicator.VALIDITY}


class QualitySeverity(StrEnum):
    """How bad a crossed limit is; the order is that of badness."""

    WARNING = "warning"
    CRITICAL = "critical"


class Threshold(BaseModel):
    """Limits of an indicator; a value that reaches a limit has not crossed it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    warning: Decimal | None = Field(default=None, ge=-100_000, le=100_000)
    critical: Decimal | None = Field(default=None, ge=-100_000, le=100_000)

    @model_validator(mode="after")
    def _has_a_limit(self) -> Threshold:
        if self.warning is None and self.critical is None:
            raise ValueError("a threshold needs a limit")
        return self

    def crossed(self, indicator: Indicator, value: Decimal | None) -> QualitySeverity | None:
        """The worst limit that a value has crossed; an unknown value has crossed none."""
        for severity, limit in ((QualitySeverity.CRITICAL, self.critical), (QualitySeverity.WARNING, self.warning)):
            if value is None or limit is None:
                continue
            if value < limit if indicator.is_higher_better else value > limit:
                return severity
        return None


Thresholds = Mapping[Indicator, Threshold]


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The counts of a report's day that its indicators are made from.

    ``expected`` are the records that should be reported, ``reported`` those that are, in whatever run of the day.
    ``with_findings`` is None where it was not counted.
    """

    expected: int
    reported: int
    checked: int
    with_findings: int | None
    amended: int
    repeated: int
    finished_at: datetime | None
    due_at: datetime | None

    def values(self) -> dict[Indicator, Decimal | None]:
        """Every indicator; None is unknown. Rejections are not known before a regulator's feedback is read."""
        late = self.finished_at - self.due_at if self.finished_at is not None and self.due_at is not None else None
        valid = self.checked - self.with_findings if self.with_findings is not None else None
        return {
            Indicator.COMPLETENESS: _share(self.reported, self.expected),
            Indicator.TIMELINESS: _rounded(Decimal(int(late.total_seconds())) / 60) if late is not None else None,
            Indicator.VALIDITY: _share(valid, self.checked),
            Indicator.REJECTION_RATE: None,
            Indicator.AMENDMENTS: _share(self.amended, self.expected),
            Indicator.REPEATS: _share(self.repeated, self.expected),
        }


def breaches(values: Mapping[Indicator, Decimal | None], limits: Thresholds) -> dict[Indicator, QualitySeverity]:
    """The indicators that have crossed a limit."""
    found = {one: limits[one].crossed(one, value) for one, value in values.items() if one in limits}
    return {one: severity for one, severity in found.items() if severity is not None}


def worse_than(
    found: Mapping[Indicator, QualitySeverity], known: Mapping[str, str]
) -> dict[Indicator, QualitySeverity]:
    """What nobody has been told yet: new breaches, and those that have become critical."""
    rank = list(QualitySeverity)
    told = {name: rank.index(QualitySeverity(severity)) for name, severity in known.items()}
    return {one: severity for one, severity in found.items() if rank.index(severity) > told.get(one.value, -1)}


def _share(part: int | None, whole: int) -> Decimal | None:
    return _rounded(Decimal(part) / Decimal(whole)) if part is not None and whole > 0 else None


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_PLACES)
