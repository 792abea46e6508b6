"""What a join may hold: one SELECT over the report's tables, nothing that depends on order, time or the outside."""

from __future__ import annotations

import pytest

from backend.domain.expressions import ExpressionInvalid
from backend.domain.expressions.join import JoinScope, parse_join
from backend.domain.expressions.join_plan import ROW, JoinValues, column_origins, numbered_select
from backend.domain.expressions.types import TEXT

SCOPE = JoinScope({"source", "fx"}, {"book": TEXT})
TABLES = {"source": ["id", "ccy", "Amount"], "fx": ["ccy", "rate"]}

REFUSED = [
    ("select * from read_csv('/etc/passwd')", "not_allowed", (1, 15)),
    ("select * from '/etc/passwd'", "unknown_input", (1, 15)),
    ("select * from main.source", "not_allowed", (1, 15)),
    ("select * from information_schema.tables", "not_allowed", (1, 15)),
    ("select * from sauce", "unknown_input", (1, 15)),
    ("select getenv('HOME') as x from source", "unknown_function", (1, 8)),
    ("select s.id,\n random() as x from source s", "unknown_function", (2, 2)),
    ("select now() as x from source", "unknown_function", (1, 8)),
    ("select nextval('s') as x from source", "unknown_function", (1, 8)),
    ("select first(id) as x from source", "unknown_function", (1, 8)),
    ("select string_agg(id, ',') as x from source", "unknown_function", (1, 8)),
    ("select lei_valid(id) as x from source", "not_allowed", (1, 8)),
    ("select lookup('fx', ccy, 'rate') as x from source", "not_allowed", (1, 8)),
    ("select id / 2 as half from source", "not_allowed", (1, 8)),
    ("select row_number() over () as x from source", "not_allowed", (1, 8)),
    ("select id from source limit 3", "not_allowed", (1, 8)),
    ("select id from source order by id", "not_allowed", (1, 8)),
    ("select distinct on (id) id from source", "not_allowed", (1, 21)),
    ("select id from source tablesample 10%", "not_allowed", (1, 16)),
    ("select * from source asof join fx on source.ccy >= fx.ccy", "not_allowed", (1, 32)),
    ("select * from source natural join fx", "not_allowed", (1, 35)),
    ("select * from source positional join fx", "not_allowed", (1, 38)),
    ("select id + 1 from source", "not_allowed", (1, 8)),
    ("select [id] as x from source", "not_allowed", (1, 9)),
    ("select {'a': id} as x from source", "not_allowed", (1, 14)),
    ("select unnest(id) as x from source", "unknown_function", (1, 8)),
    ("select $desk as x from source", "unknown_parameter", (1, 8)),
    ("with fx as (select 1 as a) select * from fx", "not_allowed", (1, 6)),
    ("with recursive t as (select id from source union all select id from t) select id from t", "not_allowed", (1, 16)),
    ("insert into source select * from fx", "not_allowed", (1, 1)),
    ("select id from source; drop table source", "not_allowed", (1, 1)),
    ("copy source to '/tmp/x'", "not_allowed", (1, 1)),
    ("pragma database_list", "not_allowed", (1, 1)),
    ("select id\n  fromm source", "syntax_error", (2, 9)),
    ("select 'a from source", "syntax_error", (1, 1)),
    ("select " + "(" * 200 + "id" + ")" * 200 + " as x from source", "syntax_error", (1, 1)),
]


@pytest.mark.parametrize(("text", "code", "place"), REFUSED)
def test_what_is_not_a_join_is_refused_with_its_place(text: str, code: str, place: tuple[int, int]) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        parse_join(text, SCOPE)
    error = refused.value
    assert (error.code, (error.line, error.column)) == (code, place), error.message


def test_a_wrong_name_gets_the_right_one_suggested() -> None:
    for text, suggestion in (
        ("select * from sorce", "source"),
        ("select coalesc(id, 1) as x from source", "coalesce"),
        ("select $bok as x from source", "book"),
    ):
        with pytest.raises(ExpressionInvalid) as refused:
            parse_join(text, SCOPE)
        assert refused.value.suggestion == suggestion


@pytest.mark.parametrize(
    ("text", "numbers", "by_value"),
    [
        ("select s.*, f.rate from source s left join fx f on f.ccy = s.ccy", 2, False),
        ("select * from source s semi join fx f using (ccy)", 1, False),
        ("select s.id, (select max(rate) from fx where fx.ccy = s.ccy) as top from source s", 1, False),
        (
            "select s.id, t.top from source s join (select ccy, max(rate) as top from fx group by 1) t using (ccy)",
            1,
            True,
        ),
        ("with t as (select distinct ccy from fx) select s.id from source s join t using (ccy)", 1, True),
        ("select ccy, count(*) as trades from source group by ccy", 0, True),
        ("select count(*) as trades from source", 0, True),
        ("select distinct ccy from source", 0, True),
        ("select ccy from source union all select ccy from fx", 0, True),
    ],
)
def test_the_order_is_that_of_whole_rows_or_of_the_values(text: str, numbers: int, by_value: bool) -> None:
    select = numbered_select(parse_join(text, SCOPE), JoinValues(None, {}), {})
    assert (len(select.numbers), select.by_value) == (numbers, by_value)
    assert (ROW in select.sql) == (numbers > 0)
    columns = select.sorted({"a": "VARCHAR", "b": "BIGINT"})
    assert columns.count("ASC NULLS FIRST") == numbers + (2 if by_value else 0)


def test_values_stand_in_the_sql_as_constants_of_their_type() -> None:
    join = parse_join("select $book as book, reporting_date() as day from source", SCOPE)
    sql = numbered_select(join, JoinValues(None, {"book": "it's\\"}), {"book": TEXT}).sql
    assert "CAST('it''s\\' AS TEXT)" in sql
    assert "$" not in sql
    assert "reporting_date" not in sql.lower()


def test_origins_are_told_where_they_are_plain() -> None:
    join = parse_join(
        "select s.*, f.rate as Rate, s.amount * f.rate as value, coalesce(f.rate, 1) as known, t.n, 1 as one,"
        " (select max(rate) from fx) as top from source s join fx f using (ccy)"
        " join (select ccy, count(*) as n from fx group by ccy) t using (ccy)",
        SCOPE,
    )
    found = {
        name: sorted(f"{table}.{column}" for table, column in one) for name, one in column_origins(join, TABLES).items()
    }
    assert found == {
        "id": ["source.id"],
        "ccy": ["source.ccy"],
        "Amount": ["source.Amount"],
        "Rate": ["fx.rate"],
        "value": ["fx.rate", "source.Amount"],
        "known": ["fx.rate"],
        "one": [],
    }
