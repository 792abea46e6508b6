"""Parameters are found where the database would read one, and nowhere else."""

import pytest

from backend.services.connectors.faults import QueryRefused, QuerySyntaxInvalid
from backend.services.connectors.named_parameters import rewrite_parameters
from backend.services.connectors.sql_grammar import MYSQL, POSTGRESQL, line_and_column


def rewritten(sql: str) -> str:
    return rewrite_parameters(sql, lambda name: f"<{name}>", POSTGRESQL).text


@pytest.mark.parametrize(
    "sql",
    [
        "select ':a'",
        "select 'it''s :a'",
        "select '\\', 'x' as b",  # a backslash ends nothing in a standard string
        r"select E'\':a'",
        r"select e'a\\' as b",
        "select E'x'\n ':a'",
        'select "odd :a name"',
        'select "a"":b"',
        "select $$ :a $$",
        "select $tag$ :a $$ :b $tag$",
        "select 1 -- :a",
        "select /* :a */ 1",
        "select /* /* :a */ :b */ 1",
        "select a::date, b::numeric(18,2)::text",
        "select a[1 : 2]",
        "select ': a'",
        "select identifier$1$x, col$2",
    ],
)
def test_a_colon_that_is_no_parameter_stays(sql: str):
    assert rewritten(sql) == sql


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select :a", "select <a>"),
        ("select :a::date", "select <a>::date"),
        ("where d=:d and e>=:d", "where d=<d> and e>=<d>"),
        ("select ':x' || :x || ':x'", "select ':x' || <x> || ':x'"),
        ("select '\\' || :a || '\\'", "select '\\' || <a> || '\\'"),
        ("select te':a' , :a", "select te':a' , <a>"),
        ("-- :a\nselect :b", "-- :a\nselect <b>"),
        ("select /* ' */ :a /* ' */", "select /* ' */ <a> /* ' */"),
        ('select "\'", :a, "\'"', 'select "\'", <a>, "\'"'),
        ("select $$'$$, :a, $$'$$", "select $$'$$, <a>, $$'$$"),
        ("in (:a,:b_2,:C)", "in (<a>,<b_2>,<C>)"),
    ],
)
def test_a_parameter_is_replaced(sql: str, expected: str):
    assert rewritten(sql) == expected


def test_the_names_found_are_told():
    assert rewrite_parameters("select :a, :b, :a, ':c'", str, POSTGRESQL).names == {"a", "b"}


@pytest.mark.parametrize(
    "sql", ["select 'a", 'select "a', "select /* /* */", "select $x$ $y$", "select $1", "select E'a\\'"]
)
def test_text_without_an_end_and_numbered_parameters_are_refused_with_their_place(sql: str):
    with pytest.raises(QuerySyntaxInvalid) as invalid:
        rewritten(sql)
    assert invalid.value.extra == {"line": 1, "column": 8}


def test_a_place_in_the_rewritten_text_leads_back_to_the_authors_text():
    sql = "select :reporting_date as d,\n  wrong from t where x = :x"
    result = rewrite_parameters(sql, lambda name: f"CAST(current_setting('openreg.{name}') AS text)", POSTGRESQL)
    for word in ("wrong", "from", "where"):
        assert result.source_offset(result.text.index(word)) == sql.index(word)
    assert line_and_column(sql, result.source_offset(result.text.index("wrong"))) == (2, 3)


def test_a_huge_string_is_read_in_linear_time():
    assert rewritten("select '" + "''" * 500_000 + "', :a") == "select '" + "''" * 500_000 + "', <a>"


class TestMysql:
    @pytest.mark.parametrize(
        "sql",
        [
            r"select 'it\':s', 'it'':s', `odd :a name`, `a``:b`",
            r'''select ":a", "a\":a", "a"":a"''',
            "select 1 -- :a",
            "select 1 --",
            "select 1 # :a",
            "select /* :a */ 1",
            "select @x := 1",
            "select a - -1, '$$', $1",
        ],
    )
    def test_a_colon_that_is_no_parameter_stays(self, sql: str):
        assert rewrite_parameters(sql, lambda name: f"<{name}>", MYSQL).text == sql

    def test_a_dollar_quotes_nothing(self):
        assert rewrite_parameters("select $$ :a $$", lambda name: f"<{name}>", MYSQL).text == "select $$ <a> $$"

    @pytest.mark.parametrize("sql", ["select 5 --1", "select /*! 1 */ 2", "select /*M! 1 */ 2", "select /*+ a */ 2"])
    def test_what_the_server_reads_and_a_parser_takes_for_a_comment_is_refused(self, sql: str):
        with pytest.raises(QueryRefused, match="the server reads"):
            rewrite_parameters(sql, str, MYSQL)

    @pytest.mark.parametrize(
        "sql", ["select /* /* */ 1", "select ?", "select 'a", 'select "a', "select `a", "select /* a"]
    )
    def test_what_a_parser_may_read_in_another_way_is_refused(self, sql: str):
        with pytest.raises(QuerySyntaxInvalid):
            rewrite_parameters(sql, str, MYSQL)
