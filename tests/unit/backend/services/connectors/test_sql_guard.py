"""The guard lets one reading SELECT through and says why it refuses anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.services.connectors.faults import QueryInvalid, QueryRefused, QuerySyntaxInvalid
from backend.services.connectors.sql_guard import MAX_QUERY_LENGTH, check_query

READING = (
    "select 1 as a",
    "SELECT a, b AS c FROM trades WHERE trade_date = :reporting_date ORDER BY a",
    "with t as (select * from trades) select count(*) as n from t",
    "select a from x union all select b from y except select c from z",
    "(select 1 as a)",
    "select a::numeric(18,5), b->>'k' as k, c #>> '{a,b}' as d, e[1 : 2] as f from t",
    "select 'insert into t values (1); drop table t' as harmless",
    "select $q$ delete from t; $q$ as harmless",
    'select "update", "drop table" from "delete"',
    "select 1 as a -- ; drop table t",
    "select /* ; delete from t /* nested */ */ 1 as a",
    "select count(*) filter (where a > 0) over (partition by b order by c) as n from t",
    "select distinct on (a) a, b from t order by a, b desc",
    "select * from a left join lateral (select 1 as one) as b on true",
    "select * from generate_series(1, 10) as g",
    "with recursive r as (select 1 as n union all select n + 1 from r where n < 5) select n from r",
    "select date_trunc('month', t) at time zone 'UTC' as m from x",
    "select created_at, updated_at, set_id, lock_level, call_type, copy_of from audit_inserts",
)

WRITING = (
    "insert into t values (1)",
    "update t set a = 1",
    "delete from t",
    "truncate t",
    "drop table t",
    "create table t as select 1",
    "alter table t add a int",
    "grant select on t to x",
    "merge into t using s on t.a = s.a when matched then delete",
    "copy t to '/tmp/x'",
    "copy (select 1) to program 'rm -rf /'",
    "call p()",
    "do $$ begin delete from t; end $$",
    "vacuum",
    "begin",
    "set role postgres",
    "show all",
    "explain analyze delete from t",
    "values (1)",
    "table t",
    "execute q",
    "prepare q as select 1",
    "declare c cursor for select 1",
    "listen x",
    "refresh materialized view v",
    "with x as (insert into t values (1) returning a) select * from x",
    "with x as (update t set a = 1 returning a) select * from x",
    "with x as (delete from t returning *) select * from x",
    "select * from (with x as (delete from t returning *) select * from x) y",
    "select * into new_table from t",
    "select a into temp b from t",
    "select * from t for update",
    "select * from t for share of t nowait",
    "select * from t for no key update skip locked",
    "select 1; select 2",
    "select 1; delete from t",
    "select 1;; drop table t;",
    "select 1 /* */ ; /* */ drop table t --",
)

REACHING_OUT = (
    "select pg_sleep(60) as a",
    "select pg_catalog.pg_sleep(60) as a",
    'select "pg_sleep"(60) as a',
    "select * from pg_sleep(60)",
    "select PG_SLEEP(60) as a",
    "select dblink('host=x', 'drop table t') as a",
    "select * from dblink('host=x', 'select 1') as t(a int)",
    "select dblink_exec('host=x', 'drop table t') as a",
    "select lo_import('/etc/passwd') as a",
    "select lo_export(1, '/tmp/x') as a",
    "select pg_read_file('/etc/passwd') as a",
    "select pg_read_binary_file('/etc/passwd') as a",
    "select * from pg_ls_dir('/')",
    "select set_config('statement_timeout', '0', false) as a",
    "select nextval('s') as a",
    "select setval('s', 1) as a",
    "select pg_terminate_backend(1) as a",
    "select pg_advisory_lock(1) as a",
    "select pg_try_advisory_xact_lock(1) as a",
    "select pg_notify('a', 'b') as a",
    "select query_to_xml('delete from t', true, true, '') as a",
    "select (select pg_sleep(1)) as a from t where exists (select pg_reload_conf())",
    'select U&"pg\\005fsleep"(60) as a',
)


@pytest.mark.parametrize("query", READING)
def test_a_reading_query_passes_unchanged(query: str):
    assert check_query(query, dialect="postgres") == query


@pytest.mark.parametrize("query", WRITING)
def test_a_query_that_does_anything_else_is_refused(query: str):
    with pytest.raises(QueryInvalid):
        check_query(query, dialect="postgres")


@pytest.mark.parametrize("query", REACHING_OUT)
def test_functions_that_reach_beyond_reading_are_refused_by_name(query: str):
    with pytest.raises(QueryRefused) as refused:
        check_query(query, dialect="postgres")
    assert refused.value.fix


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("select 1 as a;", "select 1 as a"),
        ("select 1 as a ; \n", "select 1 as a"),
        ("select ';' as a;;", "select ';' as a"),
    ],
)
def test_a_closing_semicolon_is_dropped(query: str, kept: str):
    assert check_query(query, dialect="postgres") == kept


@pytest.mark.parametrize("query", ["", "  \n ", "-- nothing", "/* nothing */", ";"])
def test_an_empty_query_is_refused(query: str):
    with pytest.raises(QueryRefused):
        check_query(query, dialect="postgres")


@pytest.mark.parametrize(
    "query", ["select from where", "select (1 as a", "select 1 as a from", "select 'a", 'select "a', "select 1 /* a"]
)
def test_text_that_is_no_sql_is_a_syntax_error(query: str):
    with pytest.raises(QuerySyntaxInvalid):
        check_query(query, dialect="postgres")


def test_a_syntax_error_tells_its_place():
    with pytest.raises(QuerySyntaxInvalid) as invalid:
        check_query("select 1 as a,\n  (2 as b\nfrom t", dialect="postgres")
    assert invalid.value.extra["line"] in (2, 3)


@pytest.mark.parametrize(
    "query", ["select 'a\x00b' as a", "select '\ud800' as a", "select 1 as " + "a" * MAX_QUERY_LENGTH]
)
def test_what_is_not_text_or_too_long_is_refused(query: str):
    with pytest.raises(QueryRefused):
        check_query(query, dialect="postgres")


def test_deep_nesting_is_refused_and_does_not_crash():
    with pytest.raises(QueryInvalid):
        check_query("select " + "(" * 20_000 + "1" + ")" * 20_000 + " as a", dialect="postgres")


@given(st.sampled_from(WRITING[:22]), st.sampled_from(["", ";", " ; ", "\n", "/**/", "--\n", "\t"]), st.booleans())
def test_a_second_statement_never_hides_behind_a_select(statement: str, between: str, upper: bool):
    hidden = f"select 1 as a;{between}{statement.upper() if upper else statement}"
    with pytest.raises(QueryInvalid):
        check_query(hidden, dialect="postgres")
