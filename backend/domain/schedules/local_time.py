"""Wall clocks: which moment a local time is, also on the two days a year on which the clock is changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Annotated, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator

_MINUTE: Final = timedelta(minutes=1)


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime"})


def _known_zone(name: str) -> str:
    if name not in _known():
        raise ValueError(f"there is no time zone {name!r}; use a name such as Europe/Berlin")
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone)]


@lru_cache(256)
def zone_of(name: str) -> ZoneInfo:
    """The zone of a name that was checked."""
    return ZoneInfo(name)


def moment_of(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment of a local time, in UTC.

    One that happens twice is the first of the two. One that the clock jumps over is the first moment after the jump.
    """
    first = local.replace(tzinfo=zone, fold=0)
    moment = first.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local:
        return moment
    # Inside a gap: the offset of before leads behind it, that of after leads before it. The jump lies between.
    low = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    high = moment
    before = low.astimezone(zone).utcoffset()
    while high - low > _MINUTE:
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(second=0, microsecond=0)


def local_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the wall clock shows at a moment, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None)
