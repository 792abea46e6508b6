"""Texts of each dialect that would do more than read, none of which passes; and what authors write, does.

That attacks are refused would be no news of a guard that refuses everything: the legal queries, in the same disguises,
have to pass. Ten thousand attacks, and texts that databases judge, are in the integration test of the same name.
"""

from collections import Counter

import pytest

from backend.services.connectors.faults import QueryInvalid
from backend.services.connectors.named_parameters import rewrite_parameters
from backend.services.connectors.sql_guard import check_query
from backend.services.connectors.sql_rules import RULES
from tests.factories.legal_queries import legal_queries
from tests.factories.sql_attack_texts import ATTACKS
from tests.factories.sql_attacks import Attacker

pytestmark = pytest.mark.thorough

DIALECTS = sorted(RULES)


def passes(query: str, dialect: str) -> bool:
    try:
        check_query(query, dialect=dialect)
    except QueryInvalid:
        return False
    return True


def test_every_dialect_of_the_guard_is_attacked():
    assert set(ATTACKS) == set(RULES)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_call_statement_and_ending_is_refused_as_it_is_written(dialect: str):
    attack = ATTACKS[dialect]
    texts = [
        *(f"select {call} as a" for call in attack.calls),
        *(f"select * from {table}" for table in attack.tables),
        *(f"select id from trades {ending}" for ending in attack.endings),
        *(f"with a as ({part}) select * from a" for part in attack.parts),
        *attack.statements,
        *(f"select 1 as a; {statement}" for statement in attack.statements),
    ]
    assert [text for text in texts if passes(text, dialect)] == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_authors_write_passes_as_it_is(dialect: str):
    legal = legal_queries(dialect)
    assert len(legal) >= 200
    for query in legal:
        assert check_query(query, dialect=dialect) == query.rstrip(";")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_authors_write_passes_in_other_letters_blanks_and_comments(dialect: str):
    attacker = Attacker(dialect, seed=11)
    refused = [text for query in legal_queries(dialect) * 3 if not passes(text := attacker.disguised(query), dialect)]
    assert refused == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_distortions_are_of_both_sorts(dialect: str):
    """Else the databases would have nothing to judge, or everything."""
    outcomes = Counter(
        passes(text, dialect) for text in Attacker(dialect, seed=5).distortions(1000, legal_queries(dialect))
    )
    assert outcomes[True] >= 30
    assert outcomes[False] >= 500


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_parameter_is_found_where_no_text_or_comment_is(dialect: str):
    """The name ``p`` stands in comments and texts of disguised queries only; the date is always a parameter."""
    attacker = Attacker(dialect, seed=3)
    for query in legal_queries(dialect):
        names = rewrite_parameters(attacker.disguised(query), str, RULES[dialect].grammar).names
        assert {name.lower() for name in names} == ({"reporting_date"} if ":reporting_date" in query else set())
