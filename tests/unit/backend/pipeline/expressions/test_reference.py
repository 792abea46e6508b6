"""Mappings, datasets, venues and working days against the same rules written per row."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from backend.domain.calendars import WorkCalendar
from backend.domain.expressions import parse_expression
from backend.domain.expressions.types import DATE, INTEGER, TEXT
from backend.pipeline.expressions.bindings import TABLE_SCHEMA, Bindings, ReferenceTables
from backend.pipeline.expressions.compiler import compile_expression
from backend.pipeline.expressions.errors import CalendarMissing, ParameterMissing, ReferenceSetMissing

REPORTING_DATE = date(2024, 6, 3)
CASES = 500
COLUMNS = {"code": TEXT, "day": DATE, "n": INTEGER}
START = date(2024, 1, 1)
HOLIDAYS = {date(2024, 1, 1), date(2024, 5, 1), date(2024, 12, 25), date(2024, 12, 26), date(2024, 6, 8)}


@pytest.fixture(scope="module")
def table():
    """Codes with up to three validities each, some open at one end; one code has an entry and no value."""
    source, rows = random.Random(7), []
    for code in "ABCDEFGH":
        versions = source.randint(1, 3)
        for version in range(versions):
            first = START + timedelta(days=60 * version + source.randint(0, 20))
            last = first + timedelta(days=source.randint(20, 39))
            rows.append(
                (
                    code,
                    f"{code}{version}",
                    source.choice([first, first, None]) if version == 0 else first,
                    source.choice([last, last, None]) if version == versions - 1 else last,
                )
            )
    rows.append(("X", None, START, None))
    return pl.DataFrame(rows, schema=TABLE_SCHEMA, orient="row")


@pytest.fixture(scope="module")
def frame():
    source = random.Random(8)
    codes = [source.choice([*"ABCDEFGHXY", "", None]) for _ in range(CASES)]
    days = [source.choice([None, *[START + timedelta(days=source.randint(-30, 400))] * 9]) for _ in range(CASES)]
    counts = [source.choice([None, *range(-9, 10)]) for _ in range(CASES)]
    schema = {"code": pl.String, "day": pl.Date, "n": pl.Int64}
    return pl.DataFrame({"code": codes, "day": days, "n": counts}, schema=schema)


def valid_rows(table: pl.DataFrame, code: str, day: date):
    rows = [row for row in table.rows() if row[0] == code and (row[2] or date.min) <= day <= (row[3] or date.max)]
    return sorted(rows, key=lambda row: row[2] or date.min)


def run(sql: str, frame: pl.DataFrame, bindings: Bindings):
    compiled = compile_expression(parse_expression(sql, COLUMNS), bindings)
    return frame.lazy().with_columns(v=compiled.value).collect()["v"].to_list()


@pytest.mark.parametrize("function", ["map", "lookup"])
def test_value_is_the_one_valid_on_the_day_of_the_row(function: str, table: pl.DataFrame, frame: pl.DataFrame):
    bindings = Bindings(REPORTING_DATE, reference=ReferenceTables({"set": table}))
    expected = []
    for code, day, _ in frame.rows():
        rows = valid_rows(table, code, day) if code is not None and day is not None else []
        expected.append(rows[-1][1] if rows else None)
    assert run(f"{function}('set', code, day)", frame, bindings) == expected
    assert len({value for value in expected if value}) > 8


#: What a rule says of a value of reference data, and the same of what was found (None: nothing, or no value).
VERDICTS: dict[str, Callable[[str | None], bool | None]] = {
    "{} = 'A0'": lambda value: None if value is None else value == "A0",
    "coalesce({}, 'A') > 'C'": lambda value: (value or "A") > "C",
    "{} IN ('A0', 'B1')": lambda value: None if value is None else value in {"A0", "B1"},
    "{0} IS NULL OR {0} > 'C'": lambda value: value is None or value > "C",
    "NOT (length({}) = 2)": lambda value: None if value is None else len(value) != 2,
}


@pytest.mark.parametrize("predicate", list(VERDICTS))
@pytest.mark.parametrize("day", ["", ", day", ", DATE '2024-03-20'"])
def test_a_verdict_on_a_value_is_that_on_what_each_row_finds(
    predicate: str, day: str, table: pl.DataFrame, frame: pl.DataFrame
):
    bindings = Bindings(REPORTING_DATE, reference=ReferenceTables({"set": table}))
    values = run(f"map('set', code{day})", frame, bindings)
    found = run(predicate.format(f"map('set', code{day})"), frame, bindings)
    assert found == [VERDICTS[predicate](value) for value in values]
    assert len(set(found)) > 1


def test_what_depends_on_more_than_the_entry_is_asked_per_row(table: pl.DataFrame, frame: pl.DataFrame):
    bindings = Bindings(REPORTING_DATE, reference=ReferenceTables({"set": table}))
    values = run("map('set', code, day)", frame, bindings)
    found = run("coalesce(map('set', code, day), 'A') = concat(code, n)", frame, bindings)
    texts = [f"{code or ''}{'' if n is None else n}" for code, _, n in frame.rows()]
    assert found == [(value or "A") == text for value, text in zip(values, texts, strict=True)]
    two = run("map('set', code, day) = map('set', code)", frame, bindings)
    plain = run("map('set', code)", frame, bindings)
    assert two == [None if None in pair else pair[0] == pair[1] for pair in zip(values, plain, strict=True)]


def test_a_verdict_that_fails_for_some_values_fails_only_their_rows(frame: pl.DataFrame):
    rows = [("A", "7", None, None), ("B", "x", None, None)]
    entries = pl.DataFrame(rows, schema=TABLE_SCHEMA, orient="row")
    bindings = Bindings(REPORTING_DATE, reference=ReferenceTables({"set": entries}))
    compiled = compile_expression(parse_expression("CAST(map('set', code) AS BIGINT) > 5", COLUMNS), bindings)
    assert compiled.failed is not None
    judged = frame.lazy().select("code", v=compiled.value, failed=compiled.failed).collect()
    assert next((v, failed) for code, v, failed in judged.rows() if code == "A") == (True, False)
    assert next((v, failed) for code, v, failed in judged.rows() if code == "B") == (None, True)


@pytest.mark.parametrize("function", ["map", "lookup"])
@pytest.mark.parametrize(
    ("as_of", "day"),
    [("", REPORTING_DATE), (", DATE '2024-03-15'", date(2024, 3, 15)), (", reporting_date()", REPORTING_DATE)],
)
def test_value_on_one_day_for_all_rows(function: str, as_of: str, day: date, table: pl.DataFrame, frame: pl.DataFrame):
    bindings = Bindings(REPORTING_DATE, reference=ReferenceTables({"set": table}))
    rows = {code: valid_rows(table, code, day) for code in "ABCDEFGH"}
    expected = [rows[code][-1][1] if rows.get(code) else None for code in frame["code"]]
    assert run(f"{function}('set', code{as_of})", frame, bindings) == expected


def test_venue_is_active_while_it_is_listed(table: pl.DataFrame, frame: pl.DataFrame):
    bindings = Bindings(REPORTING_DATE, reference=ReferenceTables({"mic": table}))
    expected = [None if None in (code, day) else bool(valid_rows(table, code, day)) for code, day, _ in frame.rows()]
    assert run("mic_active(code, day)", frame, bindings) == expected
    assert {True, False, None} == set(expected)


def test_without_an_installed_list_only_the_form_of_a_venue_is_judged(frame: pl.DataFrame):
    venues = frame.with_columns(
        code=pl.Series([["XPAR", "xpar", "XPARX", "1234", "", None][index % 6] for index in range(CASES)])
    )
    expected = [None if None in (code, day) else code in {"XPAR", "1234"} for code, day, _ in venues.rows()]
    assert run("mic_active(code, day)", venues, Bindings(REPORTING_DATE)) == expected


def working_day(day: date, steps: Any, weekend: frozenset[int] = frozenset({5, 6})):
    def is_open(candidate: date) -> bool:
        return candidate.weekday() not in weekend and candidate not in HOLIDAYS

    if steps == 0:
        while not is_open(day):
            day += timedelta(days=1)
    one = timedelta(days=1 if steps > 0 else -1)
    for _ in range(abs(steps)):
        day += one
        while not is_open(day):
            day += one
    return day


@pytest.mark.parametrize("steps", ["n", "1", "-3", "0", "250"])
def test_working_days_skip_weekends_and_holidays(steps: Any, frame: pl.DataFrame):
    # Saturdays and Sundays, Sundays only, and the weekend of Riyadh.
    for weekend in (frozenset({5, 6}), frozenset({6}), frozenset({4, 5})):
        bindings = Bindings(REPORTING_DATE, calendars={"TARGET": WorkCalendar(frozenset(HOLIDAYS), weekend)})
        expected = []
        for _, day, n in frame.rows():
            count = n if steps == "n" else int(steps)
            expected.append(None if day is None or count is None else working_day(day, count, weekend))
        assert run(f"business_day(day, {steps}, 'TARGET')", frame, bindings) == expected


def test_reporting_date_is_that_of_the_run(frame: pl.DataFrame):
    assert run("day <= reporting_date()", frame, Bindings(REPORTING_DATE)) == [
        None if day is None else day <= REPORTING_DATE for day in frame["day"]
    ]


def test_the_day_of_the_run_is_not_the_day_it_reports(frame: pl.DataFrame):
    made = Bindings(REPORTING_DATE, run_date=REPORTING_DATE + timedelta(days=1))
    assert run("run_date() - reporting_date()", frame, made) == [1] * frame.height
    assert run("run_date() = reporting_date()", frame, Bindings(REPORTING_DATE)) == [True] * frame.height


def test_what_is_not_installed_is_said_by_name(frame: pl.DataFrame):
    with pytest.raises(ReferenceSetMissing, match="brokers"):
        run("map('brokers', code)", frame, Bindings(REPORTING_DATE))
    with pytest.raises(CalendarMissing, match="TARGET"):
        run("business_day(day, 1, 'TARGET')", frame, Bindings(REPORTING_DATE))
    with pytest.raises(ParameterMissing, match=r"\$desk"):
        compile_expression(
            parse_expression("code = $desk", COLUMNS, parameters={"desk": TEXT}), Bindings(REPORTING_DATE)
        )
