"""Functions of dates and times. An instant is shown and taken apart in UTC; ``timezone`` goes to another zone."""

from __future__ import annotations

from typing import Final

from backend.domain.expressions.functions import literal_checks as checks
from backend.domain.expressions.functions import results
from backend.domain.expressions.functions.signature import (
    CLOCKS,
    INSTANTS,
    Function,
    Group,
    Parameter,
    Signature,
    of,
    same,
    text,
)
from backend.domain.expressions.types import DATE, INTEGER, LOCAL_TIMESTAMP, TEXT, Kind

_MOMENT = Parameter("moment", INSTANTS, DATE)
_CLOCK = Parameter("moment", CLOCKS, LOCAL_TIMESTAMP)
_UNIT = text("unit", constant=True)
_CALENDAR_RANGE = "a result outside the years 1 to 9999 fails the row"

DATES: Final = (
    Function(
        "date_part",
        Group.DATES,
        "date_part(part, moment)",
        "A part as a number: year, quarter, month, week (ISO), day, hour, minute, second, millisecond, microsecond,"
        " dow (Sunday 0), isodow (Monday 1), doy, isoyear; EXTRACT(part FROM moment) is the same.",
        "date_part('year', birth_date)",
        (Signature((_UNIT, _MOMENT), INTEGER),),
        check=checks.check_part,
    ),
    Function(
        "date_trunc",
        Group.DATES,
        "date_trunc(unit, moment)",
        "The start of the year, month, week, day, hour, …",
        "date_trunc('second', trading_datetime)",
        (Signature((_UNIT, _MOMENT), results.truncated),),
        check=checks.check_unit,
    ),
    Function(
        "date_add",
        Group.DATES,
        "date_add(moment, INTERVAL n unit)",
        "Moved by a span, the same as moment + span.",
        "date_add(trade_date, INTERVAL 2 DAY)",
        (Signature((_MOMENT, of("span", Kind.INTERVAL)), results.moved),),
        departure=_CALENDAR_RANGE,
    ),
    Function(
        "date_sub",
        Group.DATES,
        "date_sub(unit, start, end)",
        "How many whole units lie between.",
        "date_sub('year', birth_date, trade_date)",
        (Signature((_UNIT, same("start", INSTANTS), same("end", INSTANTS)), INTEGER),),
        check=checks.check_unit,
    ),
    Function(
        "date_diff",
        Group.DATES,
        "date_diff(unit, start, end)",
        "How many starts of a unit lie between; weeks are counted whole.",
        "date_diff('day', trade_date, reporting_date())",
        (Signature((_UNIT, same("start", INSTANTS), same("end", INSTANTS)), INTEGER),),
        check=checks.check_unit,
    ),
    Function(
        "strftime",
        Group.DATES,
        "strftime(moment, format)",
        "As text.",
        "strftime(trading_datetime, '%Y-%m-%dT%H:%M:%S.%fZ')",
        (Signature((_MOMENT, text("format", constant=True)), TEXT),),
        check=checks.check_output_format,
    ),
    Function(
        "strptime",
        Group.DATES,
        "strptime(a, format)",
        "Text read as a wall-clock reading, with %z as an instant; text in another form fails the row.",
        "strptime(trade_day, '%d/%m/%Y')",
        (Signature((text("a"), text("format", constant=True)), results.parsed),),
        check=checks.check_input_format,
    ),
    Function(
        "try_strptime",
        Group.DATES,
        "try_strptime(a, format)",
        "The same; text in another form gives NULL.",
        "try_strptime(trade_day, '%d/%m/%Y')",
        (Signature((text("a"), text("format", constant=True)), results.parsed),),
        check=checks.check_input_format,
    ),
    Function(
        "timezone",
        Group.DATES,
        "timezone(zone, moment)",
        "An instant as the wall clock of a zone shows it, or a wall-clock reading of that zone as an instant;"
        " moment AT TIME ZONE zone is the same. A reading that occurs twice is the later instant, one that is"
        " skipped is counted from before the change.",
        "timezone('Europe/Paris', strptime(local_time, '%Y-%m-%d %H:%M:%S'))",
        (Signature((text("zone", constant=True), _CLOCK), results.zoned),),
        check=checks.check_zone,
    ),
    Function(
        "reporting_date",
        Group.DATES,
        "reporting_date()",
        "The date the run reports for.",
        "trade_date = reporting_date()",
        (Signature((), DATE),),
    ),
)
