"""What is refused when a report is saved: the reason, the place, and a suggestion where one is near."""

from __future__ import annotations

import pytest

from backend.core.errors import ErrorKind
from backend.domain.expressions import parse_expression
from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid
from backend.domain.expressions.lookups import LookupTable
from backend.domain.expressions.types import BOOLEAN, DATE, TEXT, DataType, decimal

CASES = [
    ("venu = 'XPAR'", "unknown_column", (1, 1), "venue"),
    ("a = 'x'\n  AND venuee IS NULL", "unknown_column", (2, 7), "venue"),
    ("current_date", "unknown_column", (1, 1), "reporting_date()"),
    ("a = b AND lei_vald(a)", "unknown_function", (1, 11), "lei_valid"),
    ("year(d)", "unknown_function", (1, 1), "date_part('year', x)"),
    ("read_csv('/etc/passwd')", "unknown_function", (1, 1), None),
    ('"read_csv"(a)', "not_allowed", (1, 1), None),
    ("a = $dsk", "unknown_parameter", (1, 6), "desk"),
    ("a + 5", "type_mismatch", (1, 1), "CAST the text to a number or date"),
    ("a = 5", "type_mismatch", (1, 1), "CAST the text to a number or date"),
    ("p AND n", "type_mismatch", (1, 1), None),
    ("upper(n)", "type_mismatch", (1, 1), "upper(isin)"),
    ("n = 'five'", "invalid_cast", (1, 5), None),
    ("x = '1.555'", "invalid_cast", (1, 5), "CAST('1.555' AS decimal(18,2))"),
    ("n = '4.5'", "invalid_cast", (1, 5), "CAST('4.5' AS integer)"),
    ("d > '2024-02-30'", "invalid_cast", (1, 5), None),
    ("CAST('300' AS DECIMAL(2, 0))", "invalid_cast", (1, 6), None),
    ("CAST(300 AS DECIMAL(2, 0))", "cast_overflow", (1, 6), None),
    ("n + 9223372036854775808", "cast_overflow", (1, 5), None),
    ("9223372036854775807 + 1", "cast_overflow", (1, 1), None),
    ("n / 0", "division_by_zero", (1, 5), None),
    ("x % 0.00", "division_by_zero", (1, 5), None),
    ("regexp_matches(a, '[A-')", "invalid_regex", (1, 19), None),
    ("regexp_matches(a, '(?=x)')", "invalid_regex", (1, 19), None),
    ("regexp_matches(a, 'a{1001}')", "invalid_regex", (1, 19), None),
    ("regexp_matches(a, b)", "literal_required", (1, 19), None),
    ("regexp_extract(a, 'x', 1)", "invalid_argument", (1, 24), None),
    ("regexp_replace(a, 'x', '\\1')", "invalid_argument", (1, 24), None),
    ("a LIKE 'x!' ESCAPE '!'", "invalid_argument", (1, 8), None),
    ("lpad(a, 99999999, 'x')", "invalid_argument", (1, 9), None),
    ("lpad(a, n, 'x')", "literal_required", (1, 9), None),
    ("strftime(d, '%Q')", "invalid_format", (1, 13), None),
    ("strptime(a, '%H:%M')", "invalid_format", (1, 13), None),
    ("date_part('yeer', d)", "unknown_unit", (1, 11), "year"),
    ("timezone('Europe/Pariss', ts)", "unknown_zone", (1, 10), "Europe/Paris"),
    ("CAST(a AS FLOAT)", "unknown_type", (1, 11), None),
    ("CAST(a AS DECIMAL)", "unknown_type", (1, 11), "DECIMAL(18, 2)"),
    ("CAST(a AS DECIMAL(39, 2))", "unknown_type", (1, 6), None),
    ("CAST(p AS DATE)", "type_mismatch", (1, 6), None),
    ("round(x, 1, 2)", "wrong_arguments", (1, 1), "round(price * quantity, 2)"),
    ("INTERVAL 1 DAY", "type_mismatch", (1, 1), "date + INTERVAL 1 DAY"),
    ("sum(x)", "not_allowed", (1, 1), "sum(a) OVER (PARTITION BY b, …)"),
    ("a < b < venue", "syntax_error", (1, 1), "a < b AND b < c"),
    ("a ||", "syntax_error", (1, 3), None),
    ("(a", "syntax_error", (1, 2), None),
    ("a b", "syntax_error", (1, 3), None),
    ("'open", "syntax_error", (1, 1), None),
    ("", "syntax_error", (1, 1), None),
    ("a; DROP TABLE x", "not_allowed", (1, 2), None),
    ("a -- comment", "not_allowed", (1, 1), None),
    ("[n, m]", "not_allowed", (1, 1), None),
    ("a.b", "not_allowed", (1, 2), None),
    ("x -> y", "not_allowed", (1, 3), None),
    ("e'\\x41'", "not_allowed", (1, 1), None),
    ("a\x00", "not_allowed", (1, 2), None),
    ("(" * 30 + "a" + ")" * 30, "too_large", (1, 21), None),
    ("n" + " + n" * 80, "too_large", (1, 1), None),
    ("a" * 30_000, "too_large", (1, 1), None),
    ("replace(replace(a, 'a', '" + "x" * 200 + "'), 'x', '" + "y" * 200 + "')", "too_large", (1, 1), None),
    (" || ".join(["lpad(a, 9999, 'x')"] * 5), "too_large", (1, 1), None),
    ("lookup('fxx', a, 'rate')", "unknown_dataset", (1, 8), "fx"),
    ("map('brokers', a)", "unknown_mapping_set", (1, 5), None),
    ("lookup('fx', a, 'rte')", "unknown_column", (1, 17), "rate"),
    ("lookup('fx', a, b)", "literal_required", (1, 17), None),
    ("lookup('fx', n, 'rate')", "type_mismatch", (1, 14), "CAST(… AS text)"),
    ("lookup('fx', a)", "wrong_arguments", (1, 1), "lookup('fx', ccy, 'column')"),
    ("lookup('fx', a, 'rate', d)", "wrong_arguments", (1, 1), "lookup('fx', ccy, 'column')"),
    ("lookup('legs', a, 'ccy')", "key_not_declared", (1, 8), None),
    ("lookup('days', a, d, 'open') AND lookup('days', d, a, 'open')", "type_mismatch", (1, 49), "CAST(… AS text)"),
]
TABLES = {
    "fx": LookupTable({"ccy": TEXT, "rate": decimal(18, 6)}, ("ccy",)),
    "legs": LookupTable({"ccy": TEXT}, ()),
    "days": LookupTable({"mic": TEXT, "day": DATE, "open": BOOLEAN}, ("mic", "day")),
}


