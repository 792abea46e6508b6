"""Texts, names and comments end where the server of each kind ends them; what two read differently is refused."""

from contextlib import suppress

import pytest

from backend.services.connectors.faults import QueryInvalid, QueryRefused, QuerySyntaxInvalid
from backend.services.connectors.sql_grammar import (
    DUCKDB,
    MYSQL,
    ORACLE,
    POSTGRESQL,
    SQLITE,
    TSQL,
    Grammar,
    Part,
    read_tokens,
    without_literals,
)

EVERY = (POSTGRESQL, MYSQL, ORACLE, TSQL, SQLITE, DUCKDB)


def texts_of(sql: str, grammar: Grammar) -> list[str]:
    return [token.text for token in read_tokens(sql, grammar) if token.part is Part.TEXT]


def names_of(sql: str, grammar: Grammar) -> list[str]:
    return [token.text for token in read_tokens(sql, grammar) if token.part is Part.NAME]


@pytest.mark.parametrize("grammar", EVERY)
def test_a_doubled_quote_ends_no_text(grammar: Grammar):
    assert texts_of("select 'it''s; ', ''", grammar) == ["'it''s; '", "''"]


@pytest.mark.parametrize(
    ("grammar", "sql", "texts"),
    [
        (POSTGRESQL, r"select '\', 1, ' '", [r"'\'", "' '"]),
        (POSTGRESQL, r"select E'\', 1, '", [r"E'\', 1, '"]),
        (POSTGRESQL, "select E'a'\n 'b\\', 1, '", ["E'a'\n 'b\\', 1, '"]),
        (POSTGRESQL, "select $a$ $$ '$a$, 'x'", ["$a$ $$ '$a$", "'x'"]),
        (POSTGRESQL, r"select U&'\0041' uescape '!', N'x', b'1'", [r"U&'\0041' uescape '!'", "N'x'", "b'1'"]),
        (DUCKDB, r"select E'\', 1, ', $$ ' $$", [r"E'\', 1, '", "$$ ' $$"]),
        (MYSQL, r"""select '\', 1, ', "\", 2", x'41', _utf8'x'""", [r"'\', 1, '", r'"\", 2"', "x'41'", "'x'"]),
        (
            ORACLE,
            r"select '\', q'[it's]', nq'{a}b'}', Q'!x'!' from dual",
            [r"'\'", "q'[it's]'", "nq'{a}b'}'", "Q'!x'!'"],
        ),
        (TSQL, r"select '\', N'x', 'y'", [r"'\'", "N'x'", "'y'"]),
        (SQLITE, r"select '\', x'41', 'y'", [r"'\'", "x'41'", "'y'"]),
    ],
)
def test_texts_end_where_the_server_ends_them(grammar: Grammar, sql: str, texts: list[str]):
    assert texts_of(sql, grammar) == texts


@pytest.mark.parametrize(
    ("grammar", "sql", "names"),
    [
        (POSTGRESQL, 'select "a""b", "c"', ['"a""b"', '"c"']),
        (MYSQL, 'select `a``b`, `c"`', ["`a``b`", '`c"`']),
        (ORACLE, 'select "a", "b\'"', ['"a"', '"b\'"']),
        (TSQL, 'select [a]]b\'], "c["', ["[a]]b']", '"c["']),
        (SQLITE, 'select [a[b], `c`, "d"', ["[a[b]", "`c`", '"d"']),
    ],
)
def test_names_end_where_the_server_ends_them(grammar: Grammar, sql: str, names: list[str]):
    assert names_of(sql, grammar) == names


@pytest.mark.parametrize("grammar", [POSTGRESQL, TSQL, DUCKDB])
def test_comments_nest_where_the_server_nests_them(grammar: Grammar):
    assert texts_of("select /* /* 'a' */ 'b' */ 'c'", grammar) == ["'c'"]


