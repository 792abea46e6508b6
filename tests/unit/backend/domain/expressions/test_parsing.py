"""What an accepted expression is: its type, its canonical text, what it depends on."""

from __future__ import annotations

import pytest

from backend.domain.expressions import assign_expression, parse_expression
from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid
from backend.domain.expressions.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    LOCAL_TIMESTAMP,
    NULL,
    TEXT,
    TIMESTAMP,
    DataType,
    decimal,
)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("a", TEXT),
        ("n + m", INTEGER),
        ("n / m", decimal(38, 13)),
        ("x / 3", decimal(38, 13)),
        ("f / 3", DOUBLE),
        ("x + y", decimal(23, 6)),
        ("x + 1", decimal(19, 2)),
        ("x + n", decimal(22, 2)),
        ("x * 100", decimal(21, 2)),
        ("x * y", decimal(36, 8)),
        ("x * y * y", decimal(38, 14)),
        ("x % 7", decimal(18, 2)),
        ("-x", decimal(18, 2)),
        ("round(x, 1)", decimal(18, 1)),
        ("round(x)", decimal(17, 0)),
        ("round(y, 9)", decimal(18, 6)),
        ("floor(y)", decimal(13, 0)),
        ("abs(x)", decimal(18, 2)),
        ("f + x", DOUBLE),
        ("1.50", decimal(3, 2)),
        ("1e3", DOUBLE),
        ("007", INTEGER),
        ("d + 1", DATE),
        ("d - d", INTEGER),
        ("d + INTERVAL 1 MONTH", LOCAL_TIMESTAMP),
        ("ts + INTERVAL (n) DAYS", TIMESTAMP),
        ("date_trunc('month', d)", LOCAL_TIMESTAMP),
        ("date_part('year', ts)", INTEGER),
        ("EXTRACT(YEAR FROM d)", INTEGER),
        ("strptime(a, '%d/%m/%Y')", LOCAL_TIMESTAMP),
        ("strptime(a, '%d/%m/%Y %z')", TIMESTAMP),
        ("timezone('Europe/Paris', ts)", LOCAL_TIMESTAMP),
        ("lt AT TIME ZONE 'Europe/Paris'", TIMESTAMP),
        ("CAST(a AS TIMESTAMP)", TIMESTAMP),
        ("a::timestamp with time zone", TIMESTAMP),
        ("CAST(d AS TIMESTAMP_US)", LOCAL_TIMESTAMP),
        ("CAST(a AS NUMERIC(12, 3))", decimal(12, 3)),
        ("coalesce(x, n)", decimal(21, 2)),
        ("coalesce(d, ts)", TIMESTAMP),
        ("coalesce(NULL, a)", TEXT),
        ("CASE WHEN p THEN 1 ELSE 2.5 END", decimal(2, 1)),
        ("CASE WHEN p THEN NULL END", NULL),
        ("greatest(n, f)", DOUBLE),
        ("nullif(a, '')", TEXT),
        ("a || n || d", TEXT),
        ("a = 'x' AND p", BOOLEAN),
        ("n = '5'", BOOLEAN),
        ("lookup('instruments.cfi', a)", TEXT),
        ("business_day(d, 2, 'TARGET')", DATE),
        ("reporting_date()", DATE),
        ("$desk", TEXT),
        ("NULL", NULL),
    ],
)
def test_type_of_the_result(sql: str, kind: DataType, columns: dict[str, DataType]) -> None:
    assert parse_expression(sql, columns, parameters={"desk": TEXT}).type == kind


