"""Parameters of scheduled runs: texts with placeholders that each fire fills in."""

from __future__ import annotations

import calendar as months
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Final

from backend.domain.schedules.faults import PlaceholderUnknown

#: ``{reporting_date}`` or ``{reporting_date:%Y%m%d}``; a brace that is meant as such is doubled.
_PLACEHOLDER: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_FORMAT: Final = re.compile(r"(%[YmdHMjyVGu]|[-_./ T:0-9A-Za-z])+")


@dataclass(frozen=True, slots=True)
class FireFacts:
    """What placeholders stand for. ``local`` is what the wall clock of the schedule shows.

    ``more`` are those of what started the run: the name of a file, a watermark.
    """

    reporting_date: date
    local: datetime
    schedule: str
    more: Mapping[str, str] = field(default_factory=dict)


_VALUES: Final[Mapping[str, Callable[[FireFacts], date | datetime | str]]] = {
    "reporting_date": lambda facts: facts.reporting_date,
    "fire_date": lambda facts: facts.local.date(),
    "fire_time": lambda facts: facts.local.strftime("%H:%M"),
    "month_start": lambda facts: facts.reporting_date.replace(day=1),
    "month_end": lambda facts: _month_end(facts.reporting_date),
    "previous_month_start": lambda facts: _before_month(facts.reporting_date).replace(day=1),
    "previous_month_end": lambda facts: _before_month(facts.reporting_date),
    "year": lambda facts: str(facts.reporting_date.year),
    "schedule": lambda facts: facts.schedule,
}
PLACEHOLDERS: Final = tuple(_VALUES)


def check_parameters(parameters: Mapping[str, object], more: Collection[str] = ()) -> None:
    """Raises PlaceholderUnknown for a placeholder that no fire could fill in; ``more`` names further ones."""
    probe = FireFacts(date(2000, 1, 3), datetime.combine(date(2000, 1, 4), time(7)), "", dict.fromkeys(more, ""))
    for name, value in parameters.items():
        if isinstance(value, str):
            _filled(name, value, probe)


def fill_in(parameters: Mapping[str, object], facts: FireFacts) -> dict[str, object]:
    """The parameters of one fire. Raises PlaceholderUnknown."""
    return {
        name: _filled(name, value, facts) if isinstance(value, str) else value for name, value in parameters.items()
    }


def _filled(name: str, text: str, facts: FireFacts) -> str:
    def value(found: re.Match[str]) -> str:
        whole = found.group(0)
        if whole in {"{{", "}}"}:
            return whole[0]
        inside = found.group(1)
        if inside is None:
            raise PlaceholderUnknown(
                f"The parameter {name} has a brace without its other one.",
                fix="Write {{ or }} for a brace that is meant as such.",
                extra={"parameter": name},
            )
        key, _, form = inside.partition(":")
        return _shown(name, key, form, facts)

    return _PLACEHOLDER.sub(value, text)


def _shown(name: str, key: str, form: str, facts: FireFacts) -> str:
    if key not in _VALUES and key not in facts.more:
        known = (*PLACEHOLDERS, *facts.more)
        near = get_close_matches(key, known, 1)
        raise PlaceholderUnknown(
            f"The parameter {name} holds {{{key}}}, which is no placeholder.",
            fix=f"Did you mean {{{near[0]}}}?" if near else f"There are {', '.join(known)}.",
            extra={"parameter": name},
        )
    found = facts.more[key] if key in facts.more else _VALUES[key](facts)
    if not form:
        return found if isinstance(found, str) else found.isoformat()
    if isinstance(found, str) or not _FORMAT.fullmatch(form):
        raise PlaceholderUnknown(
            f"The parameter {name} shows {{{key}}} in a form that it cannot have.",
            fix="Dates have forms such as {reporting_date:%Y%m%d}.",
            extra={"parameter": name},
        )
    return found.strftime(form)


def _month_end(day: date) -> date:
    return day.replace(day=months.monthrange(day.year, day.month)[1])


def _before_month(day: date) -> date:
    return day.replace(day=1) - timedelta(days=1)