@pytest.mark.parametrize("grammar", [MYSQL, ORACLE, SQLITE])
def test_a_nested_comment_is_refused_where_the_server_does_not_nest(grammar: Grammar):
    with pytest.raises(QuerySyntaxInvalid, match="inside of a comment"):
        texts_of("select /* /* 'a' */ 'b' */ 'c'", grammar)


@pytest.mark.parametrize(
    ("grammar", "sql"),
    [
        (POSTGRESQL, "select 1 -- \r, pg_sleep(1)"),  # ends a comment here, and not in MySQL
        (MYSQL, "select 1 -- \r' \n ; delete from t -- '"),
        (ORACLE, "select 1 -- \u2028 from dual"),
        (MYSQL, "select 1 --\u00a0, load_file('/x')\n from t"),  # two minus signs and a name
        (MYSQL, "select 1 --\x01 as a"),
        (POSTGRESQL, "select E'a' -- x\n 'b\\', pg_sleep(1), '"),
        (DUCKDB, "select a$$ from t; --$$"),
        (POSTGRESQL, 'select U&"pg\\005fsleep"(1)'),
        (POSTGRESQL, "select 1\u200b+1"),
        (POSTGRESQL, "\ufeffselect 1"),
        (TSQL, "select\u00a01"),
        (TSQL, "select 1\x0b+1"),
        (TSQL, "{call p()}"),
        (SQLITE, "\u017felect 1"),
        (ORACLE, "select 1 \u0131nto x from dual"),
        (MYSQL, "select \uff53leep(1)"),
        (POSTGRESQL, "select 1 /* \u202e */"),
        (POSTGRESQL, "select 1 \\; delete from t"),
    ],
)
def test_what_two_readers_would_read_differently_is_refused(grammar: Grammar, sql: str):
    with pytest.raises(QueryRefused) as refusal:
        list(read_tokens(sql, grammar))
    assert refusal.value.fix


@pytest.mark.parametrize(
    ("grammar", "sql"),
    [
        (POSTGRESQL, "select 1from t"),
        (POSTGRESQL, "select 1'a'"),
        (TSQL, "select [a"),
        (TSQL, "select ?"),
        (SQLITE, "select ?1, @a"),
        (SQLITE, "select $a"),
        (ORACLE, "select :1 from dual"),
        (ORACLE, "select q'[a' from dual"),
        (POSTGRESQL, "select `a`"),
    ],
)
def test_what_never_ends_or_is_no_parameter_is_refused(grammar: Grammar, sql: str):
    with pytest.raises(QueryInvalid):
        list(read_tokens(sql, grammar))


@pytest.mark.parametrize("word", ["b$$", "ä$$", "ä$x$"])
def test_a_dollar_in_a_name_begins_no_text(word: str):
    tokens = list(read_tokens(f"select {word}; drop table t; --$$", POSTGRESQL))
    assert [token.text for token in tokens] == ["select", word, ";", "drop", "table", "t", ";"]


def test_what_a_parser_reads_has_neither_comments_nor_texts_and_every_token_at_its_place():
    sql = 'select \'a;b\' as x, -- ; drop\n  $q$ delete\n $q$ /* ; */ as "y""", :p from t'
    tokens = list(read_tokens(sql, POSTGRESQL))
    plain = without_literals(sql, tokens)
    assert len(plain) == len(sql)
    assert "drop" not in plain
    assert "delete" not in plain
    assert ";" not in plain
    for word in ("select", "as x", "from t"):
        assert plain.index(word) == sql.index(word)
    assert plain.count("\n") == sql.count("\n")


@pytest.mark.thorough
@pytest.mark.parametrize("grammar", EVERY)
@pytest.mark.parametrize(
    "piece", ["'", "''", "E'x' ", "--", "/*", "$a$ ", "[", "\\'", "q'[", " \n", "1 ", '"a" ', "0x"]
)
@pytest.mark.timeout(20)
def test_any_text_is_read_in_linear_time(grammar: Grammar, piece: str):
    """Twenty thousand times the same beginning; a pattern that goes back and forth would take hours."""
    with suppress(QueryInvalid):
        list(read_tokens(piece * 20_000, grammar))