@pytest.mark.parametrize(
    ("sql", "canonical"),
    [
        ("upper( a )||'x'", "upper(\"a\") || 'x'"),
        ("not a = b and p", '(NOT ("a" = "b")) AND "p"'),
        ("n+m*2", '"n" + ("m" * 2)'),
        ("x > '1.5'", '"x" > CAST(1.50 AS DECIMAL(18, 2))'),
        ("substring(a,1,2)", 'substr("a", 1, 2)'),
        ("n::varchar", 'CAST("n" AS VARCHAR)'),
        ("p or p or p", '"p" OR "p" OR "p"'),
        ("a not in ('x','it''s')", "NOT (\"a\" IN ('x', 'it''s'))"),
        ("d >= '2024-01-31'", "\"d\" >= DATE '2024-01-31'"),
        ('"Trade Date" is not null', 'NOT ("Trade Date" IS NULL)'),
        (
            "ts between '2024-01-01' and lt",
            '"ts" BETWEEN TIMESTAMPTZ \'2024-01-01 00:00:00+00:00\' AND CAST("lt" AS TIMESTAMPTZ)',
        ),
        ("case a when 'x' then 1 end", "CASE WHEN \"a\" = 'x' THEN 1 END"),
        ("1 + 2 * 3", "7"),
        ("- - -5", "(-5)"),
    ],
)
def test_canonical_text_shows_precedence_and_conversions(
    sql: str, canonical: str, columns: dict[str, DataType]
) -> None:
    expression = parse_expression(sql, columns)
    assert expression.sql == canonical
    assert parse_expression(canonical, columns).root == expression.root


def test_an_expression_says_what_it_depends_on(columns: dict[str, DataType]) -> None:
    looked_up = "CASE WHEN lei_valid(a) THEN map('brokers', b, d) ELSE lookup('firms', $desk, 'name') END"
    sql = f"{looked_up} || business_day(d, n, 'TARGET')"
    expression = parse_expression(sql, columns, parameters={"desk": TEXT, "unused": TEXT})
    assert expression.columns == {"a", "b", "d", "n"}
    assert expression.parameters == {"desk"}
    assert expression.functions == {"lei_valid", "map", "lookup", "business_day", "||"}
    assert expression.reference_sets == {"brokers", "firms"}
    assert expression.calendars == {"TARGET"}
    assert not expression.has_windows
    assert expression.source == sql


def test_names_ignore_case_unless_two_columns_differ_only_by_it(columns: dict[str, DataType]) -> None:
    assert parse_expression("VENUE = 'XPAR'", columns).columns == {"venue"}
    assert parse_expression("Code", columns).type == TEXT
    assert parse_expression("code", columns).type == INTEGER
    with pytest.raises(ExpressionInvalid) as refused:
        parse_expression("CODE", columns)
    assert refused.value.reason is ExpressionCode.UNKNOWN_COLUMN


def test_a_column_may_be_called_like_a_word_of_sql(columns: dict[str, DataType]) -> None:
    assert parse_expression("left(left, 2) = left", columns).columns == {"left"}


def test_windows_are_for_set_rules_only(columns: dict[str, DataType]) -> None:
    sql = "count(*) OVER (PARTITION BY a, upper(b)) = 1 AND sum(x) over (partition by a order by d desc) > 0"
    expression = parse_expression(sql, columns, allow_windows=True)
    assert expression.has_windows
    assert expression.columns == {"a", "b", "x", "d"}
    assert {"count", "sum"} <= expression.functions
    assert parse_expression(expression.sql, columns, allow_windows=True).root == expression.root


class TestAssigning:
    """A field takes an expression whose values all fit its type."""

    @pytest.mark.parametrize(
        ("sql", "to"),
        [
            ("n", decimal(19, 0)),
            ("n", DOUBLE),
            ("d", TIMESTAMP),
            ("lt", TIMESTAMP),
            ("x", decimal(20, 5)),
            ("NULL", DATE),
            ("'5'", INTEGER),
            ("a", TEXT),
        ],
    )
    def test_nothing_is_lost(self, sql: str, to: DataType, columns: dict[str, DataType]) -> None:
        assert assign_expression(parse_expression(sql, columns), to).type == to

    @pytest.mark.parametrize(
        ("sql", "to"),
        [
            ("a", INTEGER),
            ("n", TEXT),
            ("y", decimal(18, 2)),
            ("f", decimal(18, 2)),
            ("ts", DATE),
            ("p", TEXT),
            ("'x'", DATE),
        ],
    )
    def test_what_would_be_lost_has_to_be_written(self, sql: str, to: DataType, columns: dict[str, DataType]) -> None:
        with pytest.raises(ExpressionInvalid) as refused:
            assign_expression(parse_expression(sql, columns), to)
        assert refused.value.reason in {ExpressionCode.TYPE_MISMATCH, ExpressionCode.INVALID_CAST}