@pytest.mark.parametrize(("sql", "reason", "place", "suggestion"), CASES)
def test_refusal_names_reason_place_and_suggestion(
    sql: str, reason: str, place: tuple[int, int], suggestion: str | None, columns: dict[str, DataType]
) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        parse_expression(sql, columns, parameters={"desk": columns["a"]}, tables=TABLES)
    error = refused.value
    assert (error.reason, (error.line, error.column)) == (ExpressionCode(reason), place), error.message
    if suggestion is not None:
        assert error.suggestion == suggestion
    assert error.code == reason
    assert error.kind is ErrorKind.INVALID
    assert error.extra == {"reason": reason, "line": place[0], "column": place[1], "suggestion": error.suggestion}


def test_every_reason_can_happen(columns: dict[str, DataType]) -> None:
    # Inputs are named by joins, which have their own cases.
    reasons = {code.value for code in ExpressionCode} - {ExpressionCode.UNKNOWN_INPUT.value}
    assert {reason for _, reason, _, _ in CASES} == reasons


@pytest.mark.parametrize("sql", ["count(*) OVER ()", "sum(x) OVER (PARTITION BY a)"])
def test_aggregates_are_refused_outside_set_rules(sql: str, columns: dict[str, DataType]) -> None:
    with pytest.raises(ExpressionInvalid):
        parse_expression(sql, columns)


@pytest.mark.parametrize(
    "sql",
    [
        "sum(count(*) OVER ()) OVER ()",
        "row_number() OVER ()",
        "count(DISTINCT a) OVER ()",
        "sum(x) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
        "sum(x) FILTER (WHERE p) OVER ()",
        "upper(a) OVER ()",
        "count(*) OVER w",
    ],
)
def test_other_forms_of_windows_are_refused_in_set_rules_too(sql: str, columns: dict[str, DataType]) -> None:
    with pytest.raises(ExpressionInvalid):
        parse_expression(sql, columns, allow_windows=True)
